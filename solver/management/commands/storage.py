"""`manage.py storage check | setup | sync`: the operator's view of the bucket."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from solver.store import bucket, probe, setup, sync
from solver.store.faults import StorageFault


class Command(BaseCommand):
    help = "Check what the bucket can do, set it up once, or bring it and the database together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("check", help="say what the bucket can do")
        actions.add_parser("setup", help="logs expire, encryption, the policy printed")
        syncing = actions.add_parser("sync", help="mirror labels; import a bucket made by hand")
        syncing.add_argument(
            "--repair", action="store_true", help="write changed versions anew from the database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        bucket.resume()
        try:
            if options["action"] == "check":
                self._check()
            elif options["action"] == "setup":
                self._set_up()
            else:
                self._sync(options["repair"])
        except StorageFault as fault:
            raise CommandError(f"{fault} ({fault.cause})") from None

    def _check(self) -> None:
        failed = 0
        for found in probe.probe():
            mark = "ok " if found.is_ok else "NO " if found.is_needed else "-- "
            self.stdout.write(f"{mark} {found.what}: {found.message}")
            failed += found.is_needed and not found.is_ok
        if failed:
            raise CommandError(f"{failed} of what the site needs does not work.")

    def _set_up(self) -> None:
        if settings.S3_BUCKET:
            self.stdout.write("A policy for the site's own key:")
            self.stdout.write(setup.policy(settings.S3_BUCKET))
        self._tell(setup.set_up())

    def _sync(self, repair: bool) -> None:
        lines = sync.sync(repair)
        self._tell(lines)
        self.stdout.write(f"{len(lines)} changes.")

    def _tell(self, lines: list[sync.Line]) -> None:
        for line in lines:
            self.stdout.write(line.message)
        if any(line.is_wrong for line in lines):
            raise CommandError("Some of it needs a look.")
