"""The remote engine against a real server that misbehaves as told."""

import dataclasses
import time

import pytest

from ..base import FinishReason, ModelNotFound, PromptTooLong, RemoteFailed
from ..choose import open_engine
from ..options import EngineOptions, RemoteOptions
from .asking import answer, ask, wait_until

QUICK = RemoteOptions(
    backoff_s=0.01, out_s=0.2, silence_timeout_s=0.4, first_token_timeout_s=0.6, attempts=3
)


@pytest.fixture
def open_remote():
    opened = []

    def open_with(url, **settings):
        options = dataclasses.replace(QUICK, **settings)
        opened.append(open_engine(f"{url}#tiny", EngineOptions(remote=options)))
        return opened[-1]

    yield open_with
    for engine in opened:
        engine.close()


def test_reasoning_fields_are_wrapped_into_think(troubled, open_remote):
    troubled.trouble = ["reasoning"]
    text, _ = answer(open_remote(troubled.url), ask(max_tokens=2))
    assert text == "<think>\nI think hard\n</think>\n\nSo w0 w1 "


@pytest.mark.parametrize(
    ("trouble", "begins"), [("separators", "a\u2028b\x85cw0 "), ("split character", "数🙂w0 ")]
)
def test_text_comes_through_unchanged(troubled, open_remote, trouble, begins):
    troubled.trouble = [trouble]
    text, last = answer(open_remote(troubled.url), ask(max_tokens=3))
    assert text.startswith(begins)
    assert last.usage.prompt_tokens == 9


def test_sampling_and_key_are_sent(troubled, open_remote):
    engine = open_remote(troubled.url, api_key="secret", extra={"priority": 1})
    answer(engine, ask(max_tokens=3, temperature=0.7, top_k=5, seed=3, stop=("x",)))
    (body,) = troubled.bodies
    assert body["messages"] == [{"role": "user", "content": "What is 2 + 2?"}]
    sent = {name: body[name] for name in ("temperature", "top_k", "seed", "stop", "priority")}
    assert sent == {"temperature": 0.7, "top_k": 5, "seed": 3, "stop": ["x"], "priority": 1}


@pytest.mark.parametrize("trouble", [500, 503, 429, "error event", "silent"])
def test_failures_before_the_first_token_are_tried_again(troubled, open_remote, trouble):
    troubled.trouble = [trouble, trouble, ""]
    text, last = answer(open_remote(troubled.url), ask(max_tokens=3))
    assert (text, last.finish) == ("w0 w1 w2 ", FinishReason.LENGTH)
    assert len(troubled.bodies) == 3


def test_a_server_that_keeps_failing_is_reported(troubled, open_remote):
    troubled.trouble = [500]
    with pytest.raises(RemoteFailed, match="trouble number 500; 3 tries"):
        answer(open_remote(troubled.url), ask())


def test_no_server_at_all_is_reported(open_remote):
    with pytest.raises(RemoteFailed, match="see whether it runs"):
        answer(open_remote("http://127.0.0.1:9/v1"), ask())


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [("cut", "broke off"), ("malformed", "not JSON"), ("stalls", "nothing more came")],
)
def test_failures_after_the_first_token_end_the_stream(troubled, open_remote, trouble, reason):
    troubled.trouble = [trouble]
    text, last = answer(open_remote(troubled.url), ask(max_tokens=9))
    assert (text, last.finish) == ("w0 w1 w2 ", FinishReason.ERROR)
    assert reason in last.error
    assert len(troubled.bodies) == 1


def test_an_answer_without_end_is_ended_here(troubled, open_remote):
    troubled.trouble = ["never ends"]
    _, last = answer(open_remote(troubled.url), ask(max_tokens=5))
    assert last.finish is FinishReason.LENGTH
    wait_until(lambda: troubled.open_streams == 0)


def test_an_answer_that_takes_too_long_is_cut(troubled, open_remote):
    troubled.trouble = ["never ends"]
    engine = open_remote(troubled.url, total_timeout_s=0.3)
    _, last = answer(engine, ask(max_tokens=40_000))
    assert last.finish is FinishReason.ERROR


