"""Server-sent events and polling: the frames of the websocket, for clients without one."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import User
from solver.live import sse
from solver.live.events import START, EventLog
from solver.live.frames import done_fields
from solver.live.sse import solution_events
from solver.live.tests.conftest import log_in
from solver.models import Solution, State


async def ask(
    user: User | None, solution_id: UUID, query: str = "", **headers: str
) -> HttpResponseBase:
    """The view's answer, with the person's real session."""
    from django.contrib.sessions.backends.db import SessionStore

    cookie = await sync_to_async(log_in)(user)
    request = AsyncRequestFactory().get(
        f"/solutions/{solution_id}/events/?{query}", headers=headers
    )
    request.session = SessionStore(cookie.partition("=")[2] or None)

    async def auser() -> Any:
        from django.contrib.auth import aget_user

        return await aget_user(request)

    request.auser = auser
    return await solution_events(request, solution_id)


async def parts_of(response: Any) -> AsyncIterator[str]:
    async for part in response.streaming_content:
        for event in part.decode().split("\n\n"):
            if event:
                yield event


async def leave(response: Any) -> None:
    await response.streaming_content.aclose()


def frame_of(event: str) -> dict[str, Any]:
    head, data = event.split("\n", 1)
    frame: dict[str, Any] = json.loads(data.removeprefix("data: "))
    assert head == f"id: {frame['cursor']}"
    return frame


async def finish(solution: Solution, log: EventLog, text: str) -> None:
    await Solution.objects.filter(pk=solution.pk).aupdate(state=State.DONE, text=text)
    await solution.arefresh_from_db()
    log.announce("done", done_fields(solution))


async def test_events_replay_and_follow_to_the_end(solution: Solution, log: EventLog, alice: User):
    log.open(1, "", "running")
    first = log.append(1, "delta", {}, "One\n").cursor
    log.append(1, "delta", {}, "two\n")
    response = await ask(alice, solution.pk, f"after={first}")
    assert response.headers["Content-Type"] == "text/event-stream"
    events = parts_of(response)
    assert await anext(events) == f"retry: {sse.RETRY_MS}"
    assert frame_of(await anext(events))["text"] == "two\n"
    await finish(solution, log, "One\ntwo\n")
    assert frame_of(await anext(events))["kind"] == "done"
    assert [event async for event in events] == []


async def test_a_browser_that_comes_back_goes_on_from_its_last_event(
    solution: Solution, log: EventLog, alice: User
):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One ")
    seen = log.append(1, "delta", {}, "two ").cursor
    log.append(1, "delta", {}, "three")
    response = await ask(alice, solution.pk, f"after={START}", last_event_id=seen)
    events = parts_of(response)
    await anext(events)
    assert frame_of(await anext(events))["text"] == "three"
    await leave(response)


async def test_a_browser_that_has_it_all_is_told_to_stop(
    solution: Solution, log: EventLog, alice: User
):
    log.open(1, "", "running")
    await finish(solution, log, "")
    last = log.announce("done", done_fields(solution))
    response = await ask(alice, solution.pk, last_event_id=last)
    assert response.status_code == 204


async def test_silence_is_broken_by_heartbeats(
    solution: Solution, log: EventLog, alice: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.02)
    response = await ask(alice, solution.pk)
    events = parts_of(response)
    said = [await anext(events) for _ in range(4)]
    assert said[-1] == ": still here"
    await leave(response)


async def test_logging_out_in_mid_stream_is_told(
    solution: Solution,
    log: EventLog,
    alice: User,
    settings: SettingsWrapper,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.02)
    settings.SESSION_CHECK_S = 0
    response = await ask(alice, solution.pk)
    await Session.objects.all().adelete()
    events = [event async for event in parts_of(response)]
    assert frame_of(events[-1])["code"] == "session_expired"


@pytest.mark.parametrize("query", ["", "poll=1"])
async def test_strangers_and_unknown_ids_are_refused_alike(
    query: str, solution: Solution, log: EventLog, alice: User, charlie: User
):
    answers = [
        await ask(charlie, solution.pk, query),
        await ask(None, solution.pk, query),
        await ask(alice, uuid4(), query),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {  # type: ignore[attr-defined]
        (404, answers[0].content)  # type: ignore[attr-defined]
    }


async def test_one_person_has_a_bounded_number_of_streams(
    solution: Solution, log: EventLog, alice: User, settings: SettingsWrapper
):
    settings.SOCKETS_PER_PERSON = 0
    events = [event async for event in parts_of(await ask(alice, solution.pk))]
    assert frame_of(events[-1])["code"] == "too_many"


def polled(response: HttpResponseBase) -> dict[str, Any]:
    assert isinstance(response, HttpResponse)
    body: dict[str, Any] = json.loads(response.content)
    return body


async def test_polling_gives_what_is_new_at_once(solution: Solution, log: EventLog, alice: User):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One ")
    body = polled(await ask(alice, solution.pk, f"poll=1&after={START}"))
    assert [frame["kind"] for frame in body["frames"]] == ["state", "delta"]
    assert not body["done"]
    cursor = body["cursor"]
    body = polled(await ask(alice, solution.pk, f"poll=1&after={cursor}"))
    assert (body["frames"], body["cursor"]) == ([], cursor)
    log.append(1, "delta", {}, "two")
    await finish(solution, log, "One two")
    body = polled(await ask(alice, solution.pk, f"poll=1&after={cursor}"))
    assert [frame["kind"] for frame in body["frames"]] == ["delta", "done"]
    assert body["done"]


async def test_polling_a_page_gives_its_cards(solution: Solution, log: EventLog, alice: User):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "## Step 1: Add\n\n$1 + 1$\n\n## Step 2: Say\n\nTwo")
    body = polled(await ask(alice, solution.pk, "poll=1&view=page"))
    assert [frame["kind"] for frame in body["frames"]] == ["snapshot", "step", "step"]
    assert "<math" in body["frames"][1]["html"]


async def test_polling_says_when_redis_is_away(
    solution: Solution, log: EventLog, alice: User, valkey_server: Any
):
    valkey_server.stop()
    try:
        response = await ask(alice, solution.pk, "poll=1")
    finally:
        valkey_server.start()
    assert response.status_code == 503
