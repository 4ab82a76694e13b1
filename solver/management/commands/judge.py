"""Compare answers: JSON lines in, JSON lines out. For operators and for acceptance."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from solver.checking.equivalence import judge
from solver.checking.oracle import shared_oracle


class Command(BaseCommand):
    help = (
        'Reads lines {"reference": …, "candidate": …} and writes one line '
        '{"verdict": "equal" | "different" | "cannot tell", "reason": …, "ms": …} for each.'
    )
    requires_system_checks: list[str] = []  # needs no database, storage or settings

    def handle(self, *args: Any, **options: Any) -> None:
        shared_oracle().start()
        for line in sys.stdin.buffer:
            if line.strip():
                self.stdout.write(json.dumps(_answer(line), ensure_ascii=False))
                self.stdout.flush()


def _answer(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError:  # also a line that is not UTF-8
        return {"error": "The line is not JSON."}
    except RecursionError:
        return {"error": "The line is nested too deep."}
    if not isinstance(asked, dict):
        return {"error": 'The line must be an object with "reference" and "candidate".'}
    for key in ("reference", "candidate"):
        if not isinstance(asked.get(key), str):
            return {"error": f'"{key}" is missing or is not a string.'}
    found = judge(asked["reference"], asked["candidate"])
    return {"verdict": found.verdict.value, "reason": found.reason, "ms": found.ms}
