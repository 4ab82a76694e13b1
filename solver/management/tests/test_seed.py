"""Seeding: the same seed makes the same site, and never by accident on a real one."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Classroom, Membership, User
from solver.models import Attempt, Review, Solution, State

pytestmark = pytest.mark.django_db

SMALL = {"solutions": 40, "attempts": 30, "classes": 2}


def seed(**options: Any) -> str:
    out = StringIO()
    call_command("seed", **{**SMALL, **options}, stdout=out)
    return out.getvalue()


def content() -> list[Any]:
    return [
        list(Solution.objects.order_by("pk").values_list("pk", "text", "verdict")),
        list(Attempt.objects.order_by("pk").values_list("pk", "text", "result", "points")),
        list(Classroom.objects.order_by("name").values_list("name", "join_code")),
    ]


def test_it_makes_what_was_asked() -> None:
    assert "2 classes, 40 solutions and 30 attempts" in seed()
    assert (Solution.objects.count(), Attempt.objects.count(), Classroom.objects.count()) == (
        40,
        30,
        2,
    )
    # A worker of this site must find nothing to do.
    assert not Solution.objects.exclude(
        state__in=[State.DONE, State.FAILED, State.CANCELLED]
    ).exists()
    assert not any(person.has_usable_password() for person in User.objects.all()[:5])
    for attempt in Attempt.objects.select_related("assigned__assignment"):
        classroom = attempt.assigned.assignment.classroom_id
        assert Membership.objects.filter(classroom=classroom, user=attempt.owner).exists()
    assert not Review.objects.filter(attempt=None).exists()


def test_the_same_seed_makes_the_same() -> None:
    made = []
    for number in (7, 7, 8):
        seed(seed=number)
        made.append(content())
        Attempt.objects.all().delete()
        Solution.objects.all().delete()
        Classroom.objects.all().delete()
        User.objects.all().delete()
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_a_site_in_production_is_not_seeded_by_accident(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="--force"):
        seed()
    assert not Solution.objects.exists()
    assert "Made" in seed(force=True)


@pytest.mark.parametrize("options", [{"classes": 0}, {"solutions": -1}])
def test_numbers_that_make_no_sense_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError):
        seed(**options)


def test_a_site_is_seeded_once() -> None:
    seed()
    with pytest.raises(CommandError, match="seeded already"):
        seed()
