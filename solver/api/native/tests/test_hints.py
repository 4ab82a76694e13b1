"""Hints by key: shown ones are listed, the next one is asked for."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from solver.api.native.tests.conftest import CallWith
from solver.models import Assignment, Attempt, Help, HintSet, HintState, Solution

HINTS = ["Add $1$ apple", "**Count**\n\nAll of them."]


@pytest.fixture
def address(attempt: Attempt) -> str:
    assigned = attempt.assigned
    HintSet.objects.create(
        problem=assigned.problem,
        expected=assigned.expected_sha256,
        state=HintState.READY,
        texts=HINTS,
    )
    return f"/api/v1/assigned/{assigned.pk}/hints/"


def ask(client: Client, address: str, body: dict[str, Any]) -> Any:
    return client.post(address, body, content_type="application/json")


def test_hints_are_asked_for_one_by_one(
    address: str, attempt: Attempt, alice: User, call_with: CallWith
) -> None:
    client = call_with(alice)
    before = client.get(address).json()
    assert before == {"state": "ready", "is_allowed": True, "total": 2, "hints": []}
    first = {"level": 1, "text": HINTS[0]}
    assert ask(client, address, {"level": 1}).json()["hints"] == [first]
    assert ask(client, address, {"level": 1}).json()["hints"] == [first]
    assert len(ask(client, address, {}).json()["hints"]) == 2
    rendered = client.get(f"{address}?include=rendered_html").json()["hints"]
    assert "<math" in rendered[0]["rendered_html"]
    attempt.refresh_from_db()
    assert attempt.hints_used == 2
    refused = ask(client, address, {})
    assert (refused.status_code, refused.json()["code"]) == (400, "no_more")


@pytest.mark.parametrize("body", [{"level": 0}, {"level": "1"}, {"level": True}, {"depth": 1}])
def test_bad_bodies_show_nothing(
    address: str, alice: User, call_with: CallWith, body: dict[str, Any]
) -> None:
    assert ask(call_with(alice), address, body).status_code == 400
    assert call_with(alice).get(address).json()["hints"] == []


def test_the_rule_refuses_by_a_code(address: str, alice: User, call_with: CallWith) -> None:
    Assignment.objects.update(help=Help.CLOSED)
    refused = ask(call_with(alice), address, {})
    assert (refused.status_code, refused.json()["code"]) == (400, "help_closed")
    assert call_with(alice).get(address).json()["is_allowed"] is False


def test_teachers_see_all_and_prepare(
    address: str, bob: User, solution: Solution, call_with: CallWith
) -> None:
    assert len(call_with(bob).get(address).json()["hints"]) == 2
    HintSet.objects.all().delete()
    assert call_with(bob).get(address).json()["state"] == "unasked"
    assert ask(call_with(bob), address, {}).json()["state"] == "preparing"
    assert Solution.objects.exclude(pk=solution.pk).get().owner == bob
