"""Make the demonstration accounts of a trial site."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
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
        password = _encoded_password()
        people = {name: _person(name, role, password) for name, role in PEOPLE.items()}
        classroom, _ = Classroom.objects.get_or_create(name="Algebra (demonstration)")
        for name, role in (("bob", MemberRole.TEACHER), ("alice", MemberRole.STUDENT)):
            Membership.objects.get_or_create(
                classroom=classroom, user=people[name], defaults={"role": role}
            )


def _encoded_password() -> str:
    """One for all four: to encode or to check it takes a third of a second, at every start."""
    known = User.objects.filter(username__in=PEOPLE).values_list("password", flat=True).first()
    if known and check_password(settings.DEMO_PASSWORD, known):
        return known
    return make_password(settings.DEMO_PASSWORD)


def _person(name: str, role: Role, password: str) -> User:
    person, _ = User.objects.get_or_create(
        username=name,
        defaults={
            "email": f"{name}@example.org",
            "role": role,
            "is_superuser": role == Role.ADMINISTRATOR,
        },
    )
    if person.password != password:
        person.password = password
        person.save()
    return person
