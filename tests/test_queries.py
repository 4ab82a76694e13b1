"""Pages that list or count: at most 15 queries, however many rows there are."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from solver.models import Attempt, Solution
from tests.load.pages import pages

MOST_QUERIES = 15
# One review shows ten things; it is not a list, and grows with nothing.
MOST_OF_ONE_REVIEW = 25
SIZES = {"few": (60, 40, 2), "many": (500, 300, 10)}


@pytest.fixture(params=list(SIZES))
def seeded(request: pytest.FixtureRequest, db: None, valkey: object) -> User:
    """A teacher of a seeded site."""
    solutions, attempts, classes = SIZES[request.param]
    call_command("seed", solutions=solutions, attempts=attempts, classes=classes, stdout=StringIO())
    assert Solution.objects.count() == solutions
    assert Attempt.objects.count() == attempts
    return User.objects.get(username="teacher-00001")


def test_queries_do_not_grow(seeded: User, root: User) -> None:
    too_many = {}
    for user in (seeded, root):
        client = Client()
        client.force_login(user)
        found = dict(pages(user))
        assert {"Review queue, oldest first", "Class dashboard", "List: attempt"} <= set(found)
        for name, address in found.items():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200, name
            most = MOST_OF_ONE_REVIEW if name.startswith("Review of") else MOST_QUERIES
            if len(captured) > most:
                too_many[user.username, name] = len(captured)
    assert too_many == {}
