"""Hourly gzip bundles of the inference log, for buckets that bill each small object.

An hour is sealed before it is sent: its files move into a folder whose name is the object's name,
so that a crash at any moment neither loses a log nor sends one twice.
"""

import gzip
import hashlib
import shutil
from collections.abc import Iterable
from datetime import UTC
from itertools import groupby
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from solver.models.solution import Solution
from solver.store import bucket, spool


def seal_past_hours() -> None:
    """Only while `spool.alone()`."""
    this_hour = timezone.now().astimezone(UTC).strftime("%Y%m%dT%H")
    past = [waiting for waiting in spool.all_waiting() if waiting.hour < this_hour]
    for hour, group in groupby(past, key=lambda waiting: waiting.hour):
        logs = list(group)
        ids = "".join(str(waiting.solution_id) for waiting in logs)
        name = f"{hour}-{hashlib.sha256(ids.encode()).hexdigest()[:12]}"
        target = spool.sealed_folder() / name
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        for waiting in logs:
            waiting.path.replace(target / waiting.path.name)


def send_sealed(now: bool = True) -> int:
    """Send sealed hours, oldest first; gives how many logs. Raises StorageFault."""
    sent = 0
    for sealed in _sealed():
        logs = [spool.Waiting(path) for path in sorted(sealed.iterdir())]
        if logs:
            lines = b"\n".join(log.path.read_bytes() for log in logs) + b"\n"
            body = gzip.compress(lines, mtime=0)
            bucket.put(bucket.LOGS, _key(sealed), body, "application/gzip", now=now)
            mark_archived(waiting.solution_id for waiting in logs)
        # Renamed first: an hour that is half removed must not be sent again as a whole one.
        done = sealed.rename(sealed.with_name(f".{sealed.name}"))
        shutil.rmtree(done)
        sent += len(logs)
    return sent


def _sealed() -> list[Path]:
    if not spool.sealed_folder().is_dir():
        return []
    hours = []
    for path in sorted(spool.sealed_folder().iterdir()):
        if path.name.startswith("."):
            shutil.rmtree(path, ignore_errors=True)
        else:
            hours.append(path)
    return hours


def mark_archived(ids: Iterable[UUID]) -> None:
    Solution.objects.filter(pk__in=list(ids), archived_at=None).update(archived_at=timezone.now())


def _key(sealed: Path) -> str:
    day, rest = sealed.name.split("T", 1)
    return f"{day}/{rest}.jsonl.gz"
