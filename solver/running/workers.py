"""The inference workers as everybody else sees them: each keeps a short-lived key in Redis.

A key that is no longer renewed expires by Redis's own clock, so no two machines' clocks are
compared. Pages, the queue's estimates and /readyz read them.
"""

import json
from collections.abc import Awaitable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, cast

from django.conf import settings

from solver.live.connection import async_redis_client, impatient_redis_client, redis_client

NAMES_KEY: Final = "vs:workers"
_KEY: Final = "vs:worker:"

# KEYS: the names. What those who have reported lately said; the others' names are dropped.
_READ: Final = f"""
local found = {{}}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local said = redis.call('GET', '{_KEY}' .. name)
  if said then found[#found + 1] = said else redis.call('SREM', KEYS[1], name) end
end
return found
"""


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


def forget_all() -> None:
    """No worker is alive: those that reported have ended without a word. One that was alive would
    report again at its next beat."""
    redis_client().delete(NAMES_KEY)


def workers() -> list[WorkerStatus]:
    """Every worker that has reported lately, by name. Raises RedisError."""
    return _parse(cast(list[bytes], impatient_redis_client().eval(_READ, 1, NAMES_KEY)))


async def aworkers() -> list[WorkerStatus]:
    """As `workers`, from an event loop."""
    reply = async_redis_client().eval(_READ, 1, NAMES_KEY)
    return _parse(await cast(Awaitable[list[bytes]], reply))


def serving(route: str, among: Iterable[WorkerStatus]) -> list[WorkerStatus]:
    """Those that would take a solution of this route now."""
    return [worker for worker in among if worker.status == Status.READY and route in worker.routes]


def _key(name: str) -> str:
    return f"{_KEY}{name}"


def _ttl_ms() -> int:
    return int(settings.LEASE_S * 1000)


def _parse(said: Iterable[bytes]) -> list[WorkerStatus]:
    return sorted(map(_parse_one, said), key=lambda worker: worker.name)


def _parse_one(said: bytes) -> WorkerStatus:
    fields = json.loads(said)
    return WorkerStatus(
        **{**fields, "status": Status(fields["status"]), "routes": tuple(fields["routes"])}
    )
