"""Thumbs, reports, questions about a step, and sharing."""

import pytest
from django.urls import reverse

from accounts.models import Classroom, User
from solver.models import Feedback, Report, Share, Solution
from solver.web.tests.conftest import MakeSolution, Visit


def post(visit: Visit, person: User, name: str, solution: Solution, **form: object) -> int:
    return visit(person).post(reverse(name, args=[solution.pk]), form).status_code


def test_a_thumb_is_given_changed_and_taken_back(
    alice: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make()
    for thumb, expected in ((1, [1]), (-1, [-1]), (-1, [])):
        post(visit, alice, "solution_thumb", solution, thumb=thumb)
        assert list(Feedback.objects.values_list("thumb", flat=True)) == expected


def test_teacher_and_student_have_a_thumb_each(
    alice: User, bob: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make()
    post(visit, alice, "solution_thumb", solution, thumb=1)
    post(visit, bob, "solution_thumb", solution, thumb=-1)
    assert Feedback.objects.count() == 2


@pytest.mark.parametrize("thumb", ["", "0", "2", "up"])
def test_other_thumbs_are_not_found(
    thumb: str, alice: User, make: MakeSolution, visit: Visit
) -> None:
    assert post(visit, alice, "solution_thumb", make(), thumb=thumb) == 404


def test_a_step_is_reported_once(alice: User, make: MakeSolution, visit: Visit) -> None:
    solution = make()
    for note in ("Sign error", "Sign error in the second line"):
        post(visit, alice, "solution_report", solution, step=2, note=note)
    report = Report.objects.get()
    assert (report.step_index, report.note) == (1, "Sign error in the second line")


@pytest.mark.parametrize("name", ["solution_report", "solution_explain"])
@pytest.mark.parametrize("step", ["", "0", "-1", "3", "x", "99999999999999999999"])
def test_steps_that_are_not_there_are_not_found(
    name: str, step: str, alice: User, make: MakeSolution, visit: Visit
) -> None:
    assert post(visit, alice, name, make(), step=step) == 404
    assert not Report.objects.exists()


def test_explain_opens_a_follow_up(alice: User, make: MakeSolution, visit: Visit) -> None:
    solution = make()
    address = reverse("solution_explain", args=[solution.pk])
    response = visit(alice).post(address, {"step": 1})
    follow_up = Solution.objects.get(explains=solution)
    assert response["Location"] == reverse("solution", args=[follow_up.pk])
    assert follow_up.explains_step == 0


def test_sharing_reaches_the_class(alice: User, make: MakeSolution, visit: Visit) -> None:
    solution = make()
    classroom = Classroom.objects.get()
    page = visit(alice).get(reverse("solution", args=[solution.pk])).content.decode()
    assert "Share with my teacher" in page
    post(visit, alice, "solution_share", solution, classroom=classroom.pk, note="Why step 2?")
    assert Share.objects.get().note == "Why step 2?"
    page = visit(alice).get(reverse("solution", args=[solution.pk])).content.decode()
    assert "Shared with the teachers of Algebra" in page


def test_nothing_is_shared_with_a_class_one_is_not_in(
    alice: User, make: MakeSolution, visit: Visit
) -> None:
    other = Classroom.objects.create(name="Chemistry")
    assert post(visit, alice, "solution_share", make(), classroom=other.pk) == 404
    assert not Share.objects.exists()


def test_who_is_in_no_class_is_not_offered_sharing(
    charlie: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make(owner=charlie)
    page = visit(charlie).get(reverse("solution", args=[solution.pk])).content.decode()
    assert "Share with my teacher" not in page
