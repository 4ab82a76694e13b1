"""The inference log: one object for each finished solution, whatever the bucket does meanwhile.

Owed in the database until it lies in the bucket (`Solution.archived_at`), on disk while the bucket
is away, drained in order when it is back. Each object has one key, so that a repeat is no double.
"""

import gzip
import json
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from solver.models.solution import FINAL_STATES, Solution
from solver.store import bucket, bundles, records, spool
from solver.store.faults import StorageFault
from solver.store.stored import Stored

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/json"
# A log object holds 40,000 tokens and the evidence; a bundle holds an hour of them.
OBJECT_MAX_BYTES = 8_000_000
BUNDLE_MAX_BYTES = 1_000_000_000


class Outcome(StrEnum):
    STORED = "stored"
    SPOOLED = "spooled"
    OWED = "owed"  # the spool is full: ask again later
    ALREADY = "already"
    GONE = "gone"  # the solution was deleted
    TOO_EARLY = "too early"


def archive(solution_id: UUID | str) -> Outcome:
    """Write the log of one finished solution. Safe to repeat, and to call from many threads.

    Raises ValueError for what is no id, and StorageFault only when neither bucket nor disk takes
    it: then the task is to be retried.
    """
    known = solution_id if isinstance(solution_id, UUID) else UUID(solution_id)
    solution = Solution.objects.select_related("problem", "owner").filter(pk=known).first()
    if solution is None:
        return Outcome.GONE
    if solution.archived_at is not None:
        return Outcome.ALREADY
    if solution.state not in FINAL_STATES or solution.finished_at is None:
        return Outcome.TOO_EARLY
    if spool.holds(known):
        return Outcome.SPOOLED
    body = records.encoded(solution)
    if settings.LOG_BUNDLE == "off" and spool.is_empty() and _store(solution, body):
        return Outcome.STORED
    if not spool.add(known, solution.finished_at, body):
        return Outcome.OWED
    if settings.LOG_BUNDLE == "off":
        drain(now=False)
    return Outcome.SPOOLED


def drain(now: bool = True) -> int:
    """Send what waits, oldest first, until the bucket fails; gives how many. For the scheduler.

    `now` tries even while the storage is left alone after a fault.
    """
    sent = 0
    with spool.alone() as mine:
        if not mine:
            return 0
        try:
            bundles.send_sealed(now)
            for waiting in spool.all_waiting() if settings.LOG_BUNDLE == "off" else ():
                sent += _send(waiting, now)
        except StorageFault:
            log.debug("log_drain_stopped", sent=sent)
    spool.measure()
    return sent


def pack() -> int:
    """With LOG_BUNDLE=hourly: seal and send the hours that are over. For the scheduler."""
    if settings.LOG_BUNDLE != "hourly":
        return 0
    with spool.alone() as mine:
        if not mine:
            return 0
        bundles.seal_past_hours()
        try:
            return bundles.send_sealed()
        except StorageFault:
            return 0


def find(solution_id: UUID, day: date) -> dict[str, Any] | None:
    """The log object of a solution that finished on `day` (UTC). Raises StorageFault."""
    name = f"{day:%Y%m%d}/{solution_id}.json"
    stored = bucket.fetch(bucket.LOGS, name, max_bytes=OBJECT_MAX_BYTES)
    if isinstance(stored, Stored):
        found: dict[str, Any] = json.loads(stored.body)
        return found
    for name, _ in bucket.names(bucket.LOGS, f"{day:%Y%m%d}/"):
        if name.endswith(".jsonl.gz"):
            found_inside = _inside(name, str(solution_id))
            if found_inside is not None:
                return found_inside
    return None


def forget(solution: Solution) -> None:
    """Remove the log with its solution; a bundle cannot be cut and expires. Raises StorageFault."""
    spool.drop(solution.pk)
    if solution.archived_at and solution.finished_at:
        bucket.remove(bucket.LOGS, records.log_key(solution.pk, solution.finished_at))


def _inside(name: str, solution_id: str) -> dict[str, Any] | None:
    packed = bucket.fetch(bucket.LOGS, name, max_bytes=BUNDLE_MAX_BYTES)
    if not isinstance(packed, Stored):
        return None
    logs: list[dict[str, Any]] = [
        json.loads(line) for line in gzip.decompress(packed.body).splitlines()
    ]
    return next((one for one in logs if one["id"] == solution_id), None)


def _store(solution: Solution, body: bytes) -> bool:
    if solution.finished_at is None:
        return False
    try:
        key = records.log_key(solution.pk, solution.finished_at)
        bucket.put(bucket.LOGS, key, body, CONTENT_TYPE)
    except StorageFault:
        return False
    _settle(solution.pk, key)
    return True


def _send(waiting: spool.Waiting, now: bool) -> bool:
    try:
        body = waiting.path.read_bytes()
    except FileNotFoundError:  # its solution was deleted
        return False
    key = records.log_key(waiting.solution_id, waiting.finished_at)
    bucket.put(bucket.LOGS, key, body, CONTENT_TYPE, now=now)
    _settle(waiting.solution_id, key)
    waiting.path.unlink(missing_ok=True)
    return True


def _settle(solution_id: UUID, key: str) -> None:
    """Note that the log lies in the bucket; where its solution was deleted meanwhile, remove it."""
    bundles.mark_archived([solution_id])
    if not Solution.objects.filter(pk=solution_id).exists():
        bucket.remove(bucket.LOGS, key)
