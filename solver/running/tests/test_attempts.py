"""Handing in: once, in time, within the tries, graded by the stated rules."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership, User
from conftest import Assign
from solver.models import AssignedProblem, Attempt, AttemptState, Decision, LatePolicy, Review
from solver.running import attempts, grading
from solver.running.attempts import Given
from solver.running.tests.conftest import in_threads

pytestmark = pytest.mark.usefixtures("valkey")
DUE = datetime(2026, 9, 30, 18, 0, tzinfo=UTC)
OPENS = DUE - timedelta(days=7)
SECOND = timedelta(seconds=1)


def late(assign: Assign, policy: LatePolicy, **rules: object) -> AssignedProblem:
    return assign(opens_at=OPENS, due_at=DUE, late_policy=policy, late_percent_per_day=25, **rules)


def test_a_right_answer_is_graded_with_a_receipt(assign: Assign, alice: User) -> None:
    attempt = attempts.hand_in(assign(), alice, 1, Given("$2+2$ is\n\n4"))
    assert attempt.state == AttemptState.SUBMITTED
    grading.grade(attempt.pk)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.result) == ("graded", "right")
    assert attempt.points == 10
    assert attempt.evidence
    assert len(attempt.receipt) == 11


@pytest.mark.django_db(transaction=True)
def test_mathematics_is_graded_when_the_page_answers(assign: Assign, alice: User) -> None:
    attempt = attempts.hand_in(assign(), alice, 1, Given("5"))
    attempt.refresh_from_db()
    assert (attempt.state, attempt.result) == ("graded", "wrong")
    assert attempt.points == 0


def test_the_same_try_twice_is_one_attempt(assign: Assign, alice: User) -> None:
    assigned = assign()
    first = attempts.hand_in(assigned, alice, 1, Given("4"))
    again = attempts.hand_in(assigned, alice, 1, Given("5"))
    assert (again.pk, again.text, again.receipt) == (first.pk, "4", first.receipt)
    assert Attempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_make_one_attempt(assign: Assign, alice: User) -> None:
    assigned = assign(tries_allowed=1)
    made = in_threads(2, lambda _: attempts.hand_in(assigned, alice, 1, Given("4")))
    attempt = Attempt.objects.get()
    assert [one.receipt for one in made] == [attempt.receipt] * 2


@pytest.mark.parametrize(
    ("policy", "now", "late_s", "points"),
    [
        (LatePolicy.REFUSED, DUE, 0, "10"),
        (LatePolicy.REFUSED, DUE + SECOND, None, ""),
        (LatePolicy.REFUSED, DUE + timedelta(milliseconds=1), None, ""),
        (LatePolicy.ACCEPTED, DUE + SECOND, 1, "10"),
        (LatePolicy.PENALTY, DUE, 0, "10"),
        (LatePolicy.PENALTY, DUE + SECOND, 1, "7.5"),
        (LatePolicy.PENALTY, DUE + timedelta(milliseconds=1), 1, "7.5"),
        (LatePolicy.PENALTY, DUE + timedelta(days=1), 86_400, "7.5"),
        (LatePolicy.PENALTY, DUE + timedelta(days=1) + SECOND, 86_401, "5"),
        (LatePolicy.PENALTY, DUE + timedelta(days=40), 40 * 86_400, "0"),
    ],
)
def test_one_second_late_follows_the_rule(
    assign: Assign, alice: User, policy: LatePolicy, now: datetime, late_s: int | None, points: str
) -> None:
    assigned = late(assign, policy)
    if late_s is None:
        with pytest.raises(ValidationError, match="time for this assignment is over"):
            attempts.hand_in(assigned, alice, 1, Given("4"), now)
        return
    attempt = attempts.hand_in(assigned, alice, 1, Given("4"), now)
    assert attempt.late_s == late_s
    grading.grade(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.points == Decimal(points)


def test_late_work_ends_at_its_own_last_moment(assign: Assign, alice: User) -> None:
    end = DUE + timedelta(days=2)
    assigned = late(assign, LatePolicy.PENALTY, late_until=end)
    assert not attempts.refusal(assigned, alice, end)
    assert attempts.refusal(assigned, alice, end + SECOND)
    assert attempts.refusal(assigned, alice, OPENS - SECOND)


def test_the_due_time_is_one_moment_in_every_zone(assign: Assign, alice: User) -> None:
    assigned = assign(opens_at=OPENS, due_at=DUE, time_zone="Asia/Tokyo")
    in_tokyo = DUE.astimezone(assigned.assignment.zone)
    assert f"{in_tokyo:%d %H:%M}" == "01 03:00"
    assert not attempts.refusal(assigned, alice, in_tokyo)


def test_tries_end_and_a_returned_one_comes_back(assign: Assign, alice: User, bob: User) -> None:
    assigned = assign(tries_allowed=1)
    attempt = attempts.hand_in(assigned, alice, 1, Given("5"))
    with pytest.raises(ValidationError, match="used all tries"):
        attempts.hand_in(assigned, alice, 2, Given("4"))
    Review.objects.create(attempt=attempt, reviewer=bob, decision=Decision.RETURNED)
    assert attempts.hand_in(assigned, alice, 2, Given("4")).number == 2


def test_who_is_not_in_the_class_hands_in_nothing(
    assign: Assign, alice: User, charlie: User, bob: User
) -> None:
    assigned = assign()
    for person in (charlie, bob):
        with pytest.raises(ValidationError, match="not a student"):
            attempts.hand_in(assigned, person, 1, Given("4"))
    Membership.objects.filter(user=alice).delete()
    with pytest.raises(ValidationError, match="not a student"):
        attempts.hand_in(assigned, alice, 1, Given("4"))


@pytest.mark.parametrize(
    ("given", "number", "says"),
    [
        (Given("  \n"), 1, "no answer yet"),
        (Given("4" * 20_001), 1, "1 characters too long"),
        (Given("4\0"), 1, "control character"),
        (Given("4", language="cobol"), 1, "languages in the list"),
        (Given("4"), 7, "out of date"),
    ],
)
def test_what_cannot_be_taken_says_why(
    assign: Assign, alice: User, given: Given, number: int, says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        attempts.hand_in(assign(), alice, number, given)
    assert not Attempt.objects.handed_in().exists()


def test_a_draft_is_kept_until_it_is_handed_in(assign: Assign, alice: User) -> None:
    assigned = assign()
    attempts.save_draft(assigned, alice, 1, Given("3"))
    attempts.save_draft(assigned, alice, 1, Given("4"))
    draft = attempts.draft_of(assigned, alice)
    assert draft is not None
    assert draft.text == "4"
    attempts.hand_in(assigned, alice, 1, Given("4"))
    # A tab that still saves changes nothing.
    assert attempts.save_draft(assigned, alice, 1, Given("other")).text == "4"
    assert attempts.draft_of(assigned, alice) is None


def test_the_database_refuses_a_second_draft(assign: Assign, alice: User) -> None:
    assigned = assign()
    assigned.attempts.create(owner=alice, number=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        assigned.attempts.create(owner=alice, number=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        assigned.attempts.filter(owner=alice).update(state=AttemptState.SUBMITTED)


def test_asking_for_a_person_counts_once(assign: Assign, alice: User) -> None:
    attempt = attempts.hand_in(assign(), alice, 1, Given("4"), timezone.now())
    assert attempts.ask_for_person(attempt)
    assert not attempts.ask_for_person(attempt)
