import asyncio
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solver.checking.child.limits import Limits
from solver.checking.oracle import (
    Oracle,
    OracleError,
    OracleOutOfMemory,
    OracleTimeout,
    VerbFailed,
)

WILD = "solver.checking.tests.wild_verbs"
SHORT = Limits(wall_s=0.5, cpu_s=5)


@pytest.fixture(scope="module")
def wild():
    oracle = Oracle(WILD)
    yield oracle
    oracle.close()


def test_ask_gives_the_verbs_answer(wild):
    assert wild.ask("double", {"value": 21}) == {"value": 42}


def test_ask_carries_large_payloads(wild):
    text = "你好" * 100_000
    assert wild.ask("double", {"value": text})["value"] == text * 2


@pytest.mark.parametrize("verb", ["spin", "sleep"])
def test_wall_limit_kills(wild, verb):
    began = time.monotonic()
    with pytest.raises(OracleTimeout):
        wild.ask(verb, {}, SHORT)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("verb", ["spin", "power"])
def test_processor_limit_kills(wild, verb):
    with pytest.raises(OracleTimeout):
        wild.ask(verb, {}, Limits(wall_s=30, cpu_s=1))


def test_memory_limit_is_reported(wild):
    with pytest.raises(OracleOutOfMemory):
        wild.ask("hoard", {})


@pytest.mark.parametrize("verb", ["crash", "answer_nothing"])
def test_worker_that_breaks_off_is_reported(wild, verb):
    with pytest.raises(OracleError):
        wild.ask(verb, {}, SHORT)
    assert wild.ask("double", {"value": 1}) == {"value": 2}


def test_exception_of_a_verb_is_reported_by_name(wild):
    with pytest.raises(VerbFailed, match="nothing over nothing") as failed:
        wild.ask("raise_error", {})
    assert failed.value.kind == "ZeroDivisionError"


def test_unknown_verb_is_refused(wild):
    with pytest.raises(VerbFailed, match="no verb is called"):
        wild.ask("os.system", {"value": "id"})


@pytest.mark.parametrize("verb", ["evaluate_text", "sympify_text", "lambdify_text"])
def test_text_is_never_compiled(wild, verb, tmp_path):
    mark = tmp_path / "mark"
    text = f"__import__('os').system('touch {mark}')"
    with pytest.raises(VerbFailed):
        wild.ask(verb, {"text": text})
    with pytest.raises(VerbFailed):
        wild.ask(verb, {"text": "1+1"})
    assert not mark.exists()


def test_no_process_is_started(wild):
    with pytest.raises(VerbFailed, match="Forbidden"):
        wild.ask("run_shell", {})


def test_no_file_is_written(wild, tmp_path):
    with pytest.raises(VerbFailed, match="Forbidden"):
        wild.ask("write_file", {"path": str(tmp_path / "x")})
    assert not list(tmp_path.iterdir())


def test_environment_is_empty(wild, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    seen = wild.ask("environment", {})
    assert "hunter2" not in str(seen)
    assert seen["kernel"] == seen["parent"] == ""


def test_server_restarts_after_it_was_killed():
    oracle = Oracle(WILD)
    assert oracle.ask("double", {"value": 1}) == {"value": 2}
    os.kill(server_of(oracle), signal.SIGKILL)
    assert oracle.ask("double", {"value": 2}) == {"value": 4}
    oracle.close()


def test_server_killed_in_the_midst_is_replaced_and_asked_again():
    oracle = Oracle(WILD)
    first = server_of(oracle)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(oracle.ask, "sleep", {}, Limits(wall_s=1.5))
        while not children_of(first):
            pass
        os.kill(first, signal.SIGKILL)
        with pytest.raises(OracleTimeout):  # of the second try
            asked.result()
    assert server_of(oracle) != first
    oracle.close()


def test_many_threads_share_one_server(wild):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: wild.ask("double", {"value": n}), range(200)))
    assert answers == [{"value": 2 * n} for n in range(200)]


def test_slow_request_does_not_hold_up_others(wild):
    with ThreadPoolExecutor(4) as pool:
        slow = pool.submit(wild.ask, "sleep", {}, Limits(wall_s=3))
        began = time.monotonic()
        assert wild.ask("double", {"value": 4}) == {"value": 8}
        assert time.monotonic() - began < 2
        with pytest.raises(OracleTimeout):
            slow.result()


async def test_ask_async_leaves_the_loop_free(wild):
    slow = asyncio.create_task(wild.ask_async("sleep", {}, Limits(wall_s=1)))
    answers = await asyncio.gather(*(wild.ask_async("double", {"value": n}) for n in range(9)))
    assert [answer["value"] for answer in answers] == list(range(0, 18, 2))
    with pytest.raises(OracleTimeout):
        await slow


async def test_cancelling_kills_the_worker(wild):
    asked = asyncio.create_task(wild.ask_async("sleep", {}, Limits(wall_s=60, cpu_s=60)))
    while not children_of(server_of(wild)):
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    deadline = time.monotonic() + 5
    while children_of(server_of(wild)) and time.monotonic() < deadline:
        await asyncio.sleep(0)
    assert not children_of(server_of(wild))


def test_forked_process_gets_a_server_of_its_own(wild):
    assert wild.ask("double", {"value": 1}) == {"value": 2}
    pid = os.fork()
    if pid == 0:
        answer = wild.ask("double", {"value": 2})
        wild.close()
        os._exit(0 if answer == {"value": 4} else 1)
    _, status = os.waitpid(pid, 0)
    assert status == 0
    assert wild.ask("double", {"value": 3}) == {"value": 6}


def test_warm_request_takes_little(wild):
    times = []
    for n in range(30):
        began = time.perf_counter()
        wild.ask("double", {"value": n})
        times.append(time.perf_counter() - began)
    assert min(times) < 0.060


def test_missing_registry_says_what_to_do():
    oracle = Oracle("solver.checking.nowhere")
    with pytest.raises(OracleError, match="to see why"):
        oracle.ask("echo", {})


def server_of(oracle: Oracle) -> int:
    oracle.start()
    assert oracle._process is not None
    return oracle._process.pid


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
