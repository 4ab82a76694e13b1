"""Error pages in the site's design, each with the right status and advice."""

from collections.abc import Callable

import pytest
import redis
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from accounts.models import User
from solver.web import errors
from solver.web.tests.pages import check_page
from vibesite import urls as site_urls


def _raise(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    *site_urls.urlpatterns,
    path("broken/", _raise(ZeroDivisionError()), name="broken"),
    path("away/redis/", _raise(redis.exceptions.ConnectionError()), name="away"),
    path("away/database/", _raise(OperationalError()), name="away_too"),
]
handler400 = site_urls.handler400
handler403 = site_urls.handler403
handler404 = site_urls.handler404
handler500 = site_urls.handler500

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nope/", 404, "There is no such page"),
        ("/broken/", 500, "Something broke on our side"),
        ("/away/redis/", 503, "A part of the site is away"),
        ("/away/database/", 503, "A part of the site is away"),
    ],
)
def test_error_pages(address: str, status: int, words: str) -> None:
    response = Client(raise_request_exception=False).get(address)
    assert response.status_code == status
    assert words in check_page(response)
    assert ("Retry-After" in response) == (status == 503)


def test_a_form_without_its_token_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/problems/new/", {"text": "2+2"})
    assert response.status_code == 403
    assert "This form is too old" in check_page(response)


def test_a_body_that_is_too_large(alice: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    response = client.post("/problems/new/", {"text": "x" * 3_000_000})
    assert response.status_code == 413
    assert "That is too large" in check_page(response)


def test_a_bad_host_is_a_bad_request(settings: object) -> None:
    response = Client(raise_request_exception=False).get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "made no sense" in response.content.decode()


def test_forbidden() -> None:
    response = errors.permission_denied(RequestFactory().get("/"), Exception())
    assert response.status_code == 403
