"""`manage.py sandbox`: runs programs, one JSON line in and one out."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from solver.checking.sandbox import BACKENDS, Run, Sandbox, SandboxUnavailable, parse

_REQUEST = 'a line is {"language": str, "source": str, "stdin"?: str, "limits"?: {…}}'


class Command(BaseCommand):
    help = (
        "Read programs as JSON lines, run each in the sandbox, write one JSON line for each: "
        '{"language", "source", "stdin"?, "limits"?} -> {"verdict", "stdout", "stderr", "ms"}.'
    )
    requires_system_checks: list[str] = []  # runs without a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--backend", choices=BACKENDS, default="auto")
        parser.add_argument(
            "--health",
            action="store_true",
            help="try every back end, print what is used and median times as JSON, and stop",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sandbox = Sandbox(settings.DATA_DIR / "sandbox", options["backend"])
        if options["health"]:
            self.stdout.write(json.dumps(sandbox.health(), indent=2))
            return
        for line in sys.stdin.buffer:
            if line.strip():
                self.stdout.write(json.dumps(answer(sandbox, line)))
                self.stdout.flush()


def answer(sandbox: Sandbox, line: bytes) -> dict[str, Any]:
    """The answer to one request, or `{"error": …}`; never raises for what a line says."""
    try:
        outcome = sandbox.run(read(line))
    except (ValueError, SandboxUnavailable) as error:
        return {"error": str(error)}
    return {
        "verdict": str(outcome.verdict),
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "ms": round(outcome.time_s * 1000),
    }


def read(line: bytes) -> Run:
    """A request out of a line; ValueError says what is wrong with it. Other keys are ignored."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a line of JSON ({error}); {_REQUEST}") from None
    if not isinstance(given, dict):
        raise ValueError(f"not a JSON object; {_REQUEST}")
    for key in ("language", "source"):
        if not isinstance(given.get(key), str):
            raise ValueError(f"{key} must be a string; {_REQUEST}")
    stdin, limits = given.get("stdin") or "", given.get("limits") or {}
    if not isinstance(stdin, str):
        raise ValueError(f"stdin must be a string; {_REQUEST}")
    if not isinstance(limits, dict):
        raise ValueError(f"limits must be an object; {_REQUEST}")
    return Run(given["language"], given["source"], stdin, parse(limits))
