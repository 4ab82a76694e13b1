"""Measures on this machine, side by side in one run: `manage.py benchmark engine --help`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from solver.engines.benchmark.__main__ import main as engines
from solver.management.benchmarks.site import NAME as SITE

MORE = {SITE: "solver.management.benchmarks.site"}


class Command(BaseCommand):
    help = "Times the engines alone and the whole site over them, on the same weights."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["engine"])

    def run_from_argv(self, argv: list[str]) -> None:
        # The benchmark has a parser of its own, which also serves without Django.
        if argv[2:3] == ["engine"]:
            sys.exit(engines(argv[3:], MORE))
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        """Only reached through call_command, which has no arguments of the benchmark's own."""
        sys.exit(engines([], MORE))
