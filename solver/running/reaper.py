"""What is done every few seconds so that no solution is left hanging and everybody is told."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections
from redis.exceptions import RedisError

from solver.live.connection import impatient_redis_client
from solver.live.events import EventKind
from solver.models.solution import Solution, State
from solver.running import announce, queue, states, tickets
from solver.running.queue import Place
from solver.running.workers import serving, workers

logger = structlog.get_logger(__name__)

PLACES_KEY = "vs:queue:places"
PLACES_TTL_S = 3600
# A wait is told anew when it moved by so much of itself, and at least by so many seconds.
WORTH_TELLING_SHARE = 0.1
WORTH_TELLING_S = 1.0


def reap() -> dict[str, int]:
    """Do all of it; returns how much of each was done. One part's fault does not stop the rest."""
    parts: dict[str, Callable[[], int]] = {
        "requeued": states.requeue_interrupted,
        "interrupted": states.expire_leases,
        "woken": wake_idle_slots,
        "told": announce.tell_owed,
        "placed": tell_places,
    }
    done = {name: _try(name, part) for name, part in parts.items()}
    if any(done[name] for name in ("requeued", "interrupted", "told")):
        logger.info("reaped", **done)
    return done


def wake_idle_slots() -> int:
    """Replace tickets that were lost: one for each queued row that a free slot could take."""
    queued = Solution.objects.filter(state=State.QUEUED).values_list("route", flat=True)
    waiting = Counter(queued)
    if not waiting:
        return 0
    crew = workers()
    woken = 0
    for route, count in waiting.items():
        free = sum(worker.free_slots for worker in serving(route, crew))
        needed = min(count, free)
        if needed and tickets.wake(route, needed):
            woken += needed
    return woken


def tell_places() -> int:
    """Tell those whose place in the queue, or wait, has changed since they were told."""
    places = queue.places()
    client = impatient_redis_client()
    raw: Any = client.hgetall(PLACES_KEY)
    told = {UUID(key.decode()): json.loads(value) for key, value in raw.items()}
    gone = told.keys() - places.keys()
    if gone:
        client.hdel(PLACES_KEY, *map(str, gone))
    changed = 0
    for row_id, place in places.items():
        if _is_worth_telling(place, told.get(row_id)):
            announce.say(row_id, EventKind.QUEUE, place_fields(place))
            client.hset(PLACES_KEY, str(row_id), json.dumps(place_fields(place)))
            changed += 1
    if changed:
        client.expire(PLACES_KEY, PLACES_TTL_S)
    return changed


def place_fields(place: Place) -> dict[str, object]:
    """What the `queue` event says; pages and APIs show the same."""
    wait_s = None if place.wait_s is None else round(place.wait_s, 1)
    return {"position": place.position, "wait_s": wait_s, "notice": place.notice}


def _is_worth_telling(place: Place, told: dict[str, Any] | None) -> bool:
    if told is None or (place.position, place.notice) != (told["position"], told["notice"]):
        return True
    before_s = told["wait_s"]
    if place.wait_s is None or before_s is None:
        return place.wait_s is not before_s
    moved_s = abs(place.wait_s - before_s)
    return bool(moved_s > max(WORTH_TELLING_S, WORTH_TELLING_SHARE * before_s))


def _try(name: str, part: Callable[[], int]) -> int:
    try:
        return part()
    except (DatabaseError, InterfaceError, RedisError, OSError) as error:
        logger.warning("reaping_failed", part=name, error=str(error))
        close_old_connections()
        return 0
