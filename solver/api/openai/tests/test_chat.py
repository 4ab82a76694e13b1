"""POST /v1/chat/completions, through the clients that people use."""

import asyncio
import json
from typing import Any

import httpx
import openai
import pytest
from pydantic import BaseModel, SecretStr

from accounts.keys import make_key
from solver.api.openai.streaming import KEEP_ALIVE
from solver.api.tests.conftest import MODEL, Site, only_solution, states_now
from solver.engines.base import Message
from solver.engines.scripts import WORKED
from solver.models.solution import Solution
from solver.running.tests.conftest import until
from solver.store.wording import MATHS_ENDING

SOLVE = [{"role": "user", "content": "Solve x^2 - 5x + 6 = 0."}]
REASONING = WORKED.split("</think>")[0].removeprefix("<think>\n").rstrip("\n")
CONTENT = WORKED.split("</think>")[1].lstrip()


def test_an_answer_has_its_reasoning_and_its_check_beside_it(site: Site, client) -> None:
    told = client.chat.completions.create(model=MODEL, messages=SOLVE)
    (choice,) = told.choices
    assert (told.object, told.model) == ("chat.completion", MODEL)
    assert choice.message.content == CONTENT
    assert choice.message.reasoning == choice.message.reasoning_content == REASONING
    assert choice.finish_reason == "stop"
    row = only_solution()
    assert told.usage.completion_tokens == row.completion_tokens
    assert told.usage.total_tokens == row.prompt_tokens + row.completion_tokens
    assert told.usage.completion_tokens_details.reasoning_tokens > 0
    assert told.vibesite["verdict"] == row.verdict == "checked"
    assert told.vibesite["evidence"] == row.evidence
    assert told.vibesite["solution"] == str(row.pk)
    assert told.vibesite["answer"] == row.answer
    assert row.partner_key_id == site.key.split("_")[2]


def test_the_house_asks_in_its_way_and_the_callers_system_turn_replaces_it(site: Site, client):
    client.chat.completions.create(model="vibesite", messages=SOLVE)
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Who are you?"},
        {"role": "assistant", "content": "A solver."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Solve "}, {"type": "text", "text": "it"}],
        },
    ]
    client.chat.completions.create(model=MODEL, messages=turns)
    house, own = [request.messages for request in site.asked]
    assert house[-1].content == f"{SOLVE[0]['content']}\n\n{MATHS_ENDING}"
    assert MATHS_ENDING in house[0].content
    assert own == (
        Message("system", "Be brief."),
        Message("user", "Who are you?"),
        Message("assistant", "A solver."),
        Message("user", "Solve it"),
    )


def test_a_stream_joined_is_the_answer(site: Site, client) -> None:
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=SOLVE, stream=True, stream_options={"include_usage": True}
        )
    )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == CONTENT
    assert "".join(getattr(delta, "reasoning", None) or "" for delta in deltas) == REASONING
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.completion_tokens == only_solution().completion_tokens
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-2].vibesite["verdict"] == "checked"
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


def test_a_stream_ends_as_the_protocol_says(site: Site) -> None:
    told = site.post("/v1/chat/completions", {"model": MODEL, "messages": SOLVE, "stream": True})
    assert told.headers["content-type"] == "text/event-stream"
    assert told.headers["x-request-id"].startswith("req_")
    events = [event for event in told.text.split("\n\n") if event]
    assert events[-1] == "data: [DONE]"
    assert all(event.startswith("data: ") for event in events)
    assert "usage" not in json.loads(events[-2][6:])
    assert KEEP_ALIVE.startswith(":")


def test_several_answers_with_seeds_of_their_own(site: Site, client) -> None:
    told = client.chat.completions.create(model=MODEL, messages=SOLVE, n=3, seed=-5, top_p=0.9)
    assert [choice.index for choice in told.choices] == [0, 1, 2]
    assert len({request.sampling.seed for request in site.asked}) == 3
    assert {request.sampling.top_p for request in site.asked} == {0.9}
    assert told.usage.completion_tokens == 3 * Solution.objects.all()[0].completion_tokens
    chunks = client.chat.completions.create(model=MODEL, messages=SOLVE, n=2, stream=True)
    said = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            said[choice.index] += choice.delta.content or ""
    assert said == [CONTENT, CONTENT]


