"""Fill a site with people, classes, solutions and attempts, to try it at full size."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from accounts.models import User
from solver.management.seeding.attempts import make_attempts
from solver.management.seeding.people import make_school
from solver.management.seeding.solutions import make_solutions


class Command(BaseCommand):
    help = (
        "Make classes with teachers and students, their solutions and attempts: for trying the "
        "site at full size. Nobody of them can log in. The same --seed makes the same data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--solutions", type=int, default=1_000)
        parser.add_argument("--attempts", type=int, default=500)
        parser.add_argument("--classes", type=int, default=10)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--force", action="store_true", help="also in production")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["force"]:
            raise CommandError(
                "This is a site in production, and seeding fills it with invented people. "
                "Add --force if you mean it."
            )
        if options["classes"] < 1 or options["solutions"] < 0 or options["attempts"] < 0:
            raise CommandError("Give at least one class, and no negative numbers.")
        if User.objects.filter(username="teacher-00001").exists():
            raise CommandError("This database is seeded already: take a new one (DATA_DIR).")
        began = time.monotonic()
        chance = Random(options["seed"])  # noqa: S311
        now = datetime.now(UTC).replace(microsecond=0)
        with transaction.atomic():
            school = make_school(options["classes"], chance)
            make_solutions(options["solutions"], school, now, chance)
            make_attempts(options["attempts"], school, now, chance)
        with connection.cursor() as cursor:
            # The planner chooses among indexes by what it knows of the rows.
            cursor.execute("ANALYZE")
        self.stdout.write(
            f"Made {options['classes']} classes, {options['solutions']} solutions and "
            f"{options['attempts']} attempts in {time.monotonic() - began:.0f} s."
        )
