"""Where hints come from, and how a student takes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Membership, User
from conftest import Assign
from solver.models import (
    AssignedProblem,
    Attempt,
    Help,
    HintSet,
    HintState,
    Kind,
    ShownHint,
    Solution,
    State,
    Verdict,
)
from solver.models.solution import Priority
from solver.running import attempts, corrections
from solver.running.attempts import Given
from solver.running.hints import preparing
from solver.running.hints.preparing import prepare, settle
from solver.running.hints.taking import all_hints, hints_for, take
from solver.running.tests.conftest import in_threads

pytestmark = pytest.mark.usefixtures("valkey")

TEXT = (
    "<think>Certainly 42.</think>\n\n"
    "### Step 1: Count the rows\n\nEach row has seven.\n\n"
    "### Step 2: Multiply\n\nRows times columns.\n\n"
    "### Step 3: Conclude\n\nSo it is $42$.\n\n"
    "### Step 4: End\n\n$\\boxed{42}$\n"
)
IDEA = "Count the rows"
HINTS = (IDEA, "**Count the rows**\n\nEach row has seven.", "**Multiply**\n\nRows times columns.")


@pytest.fixture
def assigned(assign: Assign) -> AssignedProblem:
    return assign(text="How many seats?", reference="42", help=Help.HINTS)


def solve(assigned: AssignedProblem, owner: User, **fields: Any) -> Solution:
    usual = {
        "state": State.DONE,
        "verdict": Verdict.CHECKED,
        "text": TEXT,
        "answer": "42",
        "finished_at": timezone.now(),
    }
    return Solution.objects.create(problem=assigned.problem, owner=owner, **(usual | fields))


# -- Where they come from -------------------------------------------------------------------


def test_hints_are_drawn_from_a_checked_solution(assigned: AssignedProblem, bob: User) -> None:
    solution = solve(assigned, bob)
    found = prepare(assigned)
    assert (found.state, found.solution, tuple(found.texts)) == (HintState.READY, solution, HINTS)
    assert all_hints(assigned).shown == HINTS
    assert Solution.objects.count() == 1
    # They stay when the solution goes, and need nothing to be looked up again.
    solution.delete()
    assert prepare(assigned).texts == list(HINTS)


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": Verdict.CONTRADICTED},
        {"state": State.FAILED},
        # Checked, and not what this class's answers are compared with.
        {"answer": "41"},
        {"text": "$\\boxed{42}$"},
    ],
)
def test_others_never_serve(assigned: AssignedProblem, bob: User, fields: dict[str, Any]) -> None:
    solve(assigned, bob, **fields)
    found = prepare(assigned)
    assert (found.state, found.texts) == (HintState.PREPARING, [])


@pytest.mark.parametrize("verdict", [Verdict.UNCHECKED, Verdict.AGREES])
def test_without_a_check_the_class_must_have_a_reference(
    assign: Assign, bob: User, verdict: Verdict
) -> None:
    for reference, state in (("", HintState.PREPARING), ("42", HintState.READY)):
        assigned = assign(text=f"Seats? {reference}", reference=reference, help=Help.HINTS)
        solve(assigned, bob, verdict=verdict, samples=3, agreeing=3)
        assert prepare(assigned).state == state


def test_a_program_was_tried_on_this_classs_tests(assign: Assign, bob: User) -> None:
    test = {"input": "2\n", "expected": "4\n"}
    assigned = assign(kind=Kind.CODE, reference="", tests=[test])
    solve(assigned, bob, answer="")
    assert prepare(assigned).state == HintState.PREPARING
    assigned.problem.tests = [test]
    assigned.problem.save()
    assert prepare(assigned).state == HintState.READY


def test_one_solution_after_the_other_is_made_three_at_most(
    assigned: AssignedProblem, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        assert prepare(assigned).state == HintState.PREPARING
        assert prepare(assigned).tries == number
        queued = Solution.objects.open().get()
        assert (queued.owner, queued.priority) == (bob, Priority.BATCH)
        Solution.objects.open().update(state=State.DONE, finished_at=timezone.now())
        # The next one is not begun at once: it could be the same click.
        assert settle() == 1
        assert not Solution.objects.open().exists()
        HintSet.objects.update(tried_at=timezone.now() - preparing.CLAIM_HOLDS * 2)
    assert settle() == 1
    assert prepare(assigned).state == HintState.NONE
    assert settle() == 0
    assert Solution.objects.count() == 3
    # A checked one from elsewhere still helps.
    solve(assigned, bob)
    assert prepare(assigned).state == HintState.READY


def test_a_background_solution_is_taken_up_when_it_is_checked(
    assigned: AssignedProblem, bob: User
) -> None:
    prepare(assigned)
    Solution.objects.update(
        state=State.DONE,
        verdict=Verdict.CHECKED,
        text=TEXT,
        answer="42",
        finished_at=timezone.now(),
    )
    assert settle() == 1
    assert all_hints(assigned).shown == HINTS


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_begin_one_solution(assigned: AssignedProblem) -> None:
    in_threads(4, lambda _: prepare(assigned))
    assert Solution.objects.count() == 1


def test_a_corrected_reference_takes_its_hints_away(
    assigned: AssignedProblem, alice: User, bob: User
) -> None:
    solve(assigned, bob)
    take(assigned, alice, 1)
    corrections.correct(assigned.problem, "56", bob)
    assigned.refresh_from_db()
    assert hints_for(assigned, alice).shown == ()
    assert prepare(assigned).state == HintState.PREPARING


def test_without_a_teacher_nothing_is_queued(assigned: AssignedProblem, bob: User) -> None:
    Membership.objects.filter(user=bob).delete()
    assert prepare(assigned).state == HintState.NONE
    assert not Solution.objects.exists()


# -- Taking them ----------------------------------------------------------------------------


def test_each_hint_counts_once_with_the_open_try(
    assigned: AssignedProblem, alice: User, bob: User
) -> None:
    solve(assigned, bob)
    assert take(assigned, alice, None).shown == HINTS[:1]
    assert take(assigned, alice, 1).shown == HINTS[:1]
    assert take(assigned, alice, 2).shown == HINTS[:2]
    attempts.hand_in(assigned, alice, 1, Given("41"))
    found = take(assigned, alice, 3)
    assert (found.shown, found.next_level) == (HINTS, None)
    used = Attempt.objects.order_by("number").values_list("number", "hints_used")
    assert list(used) == [(1, 2), (2, 1)]
    for level, code in ((None, "no_more"), (4, "no_more"), (9, "no_more")):
        with pytest.raises(ValidationError) as refused:
            take(assigned, alice, level)
        assert refused.value.code == code


def test_hints_are_not_skipped(assigned: AssignedProblem, alice: User, bob: User) -> None:
    solve(assigned, bob)
    with pytest.raises(ValidationError, match="out of date"):
        take(assigned, alice, 3)
    assert hints_for(assigned, alice).shown == ()


@pytest.mark.django_db(transaction=True)
def test_four_clicks_at_once_are_one_hint(
    assigned: AssignedProblem, alice: User, bob: User
) -> None:
    solve(assigned, bob)
    in_threads(4, lambda _: take(assigned, alice, 1))
    assert Attempt.objects.get().hints_used == ShownHint.objects.count() == 1


def test_the_rule_decides(assign: Assign, alice: User, bob: User) -> None:
    due = timezone.now() + timedelta(hours=1)
    assigned = assign(text="How many seats?", reference="42", help=Help.CLOSED, due_at=due)
    solve(assigned, bob)
    with pytest.raises(ValidationError, match="No help: students work alone"):
        take(assigned, alice, None)
    assert not HintSet.objects.exists()
    # Over: hints are given, and nothing is open that they could count with.
    assert take(assigned, alice, None, due + timedelta(seconds=1)).shown == (IDEA,)
    assert not Attempt.objects.exists()


def test_only_students_of_the_class_take_hints(
    assigned: AssignedProblem, bob: User, charlie: User
) -> None:
    for person in (bob, charlie):
        with pytest.raises(ValidationError, match="not a student"):
            take(assigned, person, None)
