"""The local engine's own promises: batch, cache, failures. Tiny random model, float32, greedy."""

import dataclasses
import gc
import itertools
import threading
import time
from pathlib import Path

import psutil
import pytest

from ..base import EngineDead, FinishReason, PromptTooLong
from ..batch import Step
from ..choose import open_engine, open_loaded
from ..loading import load
from ..runs import AnswerText
from .asking import answer, answer_all, ask, wait_until


@pytest.fixture
def open_tiny(tiny_folder, tiny_options):
    """Opens further engines over the tiny model, with other settings; closes them at the end."""
    opened = []

    def open_with(**settings):
        options = dataclasses.replace(tiny_options, **settings)
        opened.append(open_loaded(load(tiny_folder, options), options, "tiny"))
        return opened[-1]

    yield open_with
    for engine in opened:
        engine.close()


def test_prompt_that_is_too_long_says_by_how_much(local_engine):
    short = local_engine.count_tokens(ask("a"))
    request = ask("\U0001f980" * 4096)
    over = local_engine.count_tokens(request) - local_engine.context_tokens + 1
    with pytest.raises(PromptTooLong, match="tokens too long") as caught:
        next(local_engine.stream(request))
    assert caught.value.over_tokens == over > short


def test_max_tokens_beyond_the_context_is_cut_to_what_is_left(local_engine):
    request = ask("xyz " * 1300, max_tokens=40_960)
    left = local_engine.context_tokens - local_engine.count_tokens(request)
    assert 0 < left < 1000
    _, last = answer(local_engine, request)
    assert last.finish is FinishReason.LENGTH
    assert last.usage.completion_tokens == left


def test_prefill_is_continued_not_repeated(local_engine):
    prefill = "The sum is even, because"
    text, last = answer(local_engine, ask(prefill=prefill, max_tokens=40))
    whole = [*local_engine.stream(ask(prefill=prefill + text, max_tokens=40))]
    assert prefill not in text
    assert 0 < last.usage.completion_tokens <= 40
    assert whole[-1].usage.prompt_tokens == last.usage.prompt_tokens


def test_prefill_that_used_all_tokens_ends_at_once(local_engine):
    text, last = answer(local_engine, ask(prefill="one two three four five", max_tokens=2))
    assert text == ""
    assert last.finish is FinishReason.LENGTH


def test_seed_decides_the_answer_whatever_the_neighbours(local_engine):
    request = ask("Roll.", temperature=1.0, top_p=1.0, seed=11, max_tokens=40)
    alone, _ = answer(local_engine, request)
    other = dataclasses.replace(request.sampling, seed=12)
    crowd = [ask(f"Noise {n}", temperature=1.0, max_tokens=60) for n in range(5)]
    results = answer_all(
        local_engine, [*crowd, request, dataclasses.replace(request, sampling=other)]
    )
    assert results[-2][0] == alone
    assert results[-1][0] != alone


def test_each_request_keeps_its_own_sampling(local_engine):
    greedy, _ = answer(local_engine, ask("Same.", max_tokens=30))
    mixed = [
        ask("Same.", max_tokens=30),
        ask("Same.", max_tokens=30, temperature=2.0, top_p=1.0),
        ask("Same.", max_tokens=30, temperature=2.0, top_k=1),
        ask("Same.", max_tokens=30, temperature=2.0, top_p=1e-6),
    ]
    plain, wild, first_only, narrow = (text for text, _ in answer_all(local_engine, mixed))
    assert plain == first_only == narrow == greedy
    assert wild != greedy


def test_one_failing_request_leaves_the_others_byte_identical(open_tiny, monkeypatch):
    engine = open_tiny(slots=16)
    requests = [ask(f"Question {number}?", max_tokens=48) for number in range(16)]
    before = answer_all(engine, requests)
    add = engine._batch.add

    def add_or_spoil(name, tokens, max_tokens, sampling, seed):
        is_spoilt = tokens == engine._form.prompt(requests[5]).tokens
        add(name, tokens, max_tokens, sampling, "no seed" if is_spoilt else seed)

    monkeypatch.setattr(engine._batch, "add", add_or_spoil)
    after = answer_all(engine, requests)
    text, last = after.pop(5)
    before.pop(5)
    assert (text, last.finish) == ("", FinishReason.ERROR)
    assert "seed must be int" in last.error
    assert [text for text, _ in after] == [text for text, _ in before]
    assert engine.healthy()


