"""The event log of one solution: an ordered, bounded, expiring stream in Redis, and its text.

A cursor is the id of a stream entry. Readers keep a cursor and nothing else: whatever came after
it can be read again at any time, by anyone, and deltas joined in order are the text.

The worker that holds the solution writes with its fencing token; a worker whose lease was taken
over has a smaller one and is refused (StaleFence). When Redis lost the log, or came back with an
older one, the writer is told (StreamLost) and opens it again with the whole text, which reaches
readers as one `snapshot` event.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import NoScriptError

from solver.live.connection import redis_client
from solver.live.scripts import ANNOUNCE, APPEND, OPEN, SNAPSHOT
from solver.live.together import Together

START: Final = "0-0"
_CURSOR = re.compile(r"([0-9]{1,20})-([0-9]{1,20})")
_LARGEST_PART: Final = 2**64 - 1


class EventKind(StrEnum):
    """What events say. The fields of each are listed in docs/live.md."""

    SNAPSHOT = "snapshot"
    STATE = "state"
    QUEUE = "queue"
    DELTA = "delta"
    STEP = "step"
    ANSWER = "answer"
    VERDICT = "verdict"
    NOTICE = "notice"
    DONE = "done"


class StaleFence(Exception):
    """Another worker has claimed this solution since: stop, and write nothing more."""


class StreamLost(Exception):
    """Redis no longer has what was written: call `open` again with the whole text."""


@dataclass(frozen=True, slots=True)
class Appended:
    cursor: str
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Text as of `cursor`; `last` has the newest fields of state, queue, answer, verdict, done."""

    text: str
    cursor: str
    fence: int
    last: Mapping[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    cursor: str
    kind: str
    fields: dict[str, Any]


def position(cursor: str) -> tuple[int, int] | None:
    """A cursor as a pair that sorts in the order of events, or None when it is no cursor."""
    match = _CURSOR.fullmatch(cursor)
    if not match:
        return None
    milliseconds, sequence = int(match[1]), int(match[2])
    return (milliseconds, sequence) if max(milliseconds, sequence) <= _LARGEST_PART else None


def log_keys(solution_id: UUID | str) -> list[str]:
    """Events, text, fence, last, cancel. The braces keep them on one node of a cluster."""
    names = ("events", "text", "fence", "last", "cancel")
    return [f"vs:{{{solution_id}}}:{name}" for name in names]


def parse_entries(entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> list[Event]:
    """Events from what XRANGE and XREAD give for one stream."""
    return [_parse_entry(entry_id, entry) for entry_id, entry in entries]


def _parse_entry(entry_id: bytes, entry: Mapping[bytes, bytes]) -> Event:
    raw = entry[b"f"]
    fields: dict[str, Any] = {} if raw == b"{}" else json.loads(raw)
    if b"t" in entry:
        fields["text"] = entry[b"t"].decode()
    if b"a" in entry:
        fields["at"] = int(entry[b"a"])
    return Event(entry_id.decode(), entry[b"k"].decode(), fields)


def parse_snapshot(reply: Sequence[Any]) -> tuple[str, Snapshot | None, dict[str, dict[str, Any]]]:
    """The newest cursor, the snapshot unless Redis lost it, and the newest fields of each kind."""
    fence, text, cursor, pairs = reply
    last = {
        kind.decode(): json.loads(fields)
        for kind, fields in zip(pairs[::2], pairs[1::2], strict=True)
    }
    if fence is None or text is None:
        return cursor.decode(), None, last
    return cursor.decode(), Snapshot(text.decode(), cursor.decode(), int(fence), last), last


def is_whole(events: Sequence[Event]) -> bool:
    """Whether events read from the start of a log begin with the beginning of the text."""
    for event in events:
        if event.kind == EventKind.SNAPSHOT:
            return True
        if event.kind == EventKind.DELTA:
            return bool(event.fields["at"] == 0)
    return True


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _encode(fields: Mapping[str, Any]) -> str:
    return _ENCODER.encode(fields) if fields else "{}"


class EventLog:
    """One solution's log, for workers and views.

    Cheap to make. Reading is thread-safe; an object appends from one thread at a time. An append
    is done exactly once, even where the connection broke and the client tried again.
    Text must encode as UTF-8 (no lone surrogates), else UnicodeEncodeError.
    Raises redis.exceptions.RedisError where Redis stays away longer than the client's retries.
    """

    def __init__(
        self,
        solution_id: UUID | str,
        client: Redis | None = None,
        together: Together | None = None,
    ) -> None:
        """together: what a worker writes goes through it, with what others write."""
        self.solution_id = str(solution_id)
        self.keys = log_keys(solution_id)
        self._redis = client or redis_client()
        self._together = together
        self._scripts: dict[str, Script] = {}
        self._writer = uuid4().hex
        self._writes = 0
        self._bytes = -1

    def open(self, fence: int, text: str, state: str) -> str:
        """Claim the log for `fence` with the text so far; returns the cursor.

        Readers get a `snapshot` event where there is text or there was an earlier claim, else a
        `state` event. Raises StaleFence.
        """
        raw = text.encode()
        arguments = [raw, len(text), _encode({"state": state}), *self._bounds()]
        reply = self._run(OPEN, [fence, self._nonce(), *arguments])
        self._bytes = len(raw)
        return str(reply[1].decode())

    def append(self, fence: int, kind: str, fields: Mapping[str, Any], text: str = "") -> Appended:
        """Add an event; `text` goes to the stored text and out as `delta` {text, at}.

        With kind `delta`, `fields` travel in the delta itself; with another kind the delta comes
        first. `at` is the offset in characters (Unicode code points).
        Raises StaleFence, StreamLost.
        """
        raw = text.encode()
        if kind == EventKind.DELTA and not raw:
            raise ValueError("A delta needs text.")
        arguments = [self._bytes, raw, len(text), str(kind), _encode(fields), *self._bounds()]
        reply = self._run(APPEND, [fence, self._nonce(), *arguments])
        self._bytes = int(reply[3])
        return Appended(reply[1].decode(), bool(reply[2]))

    def announce(self, kind: str, fields: Mapping[str, Any]) -> str:
        """Add an event without a fencing token: queue, and states that no worker writes."""
        arguments: list[Any] = [str(kind), _encode(fields), *self._bounds()]
        reply: Any = self._script(ANNOUNCE)(self.keys, arguments)
        return str(reply.decode())

    def request_cancel(self) -> None:
        """Ask the writer to stop: its next append, or `cancel_requested`, tells it."""
        self._redis.set(self.keys[4], 1, ex=settings.EVENTS_TTL_S)

    def cancel_requested(self) -> bool:
        return bool(self._redis.exists(self.keys[4]))

    def snapshot(self) -> Snapshot | None:
        """Text, newest cursor and newest states, of one moment; None when Redis lost them."""
        return parse_snapshot(self._script(SNAPSHOT)(self.keys, []))[1]

    def read(self, after: str, count: int = 500) -> list[Event] | None:
        """At most `count` events after the cursor, oldest first.

        None where the cursor names no entry of this log: nonsense, from the future, of another
        solution, trimmed or lost. START reads from the beginning, if that is still there.
        """
        if position(after) is None:
            return None
        if after == START:
            return self._read_from_start(count)
        entries: Any = self._redis.xrange(self.keys[0], min=after, count=count + 1)
        events = parse_entries(entries)
        return events[1:] if events and events[0].cursor == after else None

    def delete(self) -> None:
        """Remove everything of this solution from Redis."""
        self._redis.delete(*self.keys)

    def _read_from_start(self, count: int) -> list[Event] | None:
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.exists(self.keys[2])
            pipeline.xrange(self.keys[0], count=count)
            claimed, entries = pipeline.execute()
        events = parse_entries(entries)
        return events if claimed and is_whole(events) else None

    def _run(self, script: str, arguments: list[Any]) -> Any:
        reply = self._call(self._script(script), arguments)
        if reply[0] == b"stale":
            raise StaleFence(f"Solution {self.solution_id} has another worker by now.")
        if reply[0] == b"lost":
            raise StreamLost(f"Redis lost the events of solution {self.solution_id}.")
        return reply

    def _call(self, script: Script, arguments: list[Any]) -> Any:
        if self._together is not None:
            # A Redis that does not know the script yet is told it below.
            with suppress(NoScriptError):
                return self._together.run(
                    "EVALSHA", script.sha, len(self.keys), *self.keys, *arguments
                )
        return script(self.keys, arguments)

    def _script(self, source: str) -> Script:
        if source not in self._scripts:
            self._scripts[source] = self._redis.register_script(source)
        return self._scripts[source]

    def _nonce(self) -> str:
        self._writes += 1
        return f"{self._writer}:{self._writes}"

    def _bounds(self) -> list[int]:
        return [settings.EVENTS_MAX, settings.EVENTS_TTL_S]
