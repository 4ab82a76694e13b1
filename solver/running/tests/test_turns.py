"""Who is served next."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from solver.models.solution import Priority, Solution, State
from solver.running import states
from solver.running.outcomes import Ending, Written
from solver.running.tests.conftest import MakeSolution

pytestmark = pytest.mark.django_db(transaction=True)


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def served(count: int, finishing: bool = False) -> list[Solution]:
    """The next claims; `finishing` ends each before the next, as one slot alone does."""
    claims = []
    for _ in range(count):
        claim = states.claim_next(["maths"], "w1")
        assert claim is not None
        claims.append(claim)
        if finishing:
            states.finish(claim, Written(""), Ending(State.DONE))
    return claims


def test_the_oldest_of_one_person_goes_first(make: MakeSolution) -> None:
    second, first = make(queued_at=ago(1)), make(queued_at=ago(2))
    assert served(2) == [first, second]


def test_who_has_fewest_running_goes_first(make: MakeSolution, charlie: User) -> None:
    make(state=State.RUNNING)
    make(queued_at=ago(60))
    late = make(owner=charlie, queued_at=ago(1))
    assert served(1) == [late]


def test_priority_decides_among_equals(make: MakeSolution, charlie: User) -> None:
    make(queued_at=ago(60), priority=Priority.BATCH)
    interactive = make(owner=charlie, queued_at=ago(1))
    assert served(1) == [interactive]


@pytest.mark.parametrize("finishing", [True, False], ids=["one slot", "many slots"])
def test_a_hundred_of_one_do_not_delay_another(
    make: MakeSolution, charlie: User, finishing: bool
) -> None:
    for number in range(10):
        make(queued_at=ago(100 - number))
    others = make(owner=charlie, queued_at=ago(1))
    assert others in served(2, finishing)


def test_the_past_does_not_count_against_anyone(make: MakeSolution, charlie: User) -> None:
    make(state=State.DONE, started_at=ago(500), finished_at=ago(400))
    older = make(queued_at=ago(60))
    make(owner=charlie, queued_at=ago(1))
    assert served(1) == [older]


def test_what_was_interrupted_goes_before_what_came_later(make: MakeSolution) -> None:
    taken_up = make(queued_at=ago(60), started_at=ago(50), interruptions=1)
    make(queued_at=ago(10))
    assert served(1) == [taken_up]
