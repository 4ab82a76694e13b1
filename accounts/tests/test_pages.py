"""Accounts: sign up, log in and out, change and reset the password; all in the site's design."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.models import Role, User
from solver.web.tests.pages import check_page

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
PHRASE = "a long enough phrase"


@pytest.mark.parametrize(
    "address",
    [
        LOGIN,
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/done/",
        "/accounts/password/reset/key/nonsense-key/",
        "/accounts/inactive/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/nonsense/",
    ],
)
def test_pages_for_visitors(address: str, valkey: object) -> None:
    check_page(Client().get(address))


@pytest.mark.parametrize(
    "address", ["/accounts/logout/", "/accounts/password/change/", "/accounts/email/"]
)
def test_pages_for_members(address: str, alice: User, valkey: object) -> None:
    client = Client()
    client.force_login(alice)
    check_page(client.get(address))
    assert Client().get(address).status_code == 302


def test_log_in_by_name_and_by_address(alice: User, valkey: object) -> None:
    for name in ("alice", "alice@example.org"):
        client = Client()
        response = client.post(LOGIN, {"login": name, "password": settings.DEMO_PASSWORD})
        assert response.status_code == 302
        assert "Hello, alice" in client.get("/").content.decode()


def test_a_wrong_password_keeps_the_name_and_not_the_password(alice: User, valkey: object) -> None:
    shown = check_page(Client().post(LOGIN, {"login": "alice", "password": "wrong-one"}))
    assert 'value="alice"' in shown
    assert "wrong-one" not in shown
    assert 'role="alert"' in shown


def test_log_in_is_rate_limited(alice: User, valkey: object) -> None:
    form = {"login": "alice", "password": "wrong"}
    answers = [Client().post(LOGIN, form) for _ in range(8)]
    assert "Too many" in answers[-1].content.decode()
    right = {"login": "alice", "password": settings.DEMO_PASSWORD}
    refused = Client().post(LOGIN, right)
    assert refused.status_code in {200, 429}
    check_page(refused)


def test_too_many_requests_are_a_page_of_ours(alice: User, valkey: object) -> None:
    answers = [Client().post("/accounts/password/reset/", {"email": "a@b.org"}) for _ in range(25)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited
    assert "Too many tries" in check_page(limited[0])


def test_log_out_needs_a_post(alice: User, valkey: object) -> None:
    client = Client()
    client.force_login(alice)
    client.get("/accounts/logout/")
    assert "Hello, alice" in client.get("/").content.decode()
    client.post("/accounts/logout/")
    assert "Log in" in client.get("/").content.decode()


def test_who_signs_up_is_a_student(valkey: object) -> None:
    form = {
        "username": "erin",
        "email": "erin@example.org",
        "password1": PHRASE,
        "password2": PHRASE,
        "role": "administrator",
        "is_staff": "on",
    }
    assert Client().post("/accounts/signup/", form).status_code == 302
    erin = User.objects.get(username="erin")
    assert (erin.role, erin.is_staff) == (Role.STUDENT, False)


def test_sign_up_says_what_is_wrong_and_keeps_the_rest(valkey: object) -> None:
    form = {"username": "erin", "email": "erin@example.org", "password1": "short"}
    shown = check_page(Client().post("/accounts/signup/", form))
    assert 'value="erin@example.org"' in shown
    assert "too short" in shown
    assert not User.objects.exists()


def test_sign_up_can_be_closed(valkey: object, settings: object) -> None:
    settings.ALLOW_SIGNUP = False  # type: ignore[attr-defined]
    shown = check_page(Client().get("/accounts/signup/"))
    assert "Sign-up is closed" in shown
    assert "Sign up" not in Client().get("/").content.decode()


def test_a_forgotten_password_is_set_anew(alice: User, valkey: object) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    [letter] = mail.outbox
    link = re.findall(r"http://\S+/accounts/password/reset/key/\S+", str(letter.body))[0]
    form_page = client.get(link.partition("testserver")[2], follow=True)
    check_page(form_page)
    address = form_page.redirect_chain[-1][0]
    done = client.post(address, {"password1": PHRASE, "password2": PHRASE}, follow=True)
    assert "Your new password is set" in check_page(done)
    assert Client().login(username="alice", password=PHRASE)


def test_an_address_that_nobody_has_says_the_same(valkey: object) -> None:
    response = Client().post("/accounts/password/reset/", {"email": "nobody@b.org"}, follow=True)
    assert "Look into your mail" in check_page(response)
