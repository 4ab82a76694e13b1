"""Hints on the page of an assigned problem, for its students and for its teachers."""

import pytest
from django.utils import timezone

from accounts.models import User
from conftest import Assign
from solver.models import (
    AssignedProblem,
    Assignment,
    Attempt,
    Help,
    Solution,
    State,
    Verdict,
)
from solver.web.tests.conftest import Visit

pytestmark = pytest.mark.usefixtures("valkey")

TEXT = (
    "<think>Certainly 42.</think>\n\n"
    "### Step 1: Count the $n$ rows\n\nEach row has seven.\n\n"
    "### Step 2: End\n\n$\\boxed{42}$\n"
)


@pytest.fixture
def assigned(assign: Assign) -> AssignedProblem:
    return assign(text="How many seats?", reference="42", help=Help.HINTS)


@pytest.fixture
def solution(assigned: AssignedProblem, bob: User) -> Solution:
    return Solution.objects.create(
        problem=assigned.problem,
        owner=bob,
        state=State.DONE,
        verdict=Verdict.CHECKED,
        text=TEXT,
        answer="42",
        finished_at=timezone.now(),
    )


def test_hints_come_one_by_one_and_stay(
    assigned: AssignedProblem, solution: Solution, alice: User, visit: Visit
) -> None:
    client, address = visit(alice), f"/assigned/{assigned.pk}/"
    first = client.get(address).content.decode()
    assert "Show a hint" in first
    assert "Count the" not in first
    asked = client.post(f"{address}hint/", {"level": "", "text": "half an idea", "attempt": "1"})
    assert asked["Location"] == f"{address}#hint-1"
    shown = client.get(address).content.decode()
    assert 'Count the <span class="maths">' in shown
    assert "Show a hint (2 of 2)" in shown
    # What was typed came along, and is kept.
    assert "half an idea" in shown
    for _ in range(2):
        client.post(f"{address}hint/", {"level": "2", "text": "half an idea", "attempt": "1"})
    shown = client.get(address).content.decode()
    assert "Each row has seven." in shown
    assert "These are all the hints" in shown
    assert "Certainly" not in shown
    assert Attempt.objects.get().hints_used == 2


def test_without_a_checked_solution_it_says_so(
    assigned: AssignedProblem, alice: User, bob: User, visit: Visit
) -> None:
    client, address = visit(alice), f"/assigned/{assigned.pk}/"
    asked = client.post(f"{address}hint/", {"level": ""})
    assert asked["Location"] == f"{address}#hints"
    assert "No hint is ready yet" in client.get(address).content.decode()
    assert Solution.objects.get().owner == bob
    assert not Attempt.objects.exists()


def test_the_rule_is_said_where_it_refuses(
    assigned: AssignedProblem, solution: Solution, alice: User, visit: Visit
) -> None:
    Assignment.objects.update(help=Help.CLOSED)
    client, address = visit(alice), f"/assigned/{assigned.pk}/"
    assert "Show a hint" not in client.get(address).content.decode()
    refused = client.post(f"{address}hint/", follow=True).content.decode()
    assert "Its rule: No help: students work alone." in refused
    kept = client.post(f"{address}hint/", {"text": "my words", "attempt": "1"})
    assert kept.status_code == 400
    assert "my words" in kept.content.decode()
    assert "Count the" not in kept.content.decode()


def test_what_cannot_be_kept_as_a_draft_takes_no_hint(
    assigned: AssignedProblem, solution: Solution, alice: User, visit: Visit
) -> None:
    answer = {"level": "1", "text": "4" * 20_001, "attempt": "1"}
    refused = visit(alice).post(f"/assigned/{assigned.pk}/hint/", answer)
    assert refused.status_code == 400
    assert "1 characters too long" in refused.content.decode()
    assert not Attempt.objects.exists()


def test_teachers_prepare_hints_and_see_all(
    assigned: AssignedProblem, solution: Solution, bob: User, visit: Visit
) -> None:
    client, address = visit(bob), f"/assigned/{assigned.pk}/"
    assert "Not prepared yet" in client.get(address).content.decode()
    assert client.post(f"{address}hints/")["Location"] == address
    shown = client.get(address).content.decode()
    assert "2 hints ready" in shown
    assert "Each row has seven." in shown
    assert f"/solutions/{solution.pk}/" in shown
    assert "Prepare hints" not in shown
