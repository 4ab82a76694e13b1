"""Assignments as a teacher makes, changes, copies and ends them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Classroom, User
from conftest import Assign
from solver.models import Assignment, Attempt, Correction, Notification, Problem
from solver.running import attempts, grading
from solver.running.attempts import Given
from solver.web.tests.conftest import Visit

pytestmark = pytest.mark.usefixtures("valkey")
RULES = {
    "title": "Sheet 2",
    "time_zone": "Europe/Berlin",
    "opens_at": "2026-03-01T08:00",
    "due_at": "2026-03-28T18:00",
    "late_policy": "penalty",
    "late_percent_per_day": "10",
    "help": "hints",
    "p-TOTAL_FORMS": "2",
    "p-INITIAL_FORMS": "0",
}
MATHS = {"p-0-kind": "maths", "p-0-text": "What is $3+4$?", "p-0-reference_answer": "7"}
CODE = {
    "p-1-kind": "code",
    "p-1-text": "Print twice the number.",
    "p-1-points": "2.5",
    "p-1-tests": "2\n---\n4\n===\n5\n---\n10\n",
}


@pytest.fixture
def address(alice: User, bob: User) -> str:
    return f"/classes/{Classroom.objects.get().pk}/assignments/new/"


def test_two_problems_written_down(address: str, bob: User, visit: Visit) -> None:
    response = visit(bob).post(address, {**RULES, **MATHS, **CODE})
    made = Assignment.objects.get()
    assert response["Location"] == f"/assignments/{made.pk}/"
    assert made.opens_at == datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
    assert made.due_at == datetime(2026, 3, 28, 17, 0, tzinfo=UTC)
    maths, code = made.assigned.all()
    assert (maths.reference_answer, maths.problem.owner) == ("7", bob)
    assert maths.points == 1
    assert code.points == 2.5
    assert code.tests == [
        {"input": "2\n", "expected": "4\n"},
        {"input": "5\n", "expected": "10\n"},
    ]
    shown = visit(bob).get(f"/assignments/{made.pk}/edit/").content.decode()
    assert 'value="2026-03-28T18:00"' in shown
    assert "5\n---\n10" in shown


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"due_at": "2026-02-01T08:00"}, "due before it opens"),
        ({"due_at": "soon"}, "no date and time"),
        ({"due_at": "2026-03-29T02:30"}, "skips that time"),
        ({"due_at": "9999-01-01T00:00"}, "between 2000 and 2199"),
        ({"due_at": "", "late_until": "2026-03-29T08:00"}, "Without a due time"),
        ({"late_until": "2026-03-20T08:00"}, "before the due time"),
        ({"late_percent_per_day": "101"}, "0 to 100|less than or equal to 100"),
        ({"tries_allowed": "0"}, "greater than or equal to 1"),
        ({"time_zone": "Mars/Base"}, "Select a valid choice"),
        ({"p-1-tests": "2 4"}, "needs one line"),
        ({"p-1-tests": '{"input": 3}'}, "line 1"),
        ({"p-0-accepted_forms": "1\n" * 21}, "At most 20"),
        ({"p-1-text": ""}, "Write the problem"),
        (
            {"p-0-text": "", "p-0-reference_answer": "", "p-1-text": "", "p-1-tests": ""},
            "one at least",
        ),
        ({"p-0-text": "half \ud83d"[:5] + "\u202e"}, "invisible control"),
    ],
)
def test_a_refusal_keeps_everything_typed(
    address: str, bob: User, visit: Visit, wrong: dict[str, str], says: str
) -> None:
    response = visit(bob).post(address, {**RULES, **MATHS, **CODE, **wrong})
    shown = response.content.decode()
    assert response.status_code == 400
    assert re.search(says.replace("one at least", "one problem at least"), shown)
    assert "Sheet 2" in shown
    assert "Print twice" in shown or "p-1-text" in wrong
    assert not Assignment.objects.exists()
    assert not Problem.objects.exists()


def test_a_form_of_500_rows_is_bounded(address: str, bob: User, visit: Visit) -> None:
    rows: dict[str, Any] = {f"p-{at}-text": f"Problem {at}" for at in range(500)}
    response = visit(bob).post(address, {**RULES, "p-TOTAL_FORMS": "500", **rows})
    assert response.status_code == 400
    assert "at most 20" in response.content.decode()
    assert not Assignment.objects.exists()
    rows = {f"p-{at}-text": "x" for at in range(1_100)}
    assert visit(bob).post(address, {**RULES, **rows}).status_code == 413


def test_one_more_row_keeps_the_others(address: str, bob: User, visit: Visit) -> None:
    shown = visit(bob).post(address, {**RULES, **MATHS, "more": "1"}).content.decode()
    assert "p-2-text" in shown
    assert "What is $3+4$?" in shown
    assert not Assignment.objects.exists()


def test_choosing_a_problem_of_ones_own(address: str, bob: User, alice: User, visit: Visit) -> None:
    mine = Problem.objects.create(owner=bob, text="Mine", reference_answer="8")
    theirs = Problem.objects.create(owner=alice, text="Hers")
    refused = visit(bob).post(address, {**RULES, "p-0-chosen": str(theirs.pk)})
    assert refused.status_code == 400
    visit(bob).post(address, {**RULES, "p-0-chosen": str(mine.pk)})
    assigned = Assignment.objects.get().assigned.get()
    assert (assigned.problem, assigned.reference_answer) == (mine, "8")


def _edited(assignment: Assignment, **row: str) -> dict[str, str]:
    assigned = assignment.assigned.get()
    rules = {**RULES, "p-TOTAL_FORMS": "1", "p-INITIAL_FORMS": "1", "opens_at": "2026-01-01T08:00"}
    rules["due_at"] = ""
    return {**rules, "p-0-assigned": str(assigned.pk), "p-0-points": "10", **row}


@pytest.mark.django_db(transaction=True)
def test_a_changed_reference_is_a_correction(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    assigned = assign(text="Which number?", reference="4")
    attempts.hand_in(assigned, alice, 1, Given("5"))
    data = _edited(assigned.assignment, **{"p-0-reference_answer": "5"})
    address = f"/assignments/{assigned.assignment_id}/edit/"
    assert visit(bob).post(address, data).status_code == 302
    assert Correction.objects.get().new == "5"
    assert grading.regrade(assigned) == 1
    assert Attempt.objects.get().result == "right"
    kinds = {row.kind for row in Notification.objects.filter(person=alice)}
    assert kinds == {"corrected", "regraded"}
    # The same form once more changes nothing.
    visit(bob).post(address, data)
    assert Correction.objects.count() == 1
    assert grading.regrade(assigned) == 0


def test_what_has_answers_is_not_deleted(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    assigned = assign()
    attempts.save_draft(assigned, alice, 1, Given("4"))
    client, key = visit(bob), assigned.assignment_id
    response = client.post(f"/assignments/{key}/delete/", follow=True)
    assert "Archive it instead" in response.content.decode()
    out = client.post(
        f"/assignments/{key}/edit/", _edited(assigned.assignment, **{"p-0-DELETE": "on"})
    )
    assert out.status_code == 400
    assert (
        "cannot be taken out" in out.content.decode()
        or "one problem at least" in out.content.decode()
    )
    client.post(f"/assignments/{key}/archive/")
    assert visit(alice).get(f"/assignments/{key}/").status_code == 404
    Attempt.objects.all().delete()
    client.post(f"/assignments/{key}/delete/")
    assert not Assignment.objects.exists()
    assert Problem.objects.filter(owner=bob).exists()


def test_a_copy_waits_a_week(assign: Assign, bob: User, carol: User, visit: Visit) -> None:
    due = timezone.now() + timedelta(days=1)
    assigned = assign(due_at=due, tries_allowed=2)
    into = Classroom.objects.get(name="Algebra").pk
    address = f"/assignments/{assigned.assignment_id}/copy/"
    visit(bob).post(address, {"classroom": into})
    copied = Assignment.objects.exclude(pk=assigned.assignment_id).get()
    assert copied.opens_at > timezone.now() + timedelta(days=6)
    assert copied.due_at
    assert copied.due_at > copied.opens_at
    assert copied.tries_allowed == 2
    assert copied.assigned.get().problem == assigned.problem
    poetry = Classroom.objects.get(name="Poetry").pk
    assert visit(bob).post(address, {"classroom": poetry}).status_code == 404


def test_students_see_it_when_it_opens(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    assigned = assign(opens_at=timezone.now() + timedelta(hours=1))
    key = assigned.assignment_id
    assert visit(alice).get(f"/assignments/{key}/").status_code == 404
    assert not Problem.objects.visible_to(alice).exists()
    assert "do not see it yet" in visit(bob).get(f"/assignments/{key}/").content.decode()
    Assignment.objects.update(opens_at=timezone.now())
    assert visit(alice).get(f"/assignments/{key}/").status_code == 200
    assert Problem.objects.visible_to(alice).get() == assigned.problem
