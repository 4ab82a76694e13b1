"""Inference logs that wait on this machine's disk, oldest first.

Bounded: a full spool takes nothing more, and what it refuses stays owed in the database
(`Solution.archived_at`), so that nothing is pushed out and the order holds.
"""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from solver.store import alerts, metrics
from solver.store.faults import fault
from solver.store.whole import write_whole

_STAMP = "%Y%m%dT%H%M%S%f"
_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json")
# A log that waits for its turn is no news; one that waits longer is.
_WARN_AFTER_S = 60
TOPIC = "log spool"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One log on disk. The name sorts by the time at which its solution finished."""

    path: Path

    @property
    def solution_id(self) -> UUID:
        return UUID(self.path.stem.split("-", 1)[1])

    @property
    def finished_at(self) -> datetime:
        return datetime.strptime(self.path.stem.split("-", 1)[0], _STAMP).replace(tzinfo=UTC)

    @property
    def hour(self) -> str:
        return self.path.stem[:11]


def folder() -> Path:
    return Path(settings.LOG_SPOOL_DIR) / "logs"


def sealed_folder() -> Path:
    """Hours that are packed and not yet sent; see `bundles`."""
    return Path(settings.LOG_SPOOL_DIR) / "bundles"


def add(solution_id: UUID, finished_at: datetime, body: bytes) -> bool:
    """Keep one log on disk; False when the spool is full. Raises StorageFault."""
    waiting = all_waiting()
    if any(one.solution_id == solution_id for one in waiting):
        return True
    if _is_full(waiting, len(body)):
        _warn_full(waiting)
        return False
    name = f"{finished_at.astimezone(UTC):{_STAMP}}-{solution_id}.json"
    try:
        write_whole(folder() / name, body)
    except OSError as error:
        raise fault(error) from None
    return True


def holds(solution_id: UUID) -> bool:
    """Whether the log waits here, alone or in a sealed hour."""
    pattern = f"*-{solution_id}.json"
    return any(folder().glob(pattern)) or any(sealed_folder().glob(f"*/{pattern}"))


def all_waiting() -> list[Waiting]:
    """Oldest first."""
    try:
        names = sorted(os.listdir(folder()))  # noqa: PTH208  faster for 10,000 names
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [Waiting(folder() / name) for name in names if _NAME.fullmatch(name)]


def is_empty() -> bool:
    return not all_waiting()


def drop(solution_id: UUID) -> None:
    """Forget a log whose solution was deleted."""
    for path in folder().glob(f"*-{solution_id}.json"):
        path.unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this is now the one process and thread that empties the spool."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (Path(settings.LOG_SPOOL_DIR) / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def measure() -> None:
    """Tell metrics how much waits, and warn about the oldest; for the scheduler."""
    waiting = all_waiting()
    metrics.SPOOLED.set(len(waiting))
    age_s = time.time() - waiting[0].finished_at.timestamp() if waiting else 0.0
    metrics.SPOOL_AGE.set(age_s)
    if age_s < _WARN_AFTER_S:
        alerts.clear(TOPIC)
    elif settings.LOG_BUNDLE == "off":
        since = waiting[0].finished_at.isoformat(timespec="minutes")
        alerts.report(TOPIC, f"Inference logs wait on disk since {since}.")


def _is_full(waiting: list[Waiting], more_bytes: int) -> bool:
    if len(waiting) >= settings.LOG_SPOOL_MAX_FILES:
        return True
    held = 0
    for one in waiting:
        with contextlib.suppress(FileNotFoundError):
            held += one.path.stat().st_size
    return held + more_bytes > int(settings.LOG_SPOOL_MAX_BYTES)


def _warn_full(waiting: list[Waiting]) -> None:
    metrics.REFUSED.inc()
    since = waiting[0].finished_at.isoformat(timespec="minutes") if waiting else "now"
    alerts.report(
        TOPIC,
        f"The spool of inference logs is full, the oldest waits since {since}: "
        "mend the storage, or raise LOG_SPOOL_MAX_FILES and LOG_SPOOL_MAX_BYTES. "
        "New logs stay owed in the database.",
    )
