"""The one door to the bucket: counts requests, raises and ends alerts, pauses after a fault."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, cast

from django.conf import settings
from django.core.files.storage import storages

from solver.store import alerts, metrics
from solver.store.faults import FaultKind, StorageFault
from solver.store.stored import OBJECT_MAX_BYTES, Answer, ObjectStorage, Stored

UPLOADS, PROMPTS, CONFIGS, TEMPLATES, LOGS = "default", "prompts", "configs", "templates", "logs"

# Faults of one object, not of the storage: no reason to leave it alone.
_OF_THE_OBJECT = frozenset({FaultKind.TOO_BIG})
_paused: dict[str, tuple[float, StorageFault]] = {}
_lock = threading.Lock()


def storage(alias: str) -> ObjectStorage:
    return cast(ObjectStorage, storages[alias])


def fetch(
    alias: str, name: str, known_etag: str = "", max_bytes: int = OBJECT_MAX_BYTES
) -> Stored | Answer:
    with _watched(alias, "get"):
        return storage(alias).fetch(name, known_etag, max_bytes)


def opened(alias: str, name: str, max_bytes: int) -> IO[bytes] | None:
    """A large object as a file, which the caller closes; None where it is missing."""
    with _watched(alias, "get"):
        return storage(alias).opened(name, max_bytes)


def put(
    alias: str,
    name: str,
    body: bytes | IO[bytes],
    content_type: str,
    author: str = "",
    now: bool = False,
) -> None:
    """`now` tries even while the storage is left alone after a fault."""
    with _watched(alias, "put", now):
        storage(alias).put(name, body, content_type, author)


def remove(alias: str, name: str) -> None:
    with _watched(alias, "delete", now=True):
        storage(alias).remove(name)


def names(alias: str, prefix: str = "") -> Iterator[tuple[str, datetime]]:
    with _watched(alias, "list", now=True):
        yield from storage(alias).names(prefix)


def resume() -> None:
    """Forget all pauses: for commands by hand, and tests."""
    with _lock:
        _paused.clear()


@contextmanager
def _watched(alias: str, verb: str, now: bool = False) -> Iterator[None]:
    if not now:
        _refuse_while_paused(alias)
    metrics.REQUESTS.labels(alias, verb).inc()
    try:
        yield
    except StorageFault as fault:
        metrics.FAULTS.labels(alias, fault.kind.value).inc()
        if fault.kind not in _OF_THE_OBJECT:
            with _lock:
                _paused[alias] = (time.monotonic() + settings.STORE_PAUSE_S, fault)
        alerts.report(topic(alias), str(fault), kind=fault.kind.value, cause=fault.cause, verb=verb)
        raise
    with _lock:
        _paused.pop(alias, None)
    alerts.clear(topic(alias))


def _refuse_while_paused(alias: str) -> None:
    with _lock:
        until, fault = _paused.get(alias, (0.0, None))
    if fault is not None and time.monotonic() < until:
        raise StorageFault(fault.kind, fault.cause)


def topic(alias: str) -> str:
    return "uploads" if alias == UPLOADS else alias
