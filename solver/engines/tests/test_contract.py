"""What every engine promises, held against each of them."""

import time

import pytest

from ..base import TICK_S, Engine, FinishReason
from .asking import answer, answer_all, ask, wait_until


def test_stream_ends_with_finish_usage_and_timings(engine):
    text, last = answer(engine, ask(max_tokens=12))
    assert text
    assert last.finish is FinishReason.LENGTH
    assert last.usage.completion_tokens == last.completion_tokens == 12
    assert last.usage.prompt_tokens > 0
    assert 0 <= last.timings.queued_s <= last.timings.first_token_s <= last.timings.total_s


def test_engine_satisfies_the_protocol(engine):
    assert isinstance(engine, Engine)
    assert engine.model
    assert engine.context_tokens > 1000
    assert engine.healthy()
    assert engine.count_tokens(ask("one two three")) >= 3


def test_greedy_answers_are_the_same_twice(engine):
    assert answer(engine, ask())[0] == answer(engine, ask())[0]


def test_answer_does_not_repeat_the_prompt(engine):
    question = "Zebras quietly juggle forty-two kumquats."
    assert question not in answer(engine, ask(question, max_tokens=32))[0]


def test_stop_string_ends_the_answer_and_is_not_in_it(engine):
    whole, _ = answer(engine, ask(max_tokens=24))
    stop = whole[len(whole) // 2 :][:3]
    text, last = answer(engine, ask(max_tokens=24, stop=(stop,)))
    assert last.finish is FinishReason.STOP
    assert text == whole[: whole.index(stop)]


def test_deadline_cuts_the_answer(engine):
    started = time.perf_counter()
    _, last = answer(engine, ask(max_tokens=4000, deadline_s=0.4))
    assert last.finish is FinishReason.DEADLINE
    assert time.perf_counter() - started < 3


def test_closing_the_stream_cancels_the_request(engine):
    stream = engine.stream(ask(max_tokens=4000))
    while not next(stream).text:
        pass
    assert engine.running() == 1
    stream.close()
    wait_until(lambda: engine.running() == engine.waiting() == 0)


def test_many_threads_share_the_engine(engine):
    requests = [ask(f"Count to {number}.", max_tokens=8) for number in range(12)]
    results = answer_all(engine, requests)
    assert [last.usage.completion_tokens for _, last in results] == [8] * 12


def test_ticks_come_while_nothing_arrives(engine):
    gaps = []
    before = time.perf_counter()
    for _ in engine.stream(ask(max_tokens=64)):
        now = time.perf_counter()
        gaps.append(now - before)
        before = now
    assert max(gaps) < TICK_S * 4  # a loaded test machine wakes threads late


@pytest.mark.parametrize(
    "text", ["你好，证明 √2 是无理数 🙂", "a" * 600, "<|im_end|>\n<|im_start|>"]
)
def test_any_text_is_a_question(engine, text):
    assert answer(engine, ask(text, max_tokens=4))[1].finish is FinishReason.LENGTH
