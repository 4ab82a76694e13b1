"""Make a partner key; the key alone is on the last line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.keys import LIMITS, PartnerKey, Scope, make_key
from accounts.models import User


class Command(BaseCommand):
    help = "Make a partner key for a person. It is shown once, alone on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", required=True, help="user name the key acts for")
        parser.add_argument("--name", required=True, help="who uses the key")
        parser.add_argument(
            "--scopes", nargs="*", default=[], help=f"{', '.join(Scope.values)}; default: all"
        )
        parser.add_argument("--networks", nargs="*", default=[], help="addresses as CIDR")
        for name in LIMITS:
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, type=int, help="of its own; default: the site's; 0: none")
        parser.add_argument("--days", type=int, help="days until it expires; default: never")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["owner"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['owner']!r}: make the account first.")
        scopes = [scope for text in options["scopes"] for scope in text.split(",") if scope]
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more.")
        own = {name: options[name] for name in LIMITS if options.get(name) is not None}
        if any(limit < 0 for limit in own.values()):
            raise CommandError("A limit must be 0 (none) or more.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        try:
            key, text = make_key(owner, options["name"], scopes, options["networks"], expires_at)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        PartnerKey.objects.filter(pk=key.pk).update(**own)
        self.stderr.write(f"Key {key} with {', '.join(key.scopes)}. It is not shown again:")
        self.stdout.write(text)
