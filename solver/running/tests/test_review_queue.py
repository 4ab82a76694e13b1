"""The queue: what needs a person, in which order, for whom."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Classroom, User
from solver.models import (
    Appeal,
    AssignedProblem,
    Attempt,
    Decision,
    Report,
    Result,
    Share,
    Solution,
    State,
    Verdict,
)
from solver.running import review_queue
from solver.running.review_draft import Draft
from solver.running.review_queue import Choice, Kind, after, before, first, page
from solver.running.review_reasons import Reason
from solver.running.reviewing import save_review
from solver.running.tests.test_reviewing import hand_in

pytestmark = pytest.mark.django_db

Assign = Callable[..., AssignedProblem]


def solve(owner: User, **fields: object) -> Solution:
    problem = owner.problems.create(text="What is 1+1?")
    return Solution.objects.create(problem=problem, owner=owner, state=State.DONE, **fields)


@pytest.fixture
def waiting(assign: Assign, alice: User) -> dict[Reason, Attempt | Solution]:
    """One for each reason, the first the oldest, and one of each kind that waits for nobody."""
    now = timezone.now()
    hand_in(assign(), alice)
    solve(alice, verdict=Verdict.CHECKED)
    classroom = Classroom.objects.get(name="Algebra")
    cannot_tell = hand_in(
        assign("a"), alice, result=Result.CANNOT_TELL, submitted_at=now - timedelta(days=5)
    )
    appealed = hand_in(assign("b"), alice, submitted_at=now - timedelta(days=4))
    Appeal.objects.create(attempt=appealed, reason="Look again.")
    contradicted = solve(alice, verdict=Verdict.CONTRADICTED, created_at=now - timedelta(days=3))
    reported = solve(alice, created_at=now - timedelta(days=2))
    Report.objects.create(solution=reported, person=alice, step_index=0)
    asked = solve(alice, created_at=now - timedelta(days=1))
    Share.objects.create(solution=asked, classroom=classroom)
    return {
        Reason.CANNOT_TELL: cannot_tell,
        Reason.APPEALED: appealed,
        Reason.CONTRADICTED: contradicted,
        Reason.REPORTED: reported,
        Reason.ASKED: asked,
    }


def keys(user: User, choice: Choice | None = None) -> list[UUID]:
    return [item.subject.pk for item in page(user, choice or Choice()).items]


def test_all_reasons_wait_oldest_first(
    waiting: dict[Reason, Attempt | Solution], bob: User, root: User
) -> None:
    expected = [one.pk for one in waiting.values()]
    assert keys(bob) == keys(root) == expected
    found = page(bob, Choice())
    assert [item.reasons for item in found.items] == [[reason] for reason in waiting]
    assert (found.count, found.last) == (5, 1)


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_can_be_chosen(
    reason: Reason, waiting: dict[Reason, Attempt | Solution], bob: User
) -> None:
    assert keys(bob, Choice(reason=reason)) == [waiting[reason].pk]


def test_one_walks_through_the_queue_and_back(
    waiting: dict[Reason, Attempt | Solution], bob: User
) -> None:
    for choice in (Choice(), Choice(shuffle=1), Choice(shuffle=6)):
        expected = keys(bob, choice)
        walked, place = [], first(bob, choice)
        while place is not None:
            kind, key = place
            walked.append(key)
            model = Attempt if kind == Kind.ATTEMPT else Solution
            place = after(bob, choice, model.objects.get(pk=key))
        assert walked == expected
        last = next(one for one in waiting.values() if one.pk == expected[-1])
        found = before(bob, choice, last)
        assert found is not None
        assert found[1] == expected[-2]


def test_shuffles_differ_and_stay(
    waiting: dict[Reason, Attempt | Solution], alice: User, bob: User
) -> None:
    for _number in range(20):
        solve(alice, verdict=Verdict.CONTRADICTED)
    orders = [tuple(keys(bob, Choice(shuffle=shuffle))) for shuffle in (0, 1, 2)]
    assert len(set(orders)) == 3
    assert orders[1] == tuple(keys(bob, Choice(shuffle=1)))
    assert len({frozenset(order) for order in orders}) == 1


def test_what_was_reviewed_waits_no_longer(
    waiting: dict[Reason, Attempt | Solution], bob: User
) -> None:
    for one in waiting.values():
        save_review(one, bob, Draft(0, Decision.RETURNED, appeal_answer="Thank you."))
    assert keys(bob) == []
    assert first(bob, Choice()) is None


def test_only_ones_own_classes_wait(
    waiting: dict[Reason, Attempt | Solution], alice: User, carol: User, charlie: User
) -> None:
    for person in (carol, charlie, alice):
        assert keys(person) == []
        assert review_queue.count(person) == 0


def test_a_class_can_be_chosen(
    waiting: dict[Reason, Attempt | Solution], bob: User, root: User
) -> None:
    algebra = Classroom.objects.get(name="Algebra")
    empty = Classroom.objects.create(name="Empty")
    for person in (bob, root):
        assert len(keys(person, Choice(classroom=algebra.pk))) == 5
        assert keys(person, Choice(classroom=empty.pk)) == []


def test_an_appeal_waits_for_its_handler(
    waiting: dict[Reason, Attempt | Solution], bob: User, carol: User
) -> None:
    Appeal.objects.update(handler=carol)
    assert keys(bob, Choice(reason=Reason.APPEALED)) == []
    Appeal.objects.update(handler=bob)
    assert keys(bob, Choice(reason=Reason.APPEALED)) == [waiting[Reason.APPEALED].pk]


def test_names_are_hidden_until_reviewed(assign: Assign, alice: User, bob: User) -> None:
    attempt = hand_in(
        assign(is_blind=True), alice, result=Result.CANNOT_TELL, asked_for_person=True
    )
    assert page(bob, Choice()).items[0].is_blind
    save_review(attempt, bob, Draft(0, Decision.RETURNED))
    Attempt.objects.update(asked_for_person=True)
    assert not page(bob, Choice()).items[0].is_blind