def test_sampling_reaches_the_model(site: Site, client) -> None:
    told = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "long"}],
        max_completion_tokens=7,
        temperature=0.3,
        stop=["END", "STOP"],
        seed=11,
        extra_body={"top_k": 5, "vibesite": {"kind": "code"}},
    )
    sampling = site.asked[0].sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.seed) == (7, 0.3, 11)
    assert (sampling.stop, sampling.top_k) == (("END", "STOP"), 5)
    assert told.choices[0].finish_reason == "length"
    assert only_solution().route == "code"
    site.scripts["stopper"] = "One two STOP three"
    told = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "stopper"}], stop="STOP", max_tokens=99
    )
    assert told.choices[0].message.content == "One two "


REFUSED: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"messages": []}, "messages", "invalid_value"),
    ({"messages": None}, "messages", "invalid_value"),
    ({"messages": [{"role": "user", "content": ""}]}, "messages", "invalid_value"),
    ({"messages": [{"role": "assistant", "content": "a"}]}, "messages", "invalid_value"),
    ({"messages": [{"role": "tool", "content": "a"}]}, "messages.0.role", "invalid_value"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, None, None),
    ({"temperature": 3}, "temperature", "invalid_value"),
    ({"temperature": "hot"}, "temperature", "invalid_value"),
    ({"top_p": 0}, "top_p", "invalid_value"),
    ({"max_tokens": -1}, "max_tokens", "invalid_value"),
    ({"max_tokens": 10**9}, None, None),
    ({"n": 0}, "n", "invalid_value"),
    ({"n": 1000}, "n", "invalid_value"),
    ({"stop": [""]}, None, "invalid_value"),
    ({"stop": ["a"] * 17}, None, "invalid_value"),
    ({"tools": [{"type": "function"}]}, "tools", "unknown_field"),
    ({"logprobs": True}, "logprobs", "unknown_field"),
    ({"frequency_penalty": 0.5}, "frequency_penalty", "unknown_field"),
    ({"colour": "red"}, "colour", "unknown_field"),
    ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
    ({"response_format": {"type": "yaml"}}, "response_format.type", "invalid_value"),
    ({"response_format": {"type": "json_schema"}}, "response_format", "invalid_schema"),
    ({"vibesite": {"kind": "poetry"}}, "vibesite.kind", "invalid_value"),
    ({"model": 5}, "model", "invalid_value"),
    ({"model": "gpt-4o"}, "model", "model_not_found"),
]


def test_what_cannot_be_done_is_refused_by_name(site: Site) -> None:
    for change, param, code in REFUSED:
        told = site.post("/v1/chat/completions", {"model": MODEL, "messages": SOLVE, **change})
        assert told.status_code == (404 if code == "model_not_found" else 400), change
        error = told.json()["error"]
        assert error.keys() == {"message", "type", "param", "code"}
        assert error["type"] == "invalid_request_error"
        assert param is None or error["param"] == param, (change, error)
        assert code is None or error["code"] == code, (change, error)
    assert states_now() == []


def test_what_clients_send_as_a_matter_of_course_is_taken(site: Site, client) -> None:
    client.chat.completions.create(
        model=MODEL,
        messages=SOLVE,
        user="someone",
        metadata={"a": "b"},
        store=True,
        parallel_tool_calls=True,
        reasoning_effort="low",
        frequency_penalty=0,
        presence_penalty=0.0,
        logit_bias={},
        logprobs=False,
        tools=[],
        n=1,
    )


