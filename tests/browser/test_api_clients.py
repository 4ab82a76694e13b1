"""Unmodified clients against the whole site with the demonstration model."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from langchain_openai import ChatOpenAI
from playwright.sync_api import Page

from tests.site import ROOT, Site

ASK: Any = [{"role": "user", "content": "What is 12 + 30? Answer in one short sentence."}]
SHORT = 48
BATCH_TIMEOUT_S = 120.0
DOCS = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
USUAL_ADDRESS = "http://127.0.0.1:8000"


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    command = [sys.executable, "manage.py", "create_api_key", "--owner", "alice", "--name", "t"]
    said = subprocess.run(
        command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=True
    )
    return said.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def client(site: Site, key: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key=key) as client:
        yield client


def test_a_chat_completion_says_which_model_spoke(client: Any) -> None:
    told = client.chat.completions.create(model="vibesite", messages=ASK, max_tokens=SHORT)
    assert told.choices[0].message.content
    assert "SmolLM2" in told.model
    assert told.usage.completion_tokens <= SHORT
    assert told.vibesite["verdict"] in {"checked", "agrees", "unchecked", "contradicted"}


def test_a_stream_joined_is_the_answer_and_has_its_usage(client: Any) -> None:
    stream = client.chat.completions.create(
        model="vibesite",
        messages=ASK,
        max_tokens=SHORT,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    whole = client.chat.completions.create(
        model="vibesite", messages=ASK, max_tokens=SHORT, temperature=0
    )
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_many_async_calls_are_answered_together(site: Site, key: str) -> None:
    async def ask() -> list[str]:
        client: Any
        async with openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key=key) as client:
            calls = [
                client.chat.completions.create(
                    model="vibesite", messages=ASK, max_tokens=SHORT, seed=seed
                )
                for seed in range(4)
            ]
            return [told.choices[0].message.content for told in await asyncio.gather(*calls)]

    assert all(asyncio.run(ask()))


def test_responses_and_completions_and_models(client: Any) -> None:
    assert "vibesite" in [model.id for model in client.models.list()]
    told = client.responses.create(
        model="vibesite", input="What is 2 + 2?", max_output_tokens=SHORT
    )
    assert told.output_text
    plain = client.completions.create(model="vibesite", prompt="2 + 2 =", max_tokens=8)
    assert plain.choices[0].text


def test_langchain_streams(site: Site, key: str) -> None:
    chat = ChatOpenAI(
        base_url=f"{site.url}/v1",
        api_key=key,
        model="vibesite",
        max_completion_tokens=SHORT,
    )
    assert "".join(str(piece.content) for piece in chat.stream("What is 2 + 2?"))


def test_errors_are_the_clients_own(site: Site, client: Any) -> None:
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="gpt-4o", messages=ASK)
    with pytest.raises(openai.BadRequestError, match="temperature"):
        client.chat.completions.create(model="vibesite", messages=ASK, temperature=9)
    stranger = openai.OpenAI(base_url=f"{site.url}/v1", api_key="vs_live_nobody", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()


def test_a_batch_ends_with_a_file_of_answers(client: Any) -> None:
    body = {"model": "vibesite", "messages": ASK, "max_tokens": SHORT}
    line = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    lines = "\n".join(json.dumps({"custom_id": f"q{number}", **line}) for number in range(3))
    sent = client.files.create(file=("in.jsonl", io.BytesIO(lines.encode())), purpose="batch")
    batch = client.batches.create(
        input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    deadline = time.monotonic() + BATCH_TIMEOUT_S
    while batch.status not in {"completed", "failed", "expired"}:
        assert time.monotonic() < deadline, batch
        time.sleep(0.5)
        batch = client.batches.retrieve(batch.id)
    assert batch.output_file_id
    told = client.files.content(batch.output_file_id).text.splitlines()
    assert [json.loads(one)["custom_id"] for one in told] == ["q0", "q1", "q2"]


def test_the_documented_javascript_runs(visit: Callable[..., Page], site: Site, key: str) -> None:
    page = visit()
    page.goto("/accounts/login/")
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    for example in examples("js"):
        script = example.replace(USUAL_ADDRESS, site.url)
        page.evaluate(
            f"async () => {{ const process = {{ env: {{ VIBESITE_KEY: '{key}' }} }};\n{script}}}"
        )
    assert len(said) == len(examples("js")) == 1
    assert re.search(r"(checked|unchecked|contradicted|agrees)$", said[0])


def test_the_documented_curl_calls_run(site: Site, key: str) -> None:
    calls = [one for one in examples("sh") if one.startswith("curl") and "file-…" not in one]
    assert len(calls) >= 2

    def run(call: str) -> str:
        return subprocess.run(
            ["bash", "-c", call.replace(USUAL_ADDRESS, site.url)],
            env={**os.environ, "VIBESITE_KEY": key},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    with ThreadPoolExecutor() as together:
        for said in together.map(run, calls):
            assert '"success": true' in said or "data: [DONE]" in said, said
