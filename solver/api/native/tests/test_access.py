"""Every native address, tried by everybody: strangers find nothing, keys open what they may."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.keys import make_key
from accounts.models import User
from solver.api.native import urls
from solver.api.native.tests.conftest import CallWith
from solver.models import Attempt, Solution

# (name, method): (body, answer for the owner, answer for their teacher)
LISTS = {
    ("api_problems", "get"): (None, 200, 200),
    ("api_solutions", "get"): (None, 200, 200),
    ("api_solutions", "post"): ({"text": "2 + 2?"}, 201, 201),
    ("api_attempts", "get"): (None, 200, 200),
    ("api_attempts", "post"): ({"text": "2"}, 400, 400),
}
OF_ONE = {
    ("api_problem", "get"): (None, 200, 200),
    ("api_solution", "get"): (None, 200, 200),
    ("api_solution", "delete"): (None, 204, 403),
    ("api_cancel", "post"): ({}, 200, 403),
    ("api_again", "post"): ({}, 201, 403),
    ("api_steps", "get"): (None, 200, 200),
    ("api_verdict", "get"): (None, 200, 200),
    ("api_thumb", "get"): (None, 404, 404),
    ("api_thumb", "put"): ({"thumb": 1}, 200, 200),
    ("api_thumb", "delete"): (None, 204, 204),
    ("api_reports", "post"): ({"step": 0}, 201, 201),
    # A draft is nobody's but its student's.
    ("api_attempt", "get"): (None, 200, 404),
    ("api_hints", "get"): (None, 200, 200),
    ("api_hints", "post"): ({}, 200, 200),
}
# Tried in test_events.py, and below.
ELSEWHERE = {"api_events", "api_nothing"}
EVERYTHING = {**LISTS, **OF_ONE}


def test_every_address_is_tried_here() -> None:
    def names() -> Iterator[str]:
        for pattern in urls.urlpatterns:
            assert isinstance(pattern, URLPattern)
            yield str(pattern.name)

    assert set(names()) == {name for name, _ in EVERYTHING} | ELSEWHERE


@pytest.fixture
def ask(solution: Solution, attempt: Attempt) -> Any:
    ids = {
        "api_problem": solution.problem_id,
        "api_attempt": attempt.pk,
        "api_hints": attempt.assigned_id,
    }

    def _ask(client: Client, name: str, method: str) -> Any:
        args = [] if (name, method) in LISTS else [ids.get(name, solution.pk)]
        body = EVERYTHING[name, method][0]
        options = {} if body is None else {"data": body, "content_type": "application/json"}
        response = getattr(client, method)(reverse(name, args=args), **options)
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
            assert response.json()["status"] == response.status_code
            assert response.json()["detail"]
        return response

    return _ask


@pytest.mark.parametrize(("name", "method"), EVERYTHING)
def test_owners_and_their_teachers(
    name: str, method: str, ask: Any, alice: User, bob: User, call_with: CallWith
) -> None:
    _body, for_owner, for_teacher = EVERYTHING[name, method]
    assert ask(call_with(bob), name, method).status_code == for_teacher
    assert ask(call_with(alice), name, method).status_code == for_owner


@pytest.mark.parametrize(("name", "method"), EVERYTHING)
def test_strangers_find_nothing(
    name: str, method: str, ask: Any, charlie: User, call_with: CallWith
) -> None:
    """By session too: visibility is the person's, not the key's."""
    visitor = Client()
    visitor.force_login(charlie)
    for client in (call_with(charlie), visitor):
        response = ask(client, name, method)
        if (name, method) in OF_ONE:
            assert response.status_code == 404
        elif method == "get":
            assert response.json()["results"] == []
    assert Solution.objects.exclude(owner=charlie).count() == 1


@pytest.mark.parametrize(("name", "method"), EVERYTHING)
def test_whoever_is_not_let_in_learns_nothing(
    name: str, method: str, ask: Any, alice: User, call_with: CallWith
) -> None:
    scopes = ["write", "inference", "batch"] if method == "get" else ["read", "inference", "batch"]
    revoked, text = make_key(alice, "Revoked")
    revoked.revoke()
    inactive = Client(headers={"X-API-Key": text})
    expired = call_with(alice, expires_at=timezone.now() - timedelta(seconds=1))
    elsewhere = call_with(alice, networks=["192.0.2.0/24"])
    refused = [ask(one, name, method) for one in (Client(), inactive, expired)]
    assert [response.status_code for response in refused] == [401, 401, 401]
    assert all(response["WWW-Authenticate"] == 'Bearer realm="api"' for response in refused)
    codes = [response.json()["code"] for response in refused]
    assert codes == ["not_authenticated", "revoked_api_key", "expired_api_key"]
    for client, code in (
        (call_with(alice, scopes=scopes), "insufficient_scope"),
        (elsewhere, "address_not_allowed"),
    ):
        response = ask(client, name, method)
        assert (response.status_code, response.json()["code"]) == (403, code)
    assert Solution.objects.count() == 1


def test_a_session_changes_things_with_a_csrf_token_only(alice: User, valkey: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/api/v1/solutions/", {"text": "1+1?"}, content_type="application/json")
    assert response.status_code == 403
    assert not Solution.objects.exists()


def test_no_address_is_a_problem_too(client: Client, db: None) -> None:
    response = client.post("/api/v1/nothing")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