def test_cancelling_lets_the_waiting_in_and_frees_their_blocks(open_tiny):
    engine = open_tiny(slots=8)
    full = engine._batch.free_tokens()
    streams = [engine.stream(ask(f"Number {number}", max_tokens=4000)) for number in range(16)]
    for stream in streams:
        next(stream)
    wait_until(lambda: engine.running() == 8 and engine.waiting() == 8)
    for stream in streams[:8]:
        stream.close()
    started_s = wait_until(lambda: engine.waiting() == 0)
    for stream in streams[8:]:
        while not next(stream).text:
            pass
        stream.close()
    assert started_s < 2
    wait_until(lambda: engine._batch.free_tokens() == full)


def test_memory_is_steady_over_200_cancelled_requests(open_tiny):
    engine = open_tiny()
    full = engine._batch.free_tokens()

    def cancel(count):
        for number in range(count):
            stream = engine.stream(ask(f"Question {number}", max_tokens=4000))
            while not next(stream).text:
                pass
            stream.close()
        gc.collect()
        return psutil.Process().memory_info().rss

    before = cancel(40)
    after = cancel(200)
    assert after - before < 16 * 2**20
    wait_until(lambda: engine._batch.free_tokens() == full)
    assert not engine._running
    assert engine._batch.outbox.steps.qsize() <= 1


def test_steps_of_an_answer_share_one_list_of_tokens(open_tiny):
    engine = open_tiny()
    outbox = engine._batch.outbox
    deliver = outbox.deliver_batch
    lists: list[list[int]] = []

    def watch(outputs):
        lists.extend(output.generated_tokens for output in outputs)
        deliver(outputs)

    outbox.deliver_batch = watch
    _, last = answer(engine, ask(max_tokens=20))
    assert last.usage.completion_tokens == len(lists) == 20
    assert all(tokens is lists[0] for tokens in lists)


def test_a_step_shows_no_token_of_a_later_one(local_engine):
    run = local_engine._prepare(ask())
    text = AnswerText(local_engine._tokenizer, [], run)
    tokens = local_engine._tokenizer.encode("one two three four five")
    chunks = [
        local_engine._chunk(run, Step(run.id, tokens, count, False, None, 1.0), text)
        for count in (2, 3, len(tokens))
    ]
    assert [chunk.completion_tokens for chunk in chunks] == [2, 3, len(tokens)]
    shown = "".join(chunk.text for chunk in chunks)
    assert shown == local_engine._tokenizer.decode(tokens)
    assert chunks[0].text != shown


def test_a_small_cache_queues_instead_of_failing(open_tiny):
    engine = open_tiny(slots=8, cache_tokens=320, context_tokens=320)
    requests = [ask(f"{number}", max_tokens=140) for number in range(6)]
    alone = [answer(engine, request)[0] for request in requests[:2]]
    results = answer_all(engine, requests)
    assert [last.finish for _, last in results] == [FinishReason.LENGTH] * 6
    assert [last.usage.completion_tokens for _, last in results] == [140] * 6
    assert [text for text, _ in results[:2]] == alone


def test_samples_of_one_prompt_read_it_once(open_tiny):
    engine = open_tiny()
    runner = engine._batch._manager.batch_processor
    read_tokens = []
    prepare = runner.inputs_and_outputs.prepare_batch_tensors

    def count(requests_in_batch, **arguments):
        read_tokens.append(sum(request.query_length for request in requests_in_batch))
        prepare(requests_in_batch=requests_in_batch, **arguments)

    runner.inputs_and_outputs.prepare_batch_tensors = count
    prompt = "Prove it in detail. " * 40
    length = engine.count_tokens(ask(prompt))
    samples = [ask(prompt, temperature=1.0, seed=seed, max_tokens=2) for seed in range(8)]
    results = answer_all(engine, samples)
    assert len({text for text, _ in results}) > 1
    assert sum(read_tokens) < length + 8 * (engine._batch.page_tokens + 2)


