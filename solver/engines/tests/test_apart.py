"""What an engine in a process of its own promises beyond what all engines do."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from .. import apart
from ..apart import EngineApart, Item
from ..apart_process import joined
from ..base import Chunk, EngineDead, EngineError, FinishReason, PromptTooLong, WeightsBroken
from ..choose import open_engine
from ..options import EngineOptions
from .asking import answer, ask, wait_until

ROOT = Path(apart.__file__).parents[2]
ENDLESS = "scripted:long?rate=200"


@pytest.fixture
def engine():
    engine = EngineApart(ENDLESS, EngineOptions())
    yield engine
    engine.close()


def begun(engine):
    """A stream whose first words have come."""
    stream = engine.stream(ask(max_tokens=4000))
    while not next(stream).text:
        pass
    return stream


def process_of(engine):
    return psutil.Process(engine._process.pid)


def test_a_process_that_is_killed_ends_every_stream_with_its_reason(engine):
    streams = [begun(engine), begun(engine)]
    process_of(engine).kill()
    for stream in streams:
        with pytest.raises(EngineDead, match="SIGKILL"):
            for _ in stream:
                pass
    assert not engine.healthy()
    with pytest.raises(EngineDead, match="SIGKILL"):
        next(engine.stream(ask()))
    with pytest.raises(EngineDead, match="SIGKILL"):
        engine.count_tokens(ask())


def test_an_engine_that_dies_in_its_process_is_dead_here_too():
    engine = EngineApart("scripted:long?rate=200&dies=20", EngineOptions())
    with pytest.raises(EngineDead):
        answer(engine, ask(max_tokens=100))
    wait_until(lambda: not engine.healthy())
    engine.close()


def test_a_process_that_says_nothing_is_dead(engine, monkeypatch):
    monkeypatch.setattr(apart, "SILENCE_S", 3.0)
    silent = EngineApart(ENDLESS, EngineOptions())
    stream = begun(silent)
    process_of(silent).suspend()
    with pytest.raises(EngineDead, match="said nothing"):
        for _ in stream:
            pass
    assert silent._process.poll() is not None
    silent.close()


def test_closing_the_engine_ends_its_streams_and_its_process(engine):
    stream = begun(engine)
    closing = threading.Thread(target=engine.close)
    closing.start()
    assert list(stream)[-1].finish is FinishReason.CANCELLED
    closing.join()
    assert engine._process.poll() == 0
    with pytest.raises(EngineDead, match="closed"):
        next(engine.stream(ask()))
    engine.close()


def test_a_process_ends_when_its_caller_is_killed():
    script = f"""
from {apart.__package__}.apart import EngineApart
from {apart.__package__}.options import EngineOptions
engine = EngineApart({ENDLESS!r}, EngineOptions())
print(engine._process.pid, flush=True)
input()
"""
    caller = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with caller:
        assert caller.stdout is not None
        process = psutil.Process(int(caller.stdout.readline()))
        caller.kill()
    process.wait(timeout=60)


def test_a_terminals_ctrl_c_leaves_the_end_to_the_caller(engine):
    stream = begun(engine)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process_of(engine).pid, number)
    assert any(chunk.text for chunk, _ in zip(stream, range(50), strict=False))
    assert engine.healthy()
    stream.close()
    wait_until(lambda: engine.running() == 0)


def test_errors_arrive_as_what_they_are(tiny_folder, tiny_options, tmp_path):
    (tmp_path / "config.json").write_text((tiny_folder / "config.json").read_text())
    with pytest.raises(WeightsBroken):
        open_engine(str(tmp_path), replace(tiny_options, is_apart=True))


def test_a_prompt_that_is_too_long_says_by_how_much(apart_engine):
    with pytest.raises(PromptTooLong) as refused:
        answer(apart_engine, ask("a" * 30_000))
    assert refused.value.over_tokens > 0
    assert refused.value.context_tokens == apart_engine.context_tokens


def test_a_process_that_is_killed_while_loading_is_told(monkeypatch):
    monkeypatch.setattr(apart, "SERVE", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(EngineError, match="SIGKILL"):
        EngineApart(ENDLESS, EngineOptions())


def test_progress_of_loading_is_told(monkeypatch):
    opening = f"""
from {apart.__package__} import apart_process
def opened(spec, options, open_engine=apart_process.open_engine):
    options.progress("Reading the weights", 1, 2)
    return open_engine(spec, options)
apart_process.open_engine = opened
"""
    monkeypatch.setattr(apart, "SERVE", opening + apart.SERVE)
    told = []
    engine = EngineApart(ENDLESS, EngineOptions(progress=lambda *progress: told.append(progress)))
    engine.close()
    assert told == [("Reading the weights", 1, 2)]


def test_pieces_are_joined_and_ends_stay_behind_them():
    end = Chunk("c", 3, FinishReason.STOP)
    dead = EngineDead("It has died.")
    said: list[tuple[int, Item]] = [
        (1, Chunk("a", 1)),
        (2, Chunk("x", 1)),
        (1, Chunk("b", 2)),
        (2, dead),
        (1, end),
    ]
    assert joined(said) == [(1, replace(end, text="abc")), (2, Chunk("x", 1)), (2, dead)]


def test_many_streams_come_in_fewer_pieces_and_whole():
    engine = EngineApart("scripted:long?rate=100", EngineOptions())
    requests = [ask(max_tokens=200)] * 16
    with ThreadPoolExecutor(len(requests)) as threads:
        answers = list(threads.map(lambda request: list(engine.stream(request)), requests))
    engine.close()
    texts = {"".join(chunk.text for chunk in chunks) for chunks in answers}
    assert len(texts) == 1
    assert answers[0][-1].completion_tokens == 200
    assert all(len([chunk for chunk in chunks if chunk.text]) < 100 for chunks in answers)


def test_an_answer_is_the_same_in_a_process_of_its_own(local_engine, apart_engine):
    request = ask("How many squares are there?", max_tokens=48)
    assert answer(apart_engine, request)[0] == answer(local_engine, request)[0]
