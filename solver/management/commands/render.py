"""`manage.py render`: JSON lines `{"text"}` on standard input, `{"html"}` out for each."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from solver.text.rendering import render


class Command(BaseCommand):
    help = 'Render Markdown with LaTeX: reads lines of {"text": …}, writes lines of {"html": …}.'
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for line in sys.stdin.buffer:
            if line.strip():
                answer = json.dumps(_answer(line))
                self.stdout.write(answer)
                self.stdout.flush()


def _answer(line: bytes) -> dict[str, str]:
    """The HTML for one line, or what is wrong with it."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"This line is not JSON: {error}"}
    text = request.get("text") if isinstance(request, dict) else None
    if not isinstance(text, str):
        return {"error": 'Each line must be an object with a string as its "text".'}
    return {"html": render(text)}
