"""Rows for a load run: people with sessions, each with a solution that is being written."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import User
from solver.live.events import EventLog
from solver.models import Problem, Solution, State

FENCE = 1


@dataclass(frozen=True, slots=True)
class Watched:
    """One solution, the cursor of its first event, and a cookie of somebody who may see it."""

    solution_id: str
    cursor: str
    cookie: str


def make_watched(count: int) -> list[Watched]:
    """`count` people, each with one running solution and an opened log."""
    return [_make_one(number) for number in range(count)]


def _make_one(number: int) -> Watched:
    person = User.objects.create(username=f"person{number}", password="!")
    problem = Problem.objects.create(owner=person, text="What is 1 + 1?")
    solution = Solution.objects.create(problem=problem, owner=person, state=State.RUNNING)
    cursor = EventLog(solution.pk).open(FENCE, "", State.RUNNING)
    return Watched(str(solution.pk), cursor, _log_in(person))


def _log_in(person: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
