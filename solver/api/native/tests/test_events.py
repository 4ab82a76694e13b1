"""The events of a solution for keys: the same frames as everywhere, ended when the key is."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.http.response import HttpResponseBase
from django.test import AsyncClient

from accounts.keys import PartnerKey, make_key
from accounts.models import User
from solver.live.events import EventLog
from solver.live.frames import done_fields
from solver.models import Solution, State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(alice: User) -> tuple[PartnerKey, str]:
    return make_key(alice, "Test", ["read"])


@pytest.fixture
def running(solution: Solution) -> Solution:
    solution.state, solution.text = State.RUNNING, ""
    solution.save()
    EventLog(solution.pk).open(1, "", "running")
    return solution


async def ask(solution: Solution, text: str, query: str = "", **headers: str) -> Any:
    address = f"/api/v1/solutions/{solution.pk}/events/{query}"
    sent = {"Authorization": f"Bearer {text}", **headers} if text else headers
    response: HttpResponseBase = await AsyncClient().get(address, headers=sent)
    return response


async def frames_of(response: Any) -> AsyncIterator[dict[str, Any]]:
    async for part in response.streaming_content:
        for event in part.decode().split("\n\n"):
            if "\ndata: " in event:
                yield json.loads(event.partition("\ndata: ")[2])


async def test_a_key_follows_to_the_end_and_goes_on_after_an_event(
    running: Solution, key: tuple[PartnerKey, str]
) -> None:
    log = EventLog(running.pk)
    first = log.append(1, "delta", {}, "One\n").cursor
    log.append(1, "delta", {}, "two\n")
    response = await ask(running, key[1], **{"Last-Event-ID": first})
    assert response["Content-Type"] == "text/event-stream"
    frames = frames_of(response)
    assert (await anext(frames))["text"] == "two\n"
    await Solution.objects.filter(pk=running.pk).aupdate(state=State.DONE, text="One\ntwo\n")
    await running.arefresh_from_db()
    log.announce("done", done_fields(running))
    rest = [frame["kind"] async for frame in frames]
    assert rest[-1] == "done"
    last = await ask(running, key[1], "?poll=1")
    assert json.loads(last.content)["done"] is True


async def test_a_stream_ends_when_its_key_is_revoked(
    running: Solution, key: tuple[PartnerKey, str], settings: Any
) -> None:
    settings.SESSION_CHECK_S = 0
    frames = frames_of(await ask(running, key[1]))
    assert (await anext(frames))["kind"] == "snapshot"
    await sync_to_async(key[0].revoke)()
    EventLog(running.pk).append(1, "delta", {}, "more")
    told = [frame async for frame in frames]
    assert told[-1]["code"] == "session_expired"


async def test_others_find_nothing(
    running: Solution, alice: User, charlie: User, key: tuple[PartnerKey, str]
) -> None:
    _, of_charlie = await sync_to_async(make_key)(charlie, "Test")
    _, of_writer = await sync_to_async(make_key)(alice, "Test", ["write"])
    refusals = {"": 401, of_charlie: 404, of_writer: 403, f"{key[1]}x": 401}
    for text, status in refusals.items():
        response = await ask(running, text)
        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
    address = f"/api/v1/solutions/{running.pk}/events/"
    posted = await AsyncClient().post(address, headers={"X-API-Key": key[1]})
    assert posted.status_code == 405


async def test_a_session_follows_too(running: Solution, alice: User) -> None:
    client = AsyncClient()
    await client.aforce_login(alice)
    response: Any = await client.get(f"/api/v1/solutions/{running.pk}/events/?poll=1")
    assert json.loads(response.content)["frames"][0]["kind"] in {"snapshot", "state"}
