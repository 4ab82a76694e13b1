"""Batches through the openai client, moved on by hand where a worker would."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import openai
import pytest
from django.utils import timezone

from accounts.keys import make_key
from solver.api.batches.validation import check_lines, rows_of
from solver.api.batches.work import advance, advance_all
from solver.api.tests.conftest import MODEL, Site, alices_key, site, states_now
from solver.models.batch import ApiFile, Batch, BatchState
from solver.models.solution import Priority, Solution
from solver.running.tests.conftest import until
from solver.store.batches import erase_of

__all__ = ["alices_key", "site"]

CHAT = "/v1/chat/completions"


@pytest.fixture
def client(site: Site) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key=site.key, max_retries=0) as client:
        yield client


def line(custom_id: str, prompt: str = "Solve x^2 - 5x + 6 = 0.", **change: Any) -> str:
    body = {"model": MODEL, "messages": [{"role": "user", "content": prompt}], **change}
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body})


def start(client: openai.OpenAI, *lines: str) -> str:
    content = io.BytesIO("\n".join(lines).encode())
    sent = client.files.create(file=("in.jsonl", content), purpose="batch")
    batch = client.batches.create(
        input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert batch.status == "validating"
    return str(batch.id)


def run(batch_id: str) -> Batch:
    def has_ended() -> bool:
        advance_all()
        return Batch.objects.get(pk=batch_id).ended_at is not None

    until(has_ended, 60)
    return Batch.objects.get(pk=batch_id)


def results(client: openai.OpenAI, file_id: str | None) -> dict[str, Any]:
    assert file_id
    content = client.files.content(file_id).text
    return {told["custom_id"]: told for told in map(json.loads, content.splitlines())}


def test_a_batch_gives_a_file_of_answers_and_one_of_errors(site: Site, client, settings) -> None:
    settings.API_BATCH_AT_ONCE = 2
    lines = [line(f"q{number}", seed=number) for number in range(5)]
    batch_id = start(client, *lines, line("unknown", model="gpt-4o"))
    run(batch_id)
    told = client.batches.retrieve(batch_id)
    assert told.status == "completed"
    counts = told.request_counts
    assert (counts.total, counts.completed, counts.failed) == (6, 5, 1)
    answers = results(client, told.output_file_id)
    assert sorted(answers) == [f"q{number}" for number in range(5)]
    body = answers["q3"]["response"]["body"]
    assert body["choices"][0]["message"]["content"]
    assert body["vibesite"]["verdict"] == "checked"
    failed = results(client, told.error_file_id)["unknown"]["response"]
    assert (failed["status_code"], failed["body"]["error"]["code"]) == (404, "model_not_found")
    assert set(Solution.objects.values_list("priority", flat=True)) == {Priority.BATCH}
    assert [one.id for one in client.batches.list()] == [batch_id]


def test_what_is_wrong_is_told_with_its_line(site: Site, client) -> None:
    batch_id = start(client, line("a"), "{not json", line("b"), line("a"), line("c", n=0))
    run(batch_id)
    told = client.batches.retrieve(batch_id)
    assert told.status == "failed"
    errors = [(one.line, one.code) for one in told.errors.data]
    assert errors == [
        (2, "invalid_json_line"),
        (4, "duplicate_custom_id"),
        (5, "invalid_value"),
    ]
    assert "line 1 too" in told.errors.data[1].message
    assert states_now() == []


def test_a_bad_line_deep_in_a_long_file_is_found() -> None:
    batch = Batch(endpoint=CHAT)
    lines = [line(str(number)) for number in range(32_000)]
    lines[30_999] = lines[30_999].replace('"method": "POST"', '"method": "GET"')
    lines[31_999] = lines[7]
    errors = check_lines(batch, io.BytesIO("\n".join(lines).encode()))
    assert [(one["line"], one["code"]) for one in errors] == [
        (31_000, "invalid_method"),
        (32_000, "duplicate_custom_id"),
    ]


def test_a_line_that_is_too_long_is_told_and_left(settings) -> None:
    settings.API_MAX_BODY_BYTES = 1_000
    lines = [line("a"), line("b", "x" * 5_000), "", line("c"), "y" * 1_000, line("a")]
    errors = check_lines(Batch(endpoint=CHAT), io.BytesIO("\n".join(lines).encode()))
    assert [(one["line"], one["code"]) for one in errors] == [
        (2, "line_too_long"),
        (5, "invalid_json_line"),
        (6, "duplicate_custom_id"),
    ]


def test_memory_holds_some_lines_not_the_file(tmp_path) -> None:
    path, batch = tmp_path / "in.jsonl", Batch(endpoint=CHAT)
    with path.open("w") as file:
        file.writelines(f"{line(str(number), 'x' * 500_000)}\n" for number in range(60))
    tracemalloc.start()
    with path.open("rb") as content:
        assert check_lines(batch, content) == []
        content.seek(0)
        assert sum(len(rows) for rows in rows_of(batch, content)) == 60
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2


def test_a_cancelled_and_an_expired_batch_keep_what_was_done(site: Site, client) -> None:
    site.process.stop()
    first, second = start(client, line("a")), start(client, line("b"))
    for _ in range(2):
        advance_all()
    assert client.batches.cancel(first).status == "cancelling"
    Batch.objects.filter(pk=second).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert run(first).state == BatchState.CANCELLED
    assert run(second).state == BatchState.EXPIRED
    error_file = client.batches.retrieve(second).error_file_id
    assert results(client, error_file)["b"]["response"]["body"]["error"]["code"] == "batch_expired"
    assert states_now() == ["cancelled", "cancelled"]
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(first)


def test_files_and_batches_are_their_owners(site: Site, client, charlie, alice) -> None:
    content = io.BytesIO(line("a").encode())
    sent = client.files.create(file=("in.jsonl", content), purpose="batch")
    batch_id = start(client, line("a"))
    _, charlies = make_key(charlie, "Other")
    _, narrow = make_key(alice, "Narrow", scopes=["inference"])
    stranger = client.with_options(api_key=charlies)
    for call in (stranger.files.retrieve, stranger.files.content, stranger.files.delete):
        with pytest.raises(openai.NotFoundError):
            call(sent.id)
    with pytest.raises(openai.NotFoundError):
        stranger.batches.retrieve(batch_id)
    with pytest.raises(openai.NotFoundError):
        stranger.batches.create(input_file_id=sent.id, endpoint=CHAT, completion_window="24h")
    with pytest.raises(openai.PermissionDeniedError):
        client.with_options(api_key=narrow).files.list()
    assert client.files.delete(sent.id).deleted
    assert sent.id not in [one.id for one in client.files.list()]


def test_a_batch_that_is_cancelled_while_it_is_looked_at_stays_so(site: Site, client) -> None:
    batch = Batch.objects.get(pk=start(client, line("a")))
    client.batches.cancel(batch.id)
    advance(batch)
    assert run(batch.id).state == BatchState.CANCELLED
    assert states_now() == []


def test_what_is_erased_while_it_runs_leaves_nothing(site: Site, client, alice) -> None:
    site.process.stop()
    batch = Batch.objects.select_related("owner").get(pk=start(client, line("a")))
    for _ in range(2):
        advance_all()
    erase_of(alice)
    batch.state = BatchState.CANCELLING
    advance(batch)
    assert not ApiFile.objects.exists()
    advance_all()