def test_missing_model_names_what_there_is(troubled, open_remote):
    troubled.trouble = ["no model"]
    with pytest.raises(ModelNotFound, match=r"has no model 'tiny'.*tiny, small"):
        answer(open_remote(troubled.url), ask())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_not_tried_again(troubled, open_remote, status):
    troubled.trouble = [status]
    with pytest.raises(RemoteFailed, match="key"):
        answer(open_remote(troubled.url), ask())
    assert len(troubled.bodies) == 1


def test_fields_that_a_server_does_not_know_are_left_out(troubled, open_remote):
    troubled.trouble = ["no stream_options"]
    text, _ = answer(open_remote(troubled.url), ask(max_tokens=2))
    assert text == "w0 w1 "
    assert "stream_options" not in troubled.bodies[-1]


def test_max_tokens_is_cut_to_the_servers_context(troubled, open_remote):
    troubled.trouble = ["small context"]
    _, last = answer(open_remote(troubled.url), ask(max_tokens=40))
    assert troubled.bodies[-1]["max_tokens"] == 20
    assert last.finish is FinishReason.LENGTH


def test_a_prompt_beyond_the_servers_context_says_by_how_much(troubled, open_remote):
    troubled.trouble = ["tiny context"]
    with pytest.raises(PromptTooLong) as caught:
        answer(open_remote(troubled.url), ask())
    assert caught.value.over_tokens == 11


def test_a_server_that_does_not_stream_is_understood(troubled, open_remote):
    troubled.trouble = ["no stream"]
    text, last = answer(open_remote(troubled.url), ask())
    assert (text, last.finish) == ("whole answer", FinishReason.STOP)
    assert last.usage.completion_tokens == 2


def test_closing_the_stream_closes_the_connection(troubled, open_remote):
    troubled.trouble = ["never ends"]
    stream = open_remote(troubled.url).stream(ask(max_tokens=4000))
    while not next(stream).text:
        pass
    assert troubled.open_streams == 1
    stream.close()
    wait_until(lambda: troubled.open_streams == 0)


def test_ticks_come_from_a_silent_server(troubled, open_remote):
    troubled.trouble = ["silent"]
    engine = open_remote(troubled.url, first_token_timeout_s=60)
    started = time.perf_counter()
    stream = engine.stream(ask())
    assert [next(stream).text for _ in range(3)] == ["", "", ""]
    assert time.perf_counter() - started < 2
    assert (engine.running(), engine.waiting()) == (0, 1)
    stream.close()


def test_a_dead_server_is_passed_over_and_put_back(troubled, plain_server, open_remote):
    engine = open_remote(troubled.url, base_urls=(plain_server.url,))
    troubled.trouble = [500]
    for _ in range(4):
        answer(engine, ask(max_tokens=2))
    assert 1 <= len(troubled.bodies) <= 2  # it rests after each failure
    troubled.trouble = [""]
    tried = len(troubled.bodies)

    def is_back():
        answer(engine, ask(max_tokens=2))
        return len(troubled.bodies) > tried

    wait_until(is_back)


def test_connections_are_limited(troubled, open_remote):
    troubled.trouble = ["never ends"]
    engine = open_remote(troubled.url, connections=2, first_token_timeout_s=60)
    streams = [engine.stream(ask(max_tokens=40_000)) for _ in range(4)]
    for stream in streams:
        next(stream)
    wait_until(lambda: [next(stream) for stream in streams] != [] and troubled.open_streams == 2)
    assert engine.waiting() == 2
    for stream in streams:
        stream.close()


def test_health_follows_the_server(troubled, open_remote):
    assert open_remote(troubled.url).healthy()
    assert not open_remote("http://127.0.0.1:9/v1").healthy()


def test_the_only_model_need_not_be_named(troubled):
    engine = open_engine(troubled.url)
    assert engine.model == "tiny"
    engine.close()


def test_prefill_is_refused_or_handed_on(troubled, open_remote):
    with pytest.raises(RemoteFailed, match="without a prefill"):
        answer(open_remote(troubled.url), ask(prefill="so far"))
    answer(open_remote(troubled.url, can_resume=True), ask(prefill="so far", max_tokens=2))
    assert troubled.bodies[-1]["messages"][-1] == {"role": "assistant", "content": "so far"}
    assert troubled.bodies[-1]["continue_final_message"] is True
