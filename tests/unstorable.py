"""NUL and half characters, in every address, query, cookie and form that takes text: never a 500.

SQLite takes NUL, so that little of this could fail there: tests/test_postgres.py runs it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.keys import make_key
from accounts.models import User
from solver.live.connection import close_async_clients
from solver.live.follow import follower
from solver.live.notices import Close
from solver.live.tests.conftest import Socket
from tests.test_strangers import DESK, MARK, OF_THE_CLASS, OPEN, TheClass, address, routes, theirs

__all__ = ["theirs"]

# A text that PostgreSQL itself refuses would end a test's own transaction.
committed = pytest.mark.django_db(transaction=True)

NUL = "a\0b"
HALF = '"\\ud800"'
TAKES_TEXT = re.compile(r"<(?:(?:str|path|slug):)?\w+>|\(\?P<url>")

# Calls; and Django's own forms for administrators, whose selects believe what they are sent.
NO_FORMS = ("_allauth/", "api/", "v1/", "admin/accounts/", "admin/account/", "admin/auth/")
# The ends of the sessions that are used here; and once more the form of a new assignment.
LEFT_OUT = {"admin/logout/", "accounts/logout/", "assignments/<uuid:assignment_id>/edit/"}

# What lists read from the query.
QUERIES = {
    "history/": ("q", "kind", "verdict", "state", "since", "until", "page"),
    "notifications/": ("page",),
    "accounts/login/": ("next",),
    "api/v1/problems/": ("cursor", "page_size", "kind", "created_after"),
    "api/v1/solutions/": ("cursor", "problem", "kind", "state", "verdict", "created_before"),
    "api/v1/attempts/": ("cursor", "assigned_problem", "state"),
    "api/v1/solutions/<uuid:solution_id>/": ("include",),
    "api/v1/solutions/<uuid:solution_id>/events/": ("after", "poll"),
    "v1/files": ("limit", "after", "purpose"),
    "v1/batches": ("limit", "after"),
    "solutions/<uuid:solution_id>/reasoning/": ("from", "fragment"),
    "solutions/<uuid:solution_id>/source/": ("step", "as"),
    "webhooks/<uuid:endpoint_id>/": ("page",),
    "admin/solver/review/queue/": ("class", "reason", "shuffle", "names", "page"),
    "admin/solver/review/queue/<str:kind>/<uuid:subject_id>/": ("class", "reason", "fill"),
    "admin/solver/solution/usage/": ("days",),
    "admin/solver/solution/": ("q", "p", "o", "model", "state__exact", "problem__kind__exact"),
    "admin/solver/attempt/": ("q", "result__exact", "class", "submitted_at__gte"),
    "admin/solver/problem/": ("q", "owner__username", "created_at__gte"),
    "admin/solver/review/": ("q", "decision__exact"),
    "admin/accounts/user/": ("q", "role__exact"),
    "admin/accounts/classroom/": ("q",),
    "admin/autocomplete/": ("term", "app_label", "model_name", "field_name"),
}


@pytest.fixture
def people(bob: User, root: User, theirs: TheClass) -> dict[str, Client]:
    """Those who may open something, with their clients."""
    # What the map has beside the class's own: a join code, a mail's token, a model.
    theirs.keys.update(code="ABCDEFGH", token="a-token", name="a-model")
    student = User.objects.get(username=f"{MARK}-student")
    known = {}
    for name, person in {"teacher": bob, "root": root, "student": student, "visitor": None}.items():
        known[name] = Client(raise_request_exception=False)
        if person:
            known[name].force_login(person)
    _key, text = make_key(student, "Portal")
    known["key"] = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {text}"}
    )
    return known


def who_opens(route: str) -> list[str]:
    if route.startswith(("api/", "v1/")):
        return ["key"]
    if route.startswith("admin/"):
        return ["root"]
    if route.startswith(("accounts/", "_allauth/")):
        return ["visitor", "student"]
    return ["student", "teacher"]


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page that change something, filled in with what the page shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            if given.get("method", "").lower() == "post":
                self.found.append(self._open)
        name = given.get("name", "")
        is_field = tag in {"input", "textarea", "select", "button"}
        # The second row of a table is read as the first one is.
        is_new = name and not re.search(r"-[1-9]\d*-", name)
        if self._open and is_field and is_new and given.get("type") != "file":
            self._open.fields.setdefault(name, given.get("value", "1"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def failed(client: Client, path: str, body: dict[str, Any] | None = None) -> bool:
    response = client.get(path) if body is None else client.post(path, body)
    return bool(response.status_code >= 500)


@committed
def test_in_addresses(people: dict[str, Client], theirs: TheClass, valkey: object) -> None:
    wrong = []
    for route in sorted(one for one in {*routes()} if TAKES_TEXT.search(one)):
        path = address(TAKES_TEXT.sub("%00", route.split("(?P<url>")[0]), theirs)
        for client in (people[who] for who in who_opens(route)):
            if failed(client, path) or failed(client, path, {}):
                wrong += [route]
    assert wrong == []


@committed
def test_in_queries(people: dict[str, Client], theirs: TheClass, valkey: object) -> None:
    assert QUERIES.keys() <= {*routes()}
    wrong = []
    for route, names in QUERIES.items():
        for name in names:
            path = f"{address(route, theirs)}?{urlencode({name: NUL})}"
            wrong += [(who, path) for who in who_opens(route) if failed(people[who], path)]
    assert wrong == []


def forms(who: str, client: Client, theirs: TheClass) -> Iterator[Form]:
    """Every form that this person is shown."""
    for route in sorted({*routes()} - LEFT_OUT):
        if route.startswith(NO_FORMS) or "key>" in route or who not in who_opens(route):
            continue
        path = address(route, theirs)
        response = client.get(path)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if response.status_code == 200 and is_page and not response.streaming:
            for form in Forms(response.content.decode()).found:
                form.action = form.action or path
                yield form


@committed
def test_in_forms(people: dict[str, Client], theirs: TheClass, valkey: object) -> None:
    """Each field by itself, with the others as they were: one that is refused hides the rest.

    A form that several people are shown is tried by the first of them.
    """
    wrong, tried = [], set()
    for who, client in people.items():
        for form in list(forms(who, client, theirs)):
            for name in form.fields.keys() - {"csrfmiddlewaretoken"}:
                if (form.action, name) in tried:
                    continue
                tried.add((form.action, name))
                if failed(client, form.action, {**form.fields, name: NUL}):
                    wrong.append((who, form.action, name))
    assert wrong == []
    assert len(tried) > 80


@committed
@pytest.mark.parametrize("text", ['"a\\u0000b"', HALF], ids=["NUL", "half"])
def test_in_bodies(text: str, people: dict[str, Client], theirs: TheClass, valkey: object) -> None:
    wrong = []
    for route in sorted(one for one in OPEN | OF_THE_CLASS if one.startswith(("api/", "v1/"))):
        body = f'{{"text": {text}, "input_file_id": {text}, "model": {text}, "note": {text}}}'
        path = address(route, theirs)
        answer = people["key"].post(path, body, content_type="application/json")
        if answer.status_code >= 500:
            wrong.append((route, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    "body",
    [
        '{"username": "a\\u0000b", "password": "x"}',
        f'{{"username": {HALF}, "password": "x"}}',
        f'{{"username": "alice", "password": {HALF}}}',
        '{"username": ' + "[" * 100_000,
        '{"username": ' + "9" * 5_000 + "}",
    ],
    ids=["NUL", "half a name", "half a password", "deep", "a long number"],
)
def test_in_what_allauth_reads(body: str, alice: User, valkey: object) -> None:
    path = "/_allauth/app/v1/auth/login"
    answer = Client().post(path, body, content_type="application/json")
    assert answer.status_code == 400
    assert json.loads(answer.content)["status"] == 400


@committed
def test_in_forms_of_other_character_sets(alice: User, valkey: object) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n+2AA-\r\n--x--\r\n'
    client = Client(headers={"X-API-Key": make_key(alice, "Portal")[1]})
    for charset in ("utf-7", "base64", "punycode"):
        content_type = f"multipart/form-data; boundary=x; charset={charset}"
        answer = client.generic("POST", "/accounts/login/", body, content_type)
        assert (answer.status_code, "+2AA-" in answer.content.decode()) == (200, True)
        assert client.generic("POST", "/v1/files", body, content_type).status_code == 400


def test_in_the_session_cookie(theirs: TheClass, valkey: object) -> None:
    client = Client(headers={"Cookie": r'sessionid="abcdefgh\000"'})
    assert client.get("/history/").status_code == 302
    assert client.get("/v1/models").status_code == 401


@committed
async def test_in_a_sockets_cookie_and_address(theirs: TheClass, valkey: object) -> None:
    cookie = r'sessionid="abcdefgh\000"'
    for name in (theirs.keys["solution_id"], "%00", "\0"):
        socket = await Socket(f"/ws/solutions/{name}/", cookie).open()
        await socket.frame()
        assert await socket.close_code() == Close.NOT_FOUND
    await follower().close()
    await close_async_clients()


def test_every_desk_list_is_asked() -> None:
    lists = {one for one in DESK if re.fullmatch(r"admin/solver/\w+/", one)}
    assert lists - {"admin/solver/promptversion/", "admin/solver/correction/"} <= QUERIES.keys()
