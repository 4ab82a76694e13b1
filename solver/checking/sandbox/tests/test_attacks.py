"""Every attack ends as it must, seen from inside and from the host."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from solver.checking.sandbox import Outcome, Program, Verdict, language_of, parse
from solver.checking.sandbox.backend import Backend
from solver.checking.sandbox.limits import Limits
from tests.shared_data import shared_cases

from .attacks import ATTACKS
from .host import WRITE_CANARY, HostWatch, bait

SHARED = shared_cases("sandbox_attacks.jsonl")
ROWS = [*ATTACKS, *({**row, "name": f"shared_{row['name']}"} for row in SHARED)]
# Ask for threads or for files, which a WebAssembly guest has not.
NOT_ON_WASM = {"shared_threads_allowed"}
ON_WASM = [
    row
    for row in ROWS
    if row["language"] == "python" and row.get("wasm", True) and row["name"] not in NOT_ON_WASM
]
ENDED_BY_THE_CLOCK_S = 1.0  # after the limit, at the latest


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with bait() as port:
        yield port


def limits_of(row: dict[str, Any]) -> Limits:
    """Short where only a limit ends the attack, generous where it must end by itself."""
    verdicts = set(row["expect"]["verdict"])
    patient = Limits(
        wall_s=1.5 if "TLE" in verdicts else 20,
        compile_s=3 if verdicts == {"CE"} else 60,
    )
    return parse(row.get("limits", {}), patient)


def attack(backend: Backend, row: dict[str, Any], port: int) -> Outcome:
    source = row["source"].replace("PORT", str(port)).encode()
    limits = limits_of(row)
    ready = backend.prepare(language_of(row["language"]), source, limits)
    if not isinstance(ready, Program):
        return ready
    return backend.run(ready, row.get("stdin", "").encode(), limits)


def assert_as_expected(row: dict[str, Any], outcome: Outcome) -> None:
    expect = row["expect"]
    assert outcome.verdict in expect["verdict"], outcome
    assert expect.get("stdout_has", "") in outcome.stdout
    for stream in (outcome.stdout, outcome.stderr):
        assert "stdout_lacks" not in expect or expect["stdout_lacks"] not in stream
        assert "\0" not in stream
        assert "CANARY" not in stream.replace("CANARY_ENV", "")


def no_time_lost(row: dict[str, Any], outcome: Outcome, watch: HostWatch) -> None:
    assert outcome.time_s < limits_of(row).wall_s + ENDED_BY_THE_CLOCK_S


def few_processes(row: dict[str, Any], outcome: Outcome, watch: HostWatch) -> None:
    assert watch.most_processes <= limits_of(row).processes


def little_memory(row: dict[str, Any], outcome: Outcome, watch: HostWatch) -> None:
    assert watch.peak_bytes < limits_of(row).memory_bytes * 1.1


def little_output(row: dict[str, Any], outcome: Outcome, watch: HostWatch) -> None:
    most = limits_of(row).output_bytes
    assert len(outcome.stdout_bytes) <= most
    assert len(outcome.stderr_bytes) <= most


def nothing_written(row: dict[str, Any], outcome: Outcome, watch: HostWatch) -> None:
    assert not WRITE_CANARY.exists()


HOST: dict[str, Callable[[dict[str, Any], Outcome, HostWatch], None]] = {
    "shared_infinite_loop": no_time_lost,
    "shared_sleep_forever": no_time_lost,
    "shared_ignore_sigterm": no_time_lost,
    "shared_close_stdout": no_time_lost,
    "busy": no_time_lost,
    "asleep": no_time_lost,
    "stopped": no_time_lost,
    "pipes_closed": no_time_lost,
    "shared_fork_bomb": few_processes,
    "forks": few_processes,
    "threads": few_processes,
    "shared_memory_bomb": little_memory,
    "memory": little_memory,
    "cpp_memory": little_memory,
    "shared_infinite_output": little_output,
    "shared_infinite_stderr": little_output,
    "flood": little_output,
    "shared_write_outside": nothing_written,
}


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_attack_on_bubblewrap(bubblewrap: Backend, port: int, row: dict[str, Any]) -> None:
    with HostWatch() as watch:
        outcome = attack(bubblewrap, row, port)
        left = watch.left()
    assert left == []
    assert_as_expected(row, outcome)
    assert 0 not in watch.uids
    HOST.get(row["name"], nothing_written)(row, outcome, watch)


@pytest.mark.parametrize("row", ON_WASM, ids=[row["name"] for row in ON_WASM])
def test_attack_on_wasm(wasm: Backend, port: int, row: dict[str, Any]) -> None:
    with HostWatch() as watch:
        outcome = attack(wasm, row, port)
        left = watch.left()
    assert left == []
    assert_as_expected(row, outcome)
    little_output(row, outcome, watch)


def test_eight_attacks_do_not_disturb_a_ninth(bubblewrap: Backend, port: int) -> None:
    bombs = [row for row in ATTACKS if row["name"] in ("forks", "memory", "busy", "many_files")]
    hello = next(row for row in ATTACKS if row["name"] == "stdin")
    with ThreadPoolExecutor(8) as pool:
        attacks = [pool.submit(attack, bubblewrap, row, port) for row in bombs * 2]
        ninth = [attack(bubblewrap, hello, port) for _ in range(3)]
        ends = [one.result() for one in attacks]
    assert [one.verdict for one in ninth] == [Verdict.OK] * 3
    assert max(one.time_s for one in ninth) < 5
    for row, end in zip(bombs * 2, ends, strict=True):
        assert_as_expected(row, end)


def test_boxes_are_not_root(bubblewrap: Backend, port: int) -> None:
    with HostWatch() as watch:
        attack(bubblewrap, next(row for row in ATTACKS if row["name"] == "asleep"), port)
    assert len(watch.uids) == 1
    assert 0 not in watch.uids
    assert os.geteuid() != 0 or os.geteuid() not in watch.uids
