"""Who waits for which run: identical requests at one time share one, and the last to leave ends it.

Everything has a lease that the waiting process renews, so that what a lost process held is free
again after LEASE_S.
"""

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, cast

from solver.live.connection import async_redis_client

LEASE_S: Final = 60

# KEYS: the run that answers this question. ARGV: a new run's id, who joins, now, lease in s.
_JOIN: Final = """
local id = redis.call('GET', KEYS[1])
local is_new = not id
if is_new then id = ARGV[1] end
redis.call('SET', KEYS[1], id, 'EX', ARGV[4])
local waiting = 'vs:api:waiting:' .. id
redis.call('ZADD', waiting, ARGV[3] + ARGV[4], ARGV[2])
redis.call('EXPIRE', waiting, ARGV[4])
return {id, is_new and 1 or 0}
"""

# KEYS: as above. ARGV: the run's id, who stays, now, lease in s.
_STAY: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('EXPIRE', KEYS[1], ARGV[4]) end
local waiting = 'vs:api:waiting:' .. ARGV[1]
redis.call('ZADD', waiting, ARGV[3] + ARGV[4], ARGV[2])
redis.call('EXPIRE', waiting, ARGV[4])
return 1
"""

# KEYS: as above. ARGV: the run's id, who leaves, now. Returns how many still wait.
_LEAVE: Final = """
local waiting = 'vs:api:waiting:' .. ARGV[1]
redis.call('ZREM', waiting, ARGV[2])
redis.call('ZREMRANGEBYSCORE', waiting, '-inf', ARGV[3])
local left = redis.call('ZCARD', waiting)
if left == 0 and redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return left
"""


@dataclass(frozen=True, slots=True)
class Place:
    """One waiter's place at one run."""

    question: str
    waiter: str
    run: str
    is_first: bool


async def join(question: str, waiter: str, new_run: str) -> Place:
    """Wait for the run that answers this question now, or be the first to start `new_run`."""
    reply = async_redis_client().eval(_JOIN, 1, _key(question), new_run, waiter, _now(), _lease())
    run, is_first = await cast(Awaitable[tuple[bytes, int]], reply)
    return Place(question, waiter, run.decode(), bool(is_first))


async def stay(place: Place) -> None:
    reply = async_redis_client().eval(
        _STAY, 1, _key(place.question), place.run, place.waiter, _now(), _lease()
    )
    await cast(Awaitable[int], reply)


async def leave(place: Place) -> int:
    """How many still wait for the run."""
    reply = async_redis_client().eval(
        _LEAVE, 1, _key(place.question), place.run, place.waiter, _now()
    )
    return await cast(Awaitable[int], reply)


async def say_started(place: Place) -> None:
    """The run's row is there: others may follow it."""
    await async_redis_client().set(_started_key(place.run), 1, ex=LEASE_S)


async def has_started(place: Place) -> bool:
    return bool(await async_redis_client().exists(_started_key(place.run)))


def _key(question: str) -> str:
    return f"vs:api:run:{question}"


def _started_key(run: str) -> str:
    return f"vs:api:started:{run}"


def _now() -> str:
    return f"{time.time():.3f}"


def _lease() -> str:
    return str(LEASE_S)
