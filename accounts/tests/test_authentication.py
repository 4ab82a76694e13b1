"""First-party apps: log in for tokens, call with one, refresh it, log out."""

import time
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from solver.models import Problem

APP = "/_allauth/app/v1"
LIST = "/api/v1/problems/"
JSON = "application/json"


@pytest.fixture
def alices_problem(alice: User, valkey: object) -> Problem:
    return Problem.objects.create(owner=alice, text="2 + 3?")


def log_in(name: str = "alice", password: str = settings.DEMO_PASSWORD) -> Any:
    body = {"username": name, "password": password}
    return Client().post(f"{APP}/auth/login", body, content_type=JSON)


def tokens() -> dict[str, str]:
    meta: dict[str, str] = log_in().json()["meta"]
    return meta


def call(token: str) -> Any:
    return Client().get(LIST, headers={"Authorization": f"Bearer {token}"})


def refresh(token: str) -> Any:
    return Client().post(f"{APP}/tokens/refresh", {"refresh_token": token}, content_type=JSON)


def is_refused(token: str) -> bool:
    answer = call(token)
    return bool(answer.status_code == 401 and answer.json()["code"] == "invalid_token")


def changed(token: str, key: str = settings.SECRET_KEY, **claims: Any) -> str:
    """The token with other claims, or under another key."""
    known = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**known, **claims}, key, algorithm="HS256")


def test_an_access_token_acts_for_its_person(alices_problem: Problem) -> None:
    answer = log_in()
    assert answer.status_code == 200
    assert not answer.cookies, "an app has tokens; a cookie would need protection from forgery"
    token = answer.json()["meta"]["access_token"]
    assert [one["id"] for one in call(token).json()["results"]] == [str(alices_problem.pk)]
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})
    made = client.post("/api/v1/solutions/", {"text": "3 + 4?"}, content_type=JSON)
    assert made.status_code == 201


def test_a_stranger_sees_their_own_only(alices_problem: Problem, charlie: User) -> None:
    token = log_in("charlie").json()["meta"]["access_token"]
    assert call(token).json()["results"] == []


def test_a_wrong_password_gives_no_token(alices_problem: Problem) -> None:
    answer = log_in(password="not her password")
    assert answer.status_code == 400
    assert "access_token" not in answer.content.decode()


def test_a_refresh_token_serves_once(alices_problem: Problem) -> None:
    first = tokens()["refresh_token"]
    told = refresh(first).json()["data"]
    assert call(told["access_token"]).status_code == 200
    assert refresh(first).status_code == 400
    assert refresh(told["refresh_token"]).status_code == 200


@pytest.mark.parametrize("how", ["header", "token"])
def test_logging_out_ends_all_tokens(how: str, alices_problem: Problem) -> None:
    known = tokens()
    headers = {
        "header": {"X-Session-Token": known["session_token"]},
        "token": {"Authorization": f"Bearer {known['access_token']}"},
    }
    other = tokens()["access_token"]
    told = Client().delete(f"{APP}/auth/session", headers=headers[how])
    assert told.status_code == 401, "allauth answers as to somebody who is not logged in"
    assert is_refused(known["access_token"])
    assert refresh(known["refresh_token"]).status_code == 400
    assert call(other).status_code == 200, "another app of hers goes on"


def test_expired_and_forged_tokens_are_refused(alices_problem: Problem, bob: User) -> None:
    known = tokens()
    token = known["access_token"]
    assert call(changed(token)).status_code == 200, "else what follows proves nothing"
    forged = {
        "expired": changed(token, exp=int(time.time()) - 1),
        "another key": changed(token, key="k" * 64),
        "another person": changed(token, sub=str(bob.pk)),
        "another session": changed(token, sid="bm90IG9uZSBvZiBvdXIgc2Vzc2lvbnM="),
        "no session": changed(token, sid=None),
        "for refreshing": known["refresh_token"],
        "unsigned": jwt.encode(
            jwt.decode(token, options={"verify_signature": False}), "", algorithm="none"
        ),
        "cut short": token[:-4],
        "nonsense": "a.b.c",
    }
    taken = [name for name, one in forged.items() if not is_refused(one)]
    assert taken == []


def test_whoever_is_locked_out_is_refused_at_once(alices_problem: Problem, alice: User) -> None:
    known = tokens()
    alice.is_active = False
    alice.save()
    assert is_refused(known["access_token"])
    assert refresh(known["refresh_token"]).status_code == 400


def test_a_new_password_ends_the_tokens(alices_problem: Problem, alice: User) -> None:
    token = tokens()["access_token"]
    alice.set_password("another long phrase")
    alice.save()
    assert is_refused(token)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YWxpY2U6eA==", "vs_live_1_2"])
def test_a_header_without_a_credential_is_refused_beside_a_cookie(
    header: str, alices_problem: Problem, client: Client
) -> None:
    client.force_login(alices_problem.owner)
    assert client.get(LIST).status_code == 200
    assert client.get(LIST, headers={"Authorization": header}).status_code == 401
