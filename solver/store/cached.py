"""An object of the bucket as this process knows it: fresh within a time limit, else the last good.

First this process, then Redis, then the bucket with the ETag that we know. A fault or a content
that cannot be used leaves the last good value in place and raises an alert.
"""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import structlog
from django.conf import settings

from solver.store import alerts, bucket, shared
from solver.store.faults import StorageFault
from solver.store.stored import Answer, Stored

log = structlog.get_logger(__name__)

KEPT_S = 30 * 24 * 3600
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the bucket held when it was last asked, and the last content that could be used."""

    etag: str = ""  # "": no such object
    good: bytes | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How an object is read. `parse` raises ValueError with one sentence for a bad content."""

    alias: str
    name: str
    topic: str
    parse: Callable[[bytes], T]
    changes: Callable[[T | None, T | None], dict[str, object]]


class CachedObject(Generic[T]):
    """Safe to share between threads; at most one of them asks the bucket."""

    def __init__(self, kind: Kind[T], clock: Callable[[], float] = time.monotonic) -> None:
        self._kind = kind
        self._clock = clock
        self._lock = threading.Lock()
        self._flight: threading.Thread | None = None
        self._left_at = 0.0
        self.reset()

    def reset(self) -> None:
        """As in a process that has just started."""
        self._seen: Seen | None = None
        self._value: T | None = None
        self._until = 0.0

    def current(self) -> T | None:
        """None when there is no such object, or never was one that could be used.

        Waits STORE_WAIT_S at most, STORE_FIRST_WAIT_S while nothing at all is known; a slower
        answer serves the next caller.
        """
        if self._clock() < self._until:
            return self._value
        flight, left_at = self._take_off()
        wait_s = settings.STORE_FIRST_WAIT_S if self._seen is None else settings.STORE_WAIT_S
        flight.join(max(0.0, left_at + wait_s - time.monotonic()))
        return self._value

    def refresh(self) -> T | None:
        """Ask the bucket now, for all processes: the scheduler does, so that solutions need not."""
        self._ask_bucket(self._from_redis()[0] or self._seen)
        return self._value

    def forget(self) -> None:
        """Look again at the next use: this process knows of a change."""
        with self._lock:
            self._until = 0.0
        try:
            shared.client().delete(self._key("fresh"))
        except shared.RedisError:
            log.debug("cache_not_shared", name=self._kind.name)

    def _take_off(self) -> tuple[threading.Thread, float]:
        with self._lock:
            if self._flight is None or not self._flight.is_alive():
                # A daemon: a hanging bucket must not hold up the end of the process.
                self._flight = threading.Thread(target=self._revalidate, daemon=True)
                self._left_at = time.monotonic()
                self._flight.start()
            return self._flight, self._left_at

    def _revalidate(self) -> None:
        seen, fresh_s = self._from_redis()
        if seen is not None and fresh_s > 0:
            self._adopt(seen, fresh_s)
        else:
            self._ask_bucket(seen or self._seen)

    def _ask_bucket(self, seen: Seen | None) -> None:
        known = seen or Seen()
        try:
            answer = bucket.fetch(self._kind.alias, self._kind.name, known.etag)
        except StorageFault:
            self._adopt(known, min(settings.STORE_PAUSE_S, settings.STORE_CACHE_S))
            return
        if answer is not Answer.SAME:
            known = self._judge(known, answer, first=seen is None)
        self._tell(known)
        self._adopt(known, settings.STORE_CACHE_S)
        self._to_redis(known)

    def _judge(self, known: Seen, answer: Stored | Answer, first: bool) -> Seen:
        """What is now known; a bad content keeps the good one before it."""
        if not isinstance(answer, Stored):
            changed = Seen()
        else:
            try:
                self._kind.parse(answer.body)
                changed = Seen(answer.etag, answer.body)
            except ValueError as error:
                return replace(known, etag=answer.etag, problem=str(error))
        if not first and changed.good != known.good:
            self._log_change(known, changed, answer)
        return changed

    def _log_change(self, old: Seen, new: Seen, answer: Stored | Answer) -> None:
        author, modified = "", None
        if isinstance(answer, Stored):
            author, modified = answer.author, answer.modified
        log.info(
            "stored_object_changed",
            object=f"{self._kind.alias}/{self._kind.name}",
            author=author or "unknown",
            modified=modified.isoformat() if modified else None,
            **self._kind.changes(self._parsed(old), self._parsed(new)),
        )

    def _tell(self, seen: Seen) -> None:
        if seen.problem:
            alerts.report(self._kind.topic, seen.problem, object=self._kind.name)
        else:
            alerts.clear(self._kind.topic)

    def _adopt(self, seen: Seen, for_s: float) -> None:
        if self._seen is None or seen.good != self._seen.good:
            self._value = self._parsed(seen)
        self._seen = seen
        self._until = self._clock() + for_s

    def _parsed(self, seen: Seen) -> T | None:
        if seen.good is None:
            return None
        try:
            return self._kind.parse(seen.good)
        except ValueError:
            # Good by the rules of the release that put it into Redis.
            return None

    def _key(self, part: str) -> str:
        return shared.key("object", self._kind.alias, self._kind.name, part)

    def _from_redis(self) -> tuple[Seen | None, float]:
        """What the processes together know, and for how many seconds it is still fresh."""
        try:
            pipeline = shared.client().pipeline(transaction=True)
            pipeline.get(self._key("seen"))
            pipeline.pttl(self._key("fresh"))
            packed, fresh_ms = pipeline.execute()
        except shared.RedisError:
            return None, 0.0
        return (_unpack(packed), fresh_ms / 1000) if packed else (None, 0.0)

    def _to_redis(self, seen: Seen) -> None:
        try:
            pipeline = shared.client().pipeline(transaction=True)
            pipeline.set(self._key("seen"), _pack(seen), ex=KEPT_S)
            pipeline.set(self._key("fresh"), "1", px=max(1, int(settings.STORE_CACHE_S * 1000)))
            pipeline.execute()
        except shared.RedisError:
            log.debug("cache_not_shared", name=self._kind.name)


def _pack(seen: Seen) -> str:
    good = None if seen.good is None else base64.b64encode(seen.good).decode()
    return json.dumps({"etag": seen.etag, "good": good, "problem": seen.problem})


def _unpack(packed: bytes) -> Seen:
    read: dict[str, Any] = json.loads(packed)
    good = None if read["good"] is None else base64.b64decode(read["good"])
    return Seen(read["etag"], good, read["problem"])
