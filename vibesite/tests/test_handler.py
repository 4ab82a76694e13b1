"""The web process's own handler, asked as a server asks it."""

import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_GET

import vibesite.urls
from vibesite.handler import THREADS_KEPT, Handler, RequestThread

pytestmark = pytest.mark.urls(__name__)


@require_GET
def who(request: HttpRequest) -> HttpResponse:
    """An ordinary page; says which thread computed it."""
    return HttpResponse(f"{threading.current_thread().name} {hasattr(request, 'session')}")


async def call(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{hasattr(request, 'session')}")


urlpatterns = [
    path("who/", who),
    path("v1/call", call),
    path("events/", call),
    path("", include(vibesite.urls)),
]


@pytest.fixture
async def client(settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings.ALLOWED_HOSTS = ["site"]
    transport = httpx.ASGITransport(Handler())
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        yield client


@pytest.mark.django_db(transaction=True)
async def test_pages_have_all_their_middleware_and_take_turns_in_one_thread(
    client: httpx.AsyncClient,
) -> None:
    first, second = await client.get("/who/"), await client.get("/who/")
    assert first.text.endswith("True")
    assert first.text == second.text
    assert "Content-Security-Policy" in first.headers
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert (await client.post("/who/")).status_code == 403
    assert (await client.get("/nowhere/")).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_calls_with_a_key_pass_by_the_middleware_of_pages(client: httpx.AsyncClient) -> None:
    by_key = await client.get("/v1/call", headers={"X-API-Key": "k"})
    assert by_key.text == "False"
    assert by_key.headers["X-Content-Type-Options"] == "nosniff"
    # A page's own calls have a session to be known by, and other addresses take no key.
    assert (await client.get("/v1/call")).text == "True"
    assert (await client.get("/events/", headers={"X-API-Key": "k"})).text == "True"


def test_a_thread_that_is_still_busy_is_not_handed_on() -> None:
    thread, goes_on, free = RequestThread(), threading.Event(), threading.Event()
    running = thread.submit(goes_on.wait, 10)
    thread.when_free(lambda _: free.set())
    assert not free.is_set()
    goes_on.set()
    assert running.result(60)
    assert free.wait(60)
    thread.shutdown()


def test_no_more_threads_are_kept_than_said() -> None:
    handler = Handler()
    threads = [RequestThread() for _ in range(THREADS_KEPT + 1)]
    for thread in threads:
        thread.when_free(handler._keep)
    assert len(handler._free) == THREADS_KEPT
    with pytest.raises(RuntimeError):
        threads[-1].submit(int)


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_is_not_kept_leaves_no_connection() -> None:
    def connected() -> BaseDatabaseWrapper:
        connection.ensure_connection()
        return connections["default"]

    handler, thread = Handler(), RequestThread()
    handler._free = [RequestThread()] * THREADS_KEPT
    used = thread.submit(connected).result(60)
    assert used.connection is not None
    handler._keep(thread)
    assert thread._last is not None
    thread._last.result(60)
    assert used.connection is None
