"""A corrected answer reaches every place that had the old one, and everyone who saw it."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from conftest import Assign
from solver.models import (
    AssignedProblem,
    Attempt,
    Correction,
    Help,
    Notification,
    Result,
    Solution,
    State,
)
from solver.running import attempts, corrections, grading, submit
from solver.running.attempts import Given

pytestmark = pytest.mark.usefixtures("valkey")


def test_everything_and_everyone(assign: Assign, alice: User, bob: User, charlie: User) -> None:
    assigned = assign(text="Which number?", reference="4", forms=["four"])
    problem = assigned.problem
    attempt = attempts.hand_in(assigned, alice, 1, Given("5"))
    grading.grade(attempt.pk)
    Solution.objects.create(problem=problem, owner=charlie, state=State.DONE, answer="4")
    made = corrections.correct(problem, " 5 ", bob, "I mistyped")
    assert made is not None
    assert (made.old, made.new, made.by) == ("4", "5", bob)
    problem.refresh_from_db()
    assert problem.reference_answer == "5"
    kept = AssignedProblem.objects.get()
    assert (kept.reference_answer, kept.accepted_forms) == ("5", [])
    told = Notification.objects.filter(kind="corrected")
    assert {row.person for row in told} == {alice, charlie}
    # The worker's message was lost: the sweep regrades all the same.
    Attempt.objects.update(submitted_at=attempt.created_at - grading.UNGRADED_AFTER * 2)
    assert grading.grade_owed() == 1
    assert Attempt.objects.get().result == Result.RIGHT
    assert corrections.correct(problem, "5", bob) is None
    assert Correction.objects.count() == 1


def test_there_and_back_is_told_each_time(assign: Assign, alice: User, bob: User) -> None:
    assigned = assign(text="Which number?", reference="4")
    grading.grade(attempts.hand_in(assigned, alice, 1, Given("5")).pk)
    for number, answer in enumerate(["5", "4", "5"], start=1):
        corrections.correct(assigned.problem, answer, bob)
        assert grading.regrade(assigned) == 1
        assert Notification.objects.filter(kind="regraded").count() == number


@pytest.mark.parametrize("answer", ["", "  ", "x" * 2_001, "4\0"])
def test_what_is_no_answer(assign: Assign, bob: User, answer: str) -> None:
    with pytest.raises(ValidationError):
        corrections.correct(assign().problem, answer, bob)
    assert not Correction.objects.exists()


def test_who_may(
    assign: Assign, alice: User, bob: User, carol: User, charlie: User, root: User
) -> None:
    problem = assign(help=Help.OPEN).problem
    may = [
        one for one in (alice, bob, carol, charlie, root) if corrections.may_correct(problem, one)
    ]
    assert may == [bob, root]


def test_a_closed_problem_is_not_solved_again(assign: Assign, alice: User, bob: User) -> None:
    assigned = assign(text="Find every integer $n$ with $n^2 < 10$.", help=Help.OPEN)
    solution = submit.solve_assigned(assigned, alice)
    Solution.objects.update(state=State.DONE)
    solution.refresh_from_db()
    assigned.assignment.help = Help.AFTER_DUE
    assigned.assignment.save()
    with pytest.raises(ValidationError, match="Work on it yourself"):
        submit.try_again(solution, alice)
    with pytest.raises(ValidationError, match="Work on it yourself"):
        submit.submit(alice, "find every integer n with n^2<10")
    # Another problem, and a teacher, are not held up.
    submit.submit(alice, "Find every integer $n$ with $n^2 > 10$.")
    submit.submit(bob, assigned.problem.text)
