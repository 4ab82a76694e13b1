"""The inference workers as everybody else sees them: each keeps a short-lived key in Redis.

A key that is no longer renewed expires by Redis's own clock, so no two machines' clocks are
compared. Pages, the queue's estimates and /readyz read them.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

from solver.live.connection import impatient_redis_client

NAMES_KEY = "vs:workers"


class Status(StrEnum):
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """running: solutions that this worker holds; in_batch, waiting: what its engine says of them.
    tokens_per_s: measured over all of them. percent: of the loading, where that is known."""

    name: str
    status: Status
    routes: tuple[str, ...]
    model: str = ""
    message: str = ""
    percent: int | None = None
    slots: int = 0
    running: int = 0
    in_batch: int = 0
    waiting: int = 0
    tokens_per_s: float = 0.0

    @property
    def free_slots(self) -> int:
        return max(0, self.slots - self.running) if self.status == Status.READY else 0


def report(status: WorkerStatus) -> None:
    """Say how this worker is; stands for as long as a lease."""
    with impatient_redis_client().pipeline(transaction=False) as pipeline:
        pipeline.sadd(NAMES_KEY, status.name)
        pipeline.set(_key(status.name), json.dumps(asdict(status)), px=_ttl_ms())
        pipeline.execute()


def withdraw(name: str) -> None:
    """This worker has ended."""
    with impatient_redis_client().pipeline(transaction=False) as pipeline:
        pipeline.srem(NAMES_KEY, name)
        pipeline.delete(_key(name))
        pipeline.execute()


def workers() -> list[WorkerStatus]:
    """Every worker that has reported lately, by name. Raises RedisError."""
    client = impatient_redis_client()
    members: Any = client.smembers(NAMES_KEY)
    names = sorted(name.decode() for name in members)
    if not names:
        return []
    values: Any = client.mget([_key(name) for name in names])
    gone = [name for name, value in zip(names, values, strict=True) if value is None]
    if gone:
        client.srem(NAMES_KEY, *gone)
    return [_parse(value) for value in values if value is not None]


def serving(route: str, among: Iterable[WorkerStatus]) -> list[WorkerStatus]:
    """Those that would take a solution of this route now."""
    return [worker for worker in among if worker.status == Status.READY and route in worker.routes]


def _key(name: str) -> str:
    return f"vs:worker:{name}"


def _ttl_ms() -> int:
    return int(settings.LEASE_S * 1000)


def _parse(value: bytes) -> WorkerStatus:
    fields = json.loads(value)
    return WorkerStatus(
        **{**fields, "status": Status(fields["status"]), "routes": tuple(fields["routes"])}
    )
