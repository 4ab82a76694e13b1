"""Make the demonstration accounts of a trial site."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Classroom, MemberRole, Membership, Role, User

PEOPLE = {
    "alice": Role.STUDENT,
    "bob": Role.TEACHER,
    "charlie": Role.STUDENT,
    "root": Role.ADMINISTRATOR,
}


class Command(BaseCommand):
    help = "Make alice, bob, charlie and root with the password DEMO_PASSWORD (development only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "Demonstration accounts have a known password: they are made in development only."
            )
        people = {name: _person(name, role) for name, role in PEOPLE.items()}
        classroom, _ = Classroom.objects.get_or_create(name="Algebra (demonstration)")
        for name, role in (("bob", MemberRole.TEACHER), ("alice", MemberRole.STUDENT)):
            Membership.objects.get_or_create(
                classroom=classroom, user=people[name], defaults={"role": role}
            )


def _person(name: str, role: Role) -> User:
    person, made = User.objects.get_or_create(
        username=name,
        defaults={
            "email": f"{name}@example.org",
            "role": role,
            "is_superuser": role == Role.ADMINISTRATOR,
        },
    )
    if made or not person.check_password(settings.DEMO_PASSWORD):
        person.set_password(settings.DEMO_PASSWORD)
        person.save()
    return person