def test_deadline_counts_while_waiting(open_tiny):
    engine = open_tiny(slots=1)
    busy = engine.stream(ask(max_tokens=4000))
    next(busy)
    text, last = answer(engine, ask(deadline_s=0.3))
    assert (text, last.finish, last.timings.first_token_s) == ("", FinishReason.DEADLINE, None)
    assert engine.waiting() == 0
    busy.close()


def record_late_why_it_died(batch, monkeypatch):
    """Only once somebody asks: the loop is seen to be stopping before its reason is there."""
    asked = threading.Event()
    death, status = batch.death, batch._manager.background_thread_status
    record = status.record_fatal_error

    def ask_why():
        asked.set()
        return death()

    def record_late(error):
        asked.wait(60)
        record(error)

    monkeypatch.setattr(batch, "death", ask_why)
    monkeypatch.setattr(status, "record_fatal_error", record_late)


def test_a_dead_loop_ends_every_stream_and_is_noticed(open_tiny, monkeypatch):
    engine = open_tiny(slots=2)
    runner = engine._batch._manager.batch_processor.model_runner

    def explode(*_arguments):
        raise RuntimeError("CUDA error: device-side assert triggered")

    record_late_why_it_died(engine._batch, monkeypatch)
    streams = [engine.stream(ask(max_tokens=4000)) for _ in range(4)]
    for stream in streams:
        next(stream)
    monkeypatch.setattr(runner, "compute_batch", explode)
    for stream in streams:
        with pytest.raises(EngineDead, match="device-side assert"):
            list(stream)
    assert not engine.healthy()
    with pytest.raises(EngineDead, match="restart"):
        next(engine.stream(ask()))


def test_close_ends_running_and_waiting_requests(open_tiny):
    engine = open_tiny(slots=1)
    streams = [engine.stream(ask(max_tokens=4000)) for _ in range(3)]
    for stream in streams:
        next(stream)
    engine.close()
    engine.close()
    assert [list(stream)[-1].finish for stream in streams] == [FinishReason.CANCELLED] * 3
    with pytest.raises(EngineDead, match="closed"):
        next(engine.stream(ask()))


def test_long_answer_ends_with_length_and_does_not_slow_down(open_tiny):
    """1,200 tokens here; the benchmark's `--long` runs the full 40,960."""
    engine = open_tiny(slots=1)
    times = [time.perf_counter()]
    for chunk in engine.stream(ask(max_tokens=1200)):
        if chunk.completion_tokens >= 200 * len(times):
            times.append(time.perf_counter())
    assert chunk.finish is FinishReason.LENGTH
    assert chunk.usage.completion_tokens == 1200
    spans = [after - before for before, after in itertools.pairwise(times)]
    assert spans[-1] < 6 * min(spans)


# Kept between runs, where `make run` keeps it too: converting takes 20 s.
MODELS_DIR = Path(__file__).resolve().parents[3] / "var" / "models"


@pytest.fixture(scope="module")
def demo_engine(tiny_options):
    settings = {"models_dir": MODELS_DIR, "threads": 2}
    engine = open_engine("demo", dataclasses.replace(tiny_options, **settings))
    yield engine
    engine.close()


def test_demo_model_answers_in_words(demo_engine):
    text, last = answer(demo_engine, ask("What is the capital of France?", max_tokens=30))
    assert "Paris" in text
    assert "<|im_end|>" not in text
    assert last.finish is FinishReason.STOP
    half = text[: text.index(" Paris")]
    rest, resumed = answer(
        demo_engine, ask("What is the capital of France?", max_tokens=30, prefill=half)
    )
    assert half + rest == text
    assert resumed.usage == last.usage
    assert "demo" in demo_engine.model