def test_errors_have_the_clients_own_classes(site: Site, client, alice, settings) -> None:
    _, narrow = make_key(alice, "Reader", scopes=["read"])
    ask: dict[str, Any] = {"model": MODEL, "messages": SOLVE}
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="nonsense").chat.completions.create(**ask)
    with pytest.raises(openai.PermissionDeniedError):
        client.with_options(api_key=narrow).chat.completions.create(**ask)
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(**{**ask, "model": "gpt-4o"})
    assert missing.value.code == "model_not_found"
    assert str(missing.value.request_id).startswith("req_")
    settings.API_TOKENS_PER_MINUTE = 1
    with pytest.raises(openai.RateLimitError) as limited:
        [client.chat.completions.create(**ask) for _ in range(2)]
    assert "tokens_per_minute" in str(limited.value.body)


def test_a_failure_in_mid_stream_is_told_in_the_stream(site: Site, client) -> None:
    site.scripts["shaped"] = "This is not JSON."
    chunks = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "shaped"}],
        response_format={"type": "json_object"},
        stream=True,
    )
    with pytest.raises(openai.APIError, match="not JSON"):
        list(chunks)


class Roots(BaseModel):
    low: int
    high: int


def test_json_is_checked_against_the_schema(site: Site, client) -> None:
    site.scripts["roots"] = '```json\n{"low": 2, "high": 3}\n```'
    ask = [{"role": "user", "content": "roots"}]
    told = client.chat.completions.parse(model=MODEL, messages=ask, response_format=Roots)
    assert told.choices[0].message.parsed == Roots(low=2, high=3)
    assert '"high"' in site.asked[0].messages[0].content
    site.scripts["roots"] = '{"low": 2}'
    with pytest.raises(openai.UnprocessableEntityError, match="does not fit the schema") as unmet:
        client.chat.completions.parse(model=MODEL, messages=ask, response_format=Roots)
    assert unmet.value.code == "response_format_unmet"


def test_a_prompt_above_the_models_context_is_told_as_such(site: Site, client) -> None:
    site.engine.context_tokens = 50
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "word " * 100}]
        )
    assert refused.value.code == "context_length_exceeded"


@pytest.mark.parametrize("site", [{"rate": 50}], indirect=True)
async def test_closing_a_stream_or_a_request_frees_the_engine(site: Site, patient) -> None:
    ask = [{"role": "user", "content": "long"}]
    stream = await patient.chat.completions.create(model=MODEL, messages=ask, stream=True)
    async for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    assert site.engine.running() == 1
    await stream.close()
    await _freed_within(site, 2.0)
    waiting = asyncio.create_task(
        patient.chat.completions.create(model=MODEL, messages=ask, temperature=0.1)
    )
    while site.engine.running() == 0:
        await asyncio.sleep(0.02)
    waiting.cancel()
    await _freed_within(site, 2.0)


async def _freed_within(site: Site, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while site.engine.running():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("site", [{"rate": 100}], indirect=True)
def test_the_last_who_waits_ends_a_shared_run(site: Site, client) -> None:
    ask = {"model": MODEL, "messages": [{"role": "user", "content": "long"}], "stream": True}
    first, second = (client.chat.completions.create(**ask) for _ in range(2))
    next(iter(first))
    first.close()
    said = 0
    for chunk in second:
        said += bool(chunk.choices and chunk.choices[0].delta.content)
        if said > 20:
            break
    assert site.engine.running() == 1
    assert Solution.objects.count() == 1
    second.close()
    until(lambda: states_now() == ["cancelled"], 30)


async def test_a_langchain_client_works(site: Site) -> None:
    from langchain_openai import ChatOpenAI

    async with httpx.AsyncClient() as http:
        chat = ChatOpenAI(
            base_url=f"{site.url}/v1",
            api_key=SecretStr(site.key),
            model=MODEL,
            http_async_client=http,
        )
        assert (await chat.ainvoke("Solve x^2 - 5x + 6 = 0.")).content == CONTENT
        said = [str(chunk.content) async for chunk in chat.astream("Solve x^2 - 5x + 6 = 0.")]
        assert "".join(said) == CONTENT
