"""Idempotency keys, runs that are shared, and answers that are remembered."""

import asyncio
import logging
import os
import time

import httpx
import pytest

from solver.api.tests.conftest import MODEL, Site, states_now
from solver.models.prompt import PromptName, PromptRelease, PromptVersion
from solver.models.solution import Solution
from solver.running.tests.conftest import until

CHAT = "/v1/chat/completions"
ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Solve x^2 - 5x + 6 = 0."}]}
GREEDY = {**ASK, "temperature": 0}
# STORM=1000 is the whole one.
STORM = int(os.environ.get("STORM", "100"))


@pytest.mark.parametrize("site", [{"rate": 100}], indirect=True)
async def test_a_storm_of_retries_gives_one_run(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.key}", "Idempotency-Key": "order-17"}
    limits = httpx.Limits(max_connections=50)
    client = httpx.AsyncClient(base_url=site.url, headers=headers, limits=limits, timeout=60)

    async def ask_until_answered() -> httpx.Response:
        while True:
            told = await client.post(CHAT, json=ASK)
            if told.status_code != 409:
                return told
            assert told.json()["error"]["code"] == "request_running"
            await asyncio.sleep(1)

    async with client:
        told = await asyncio.gather(*(ask_until_answered() for _ in range(STORM)))
    assert {one.status_code for one in told} == {200}
    assert len({one.content for one in told}) == 1
    assert sum("idempotent-replayed" in one.headers for one in told) == STORM - 1
    assert await asyncio.to_thread(states_now) == ["done"]


@pytest.mark.parametrize("site", [{"rate": 100}], indirect=True)
async def test_identical_requests_at_one_time_share_a_run(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.key}"}
    async with httpx.AsyncClient(base_url=site.url, headers=headers, timeout=60) as client:
        told = await asyncio.gather(*(client.post(CHAT, json=ASK) for _ in range(25)))
        other = await client.post(CHAT, json={**ASK, "seed": 7})
    assert {one.status_code for one in [*told, other]} == {200}
    assert len({one.json()["vibesite"]["solution"] for one in told}) == 1
    assert len(await asyncio.to_thread(states_now)) == 2


def test_a_key_stands_for_one_request(site: Site) -> None:
    first = site.post(CHAT, ASK, Idempotency_Key="a")
    again = site.post(CHAT, ASK, Idempotency_Key="a")
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    other = site.post(CHAT, {**ASK, "seed": 1}, Idempotency_Key="a")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_mismatch")
    assert site.post("/v1/inference", {"prompt": "Hi"}, Idempotency_Key="a").status_code == 400
    assert site.post(CHAT, ASK, Idempotency_Key="x" * 300).status_code == 400


def test_a_refusal_does_not_use_the_key_up_and_a_stream_is_replayed(site: Site) -> None:
    assert site.post(CHAT, {**ASK, "n": 0}, Idempotency_Key="b").status_code == 400
    first = site.post(CHAT, {**ASK, "stream": True}, Idempotency_Key="b")
    deadline = time.monotonic() + 30
    again = site.post(CHAT, {**ASK, "stream": True}, Idempotency_Key="b")
    while again.status_code == 409 and time.monotonic() < deadline:
        again = site.post(CHAT, {**ASK, "stream": True}, Idempotency_Key="b")
    assert first.content == again.content
    assert again.headers["content-type"] == "text/event-stream"
    assert Solution.objects.count() == 1


def test_greedy_answers_are_remembered_until_prompt_or_model_change(site: Site, bob) -> None:
    told = [site.post(CHAT, GREEDY) for _ in range(2)]
    assert [one.headers["x-cache"] for one in told] == ["miss", "hit"]
    assert told[0].json()["choices"] == told[1].json()["choices"]
    turn = {"role": "user", "content": "Solve x^2 - 5x + 6 = 0. \r\n"}
    spaced = {**GREEDY, "seed": 3, "messages": [turn]}
    assert site.post(CHAT, spaced).headers["x-cache"] == "hit"
    streamed = site.post(CHAT, {**GREEDY, "stream": True})
    assert streamed.headers["x-cache"] == "hit"
    assert streamed.text.endswith("data: [DONE]\n\n")
    assert site.post(CHAT, GREEDY, Cache_Control="no-cache").headers["x-cache"] == "miss"
    assert site.post(CHAT, {**GREEDY, "top_p": 0.5}).headers["x-cache"] == "miss"
    assert site.post(CHAT, ASK).headers["x-cache"] == "miss"
    version = PromptVersion.objects.create(
        name=PromptName.MATHS_SOLVER, number=1, text="Solve it.", author=bob
    )
    PromptRelease.objects.update_or_create(name=PromptName.MATHS_SOLVER, defaults={"live": version})
    until(lambda: site.post(CHAT, GREEDY).headers["x-cache"] == "miss")


@pytest.mark.parametrize("site", [{"rate": 4}], indirect=True)
async def test_runs_at_one_time_are_limited(site: Site, settings) -> None:
    settings.API_CONCURRENT_RUNS = 2
    headers = {"Authorization": f"Bearer {site.key}"}
    bodies = [{**ASK, "seed": seed, "max_tokens": 20} for seed in range(5)]
    async with httpx.AsyncClient(base_url=site.url, headers=headers, timeout=60) as client:
        told = await asyncio.gather(*(client.post(CHAT, json=body) for body in bodies))
        refused = [one for one in told if one.status_code == 429]
        assert len(refused) == 3
        assert refused[0].json()["error"]["code"] == "too_many_runs"
        assert refused[0].headers["retry-after"] == "1"
        async with asyncio.timeout(30):
            while (await client.post(CHAT, json=bodies[0])).status_code != 200:
                await asyncio.sleep(0.05)


async def test_fifty_callers_get_exactly_the_limit(site: Site, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 60
    headers = {"Authorization": f"Bearer {site.key}"}
    limits = httpx.Limits(max_connections=50)
    client = httpx.AsyncClient(base_url=site.url, headers=headers, limits=limits, timeout=60)
    async with client:
        told = await asyncio.gather(*(client.get("/v1/models") for _ in range(100)))
    assert sorted(one.status_code for one in told) == [200] * 60 + [429] * 40
    remaining = [int(one.headers["x-ratelimit-remaining-requests"]) for one in told]
    assert sorted(remaining) == [0] * 40 + list(range(60))


def test_a_call_is_logged_without_its_texts(site: Site, caplog) -> None:
    with caplog.at_level(logging.INFO, "solver.api.calls"):
        site.post(CHAT, ASK)
    (line,) = [record.msg for record in caplog.records if record.name == "solver.api.calls"]
    assert line["event"] == "api_call"
    assert line["key"] == site.key.split("_")[2]
    assert (line["status"], line["path"], line["address"]) == (200, CHAT, "127.0.0.0/24")
    assert line["completion_tokens"] > 0
    assert "Solve" not in str(line)
