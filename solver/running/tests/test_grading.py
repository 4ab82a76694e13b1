"""Right, wrong or cannot tell; and again when the reference changes."""

from decimal import Decimal

import pytest

from accounts.models import User
from conftest import Assign
from solver.models import Attempt, Decision, Kind, Notification, Result, Review
from solver.running import attempts, grading
from solver.running.attempts import Given
from solver.running.tests.conftest import in_threads

pytestmark = pytest.mark.usefixtures("valkey")
DOUBLE = "Read a number and print twice that number."
TESTS = [{"input": "2\n", "expected": "4\n"}, {"input": "5\n", "expected": "10\n"}]


def graded(attempt: Attempt) -> Attempt:
    grading.grade(attempt.pk)
    attempt.refresh_from_db()
    return attempt


@pytest.mark.parametrize(
    ("reference", "forms", "answer", "result"),
    [
        ("4", [], "4", Result.RIGHT),
        ("4", [], "First 2, then\n\n$4$", Result.RIGHT),
        ("4", [], r"I think of 5, but \boxed{4}", Result.RIGHT),
        ("4", [], "4\n5", Result.WRONG),
        # The problem itself says 4: reference and evidence speak against each other.
        ("5", [], "5", Result.CANNOT_TELL),
        ("5", [], "4", Result.CANNOT_TELL),
        ("", [], "4", Result.RIGHT),
        ("", [], "5", Result.WRONG),
        ("x+y", ["2"], "4", Result.CANNOT_TELL),
        ("4", [], "I do not know", Result.CANNOT_TELL),
    ],
)
def test_mathematics(
    assign: Assign, alice: User, reference: str, forms: list[str], answer: str, result: Result
) -> None:
    assigned = assign(text="What is $2+2$?", reference=reference, forms=forms)
    assert graded(attempts.hand_in(assigned, alice, 1, Given(answer))).result == result


def test_an_accepted_form_is_right_and_a_doubtful_one_never_wrong(
    assign: Assign, alice: User
) -> None:
    text = "What is the best root?"
    accepted = assign(text=text, reference="2", forms=["3"])
    assert graded(attempts.hand_in(accepted, alice, 1, Given("3"))).result == Result.RIGHT
    assert graded(attempts.hand_in(accepted, alice, 2, Given("7"))).result == Result.WRONG
    doubtful = assign(text=text, reference="2", forms=["blue"])
    assert graded(attempts.hand_in(doubtful, alice, 1, Given("7"))).result == Result.CANNOT_TELL


@pytest.mark.parametrize(
    ("program", "result"),
    [
        ("print(2 * int(input()))", Result.RIGHT),
        ("print(int(input()) ** 2)", Result.WRONG),
        ("print(", Result.WRONG),
    ],
)
def test_programs_run_on_the_tests(
    assign: Assign, alice: User, program: str, result: Result
) -> None:
    assigned = assign(text=DOUBLE, kind=Kind.CODE, reference="", tests=TESTS)
    attempt = graded(attempts.hand_in(assigned, alice, 1, Given(program, "python")))
    assert attempt.result == result
    assert attempt.evidence[0]["source"] == "tests"


def test_a_program_without_tests_is_a_persons(assign: Assign, alice: User) -> None:
    assigned = assign(text=DOUBLE, kind=Kind.CODE, reference="")
    attempt = graded(attempts.hand_in(assigned, alice, 1, Given("print(1)", "python")))
    assert (attempt.result, attempt.points) == (Result.CANNOT_TELL, None)


def test_grading_twice_changes_nothing(assign: Assign, alice: User) -> None:
    attempt = graded(attempts.hand_in(assign(), alice, 1, Given("4")))
    at = attempt.graded_at
    assert not grading.grade(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.graded_at == at


def test_a_draft_is_not_graded(assign: Assign, alice: User) -> None:
    draft = attempts.save_draft(assign(), alice, 1, Given("4"))
    assert not grading.grade(draft.pk)


def test_a_lost_message_is_swept_up(assign: Assign, alice: User) -> None:
    attempt = attempts.hand_in(assign(), alice, 1, Given("4"))
    assert grading.grade_owed() == 0
    Attempt.objects.update(submitted_at=attempt.created_at - grading.UNGRADED_AFTER * 2)
    assert grading.grade_owed() == 1
    assert grading.grade_owed() == 0


@pytest.mark.django_db(transaction=True)
def test_two_regrades_at_once_change_and_tell_once(assign: Assign, alice: User) -> None:
    assigned = assign(text="Which number?", reference="4")
    attempts.hand_in(assigned, alice, 1, Given("5"))
    type(assigned).objects.update(reference_answer="5")
    changed = in_threads(2, lambda _: grading.regrade(assigned))
    assert sorted(changed) == [0, 1]
    assert Attempt.objects.get().result == Result.RIGHT
    assert Notification.objects.filter(person=alice, kind="regraded").count() == 1
    assert grading.regrade(assigned) == 0


def test_a_reviewers_points_outlive_a_regrade(assign: Assign, alice: User, bob: User) -> None:
    assigned = assign(text="Which number?", reference="4")
    attempt = graded(attempts.hand_in(assigned, alice, 1, Given("5")))
    Review.objects.create(attempt=attempt, reviewer=bob, decision=Decision.CHANGED, points=6)
    grading.settle(attempt.pk)
    type(assigned).objects.update(reference_answer="5")
    grading.regrade(assigned)
    attempt.refresh_from_db()
    assert (attempt.result, attempt.points) == (Result.RIGHT, Decimal(6))
    assert attempt.raw_points == 10
