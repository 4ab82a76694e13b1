"""Liveness and readiness, for process managers and load balancers.

/livez says that the process answers. /readyz says whether a problem submitted now would be solved:
every part with its state and what to do about it. Storage only degrades: solving goes on without.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from solver.live.connection import impatient_redis_client
from solver.models.problem import Kind
from solver.running.workers import Status, WorkerStatus, serving, workers
from solver.store import alerts

CHECK_TIMEOUT_S = 3.0


class PartStatus(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that solving needs; `detail` says what is wrong and what to do."""

    status: PartStatus
    detail: str = ""


OK = Part(PartStatus.OK)

# A check that hangs holds its thread, never the answer: later ones then time out in the queue.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    found = parts()
    states = {part.status for part in found.values()}
    is_ready = states <= {PartStatus.OK, PartStatus.DEGRADED}
    word = "degraded" if PartStatus.DEGRADED in states else "ready"
    body = {
        "status": word if is_ready else "not ready",
        "parts": {name: asdict(part) for name, part in found.items()},
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def parts() -> dict[str, Part]:
    """Every part's state, asked side by side; comes back within CHECK_TIMEOUT_S."""
    until = time.monotonic() + CHECK_TIMEOUT_S
    asked = {name: _threads.submit(check) for name, check in CHECKS.items()}
    return {name: _answer(name, future, until) for name, future in asked.items()}


def _answer(name: str, future: Future[Part], until: float) -> Part:
    try:
        return future.result(timeout=max(0.0, until - time.monotonic()))
    except FutureTimeoutError:
        fault = f"no answer within {CHECK_TIMEOUT_S:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever a part fails with, the answer says so
        fault = type(error).__name__
    status = PartStatus.DEGRADED if name == "storage" else PartStatus.FAILED
    return Part(status, f"{fault}. {ADVICE[name]}")


def _database() -> Part:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connections.close_all()
    return OK


def _redis() -> Part:
    impatient_redis_client().ping()
    return OK


def _worker() -> Part:
    crew = workers()
    unserved = [route for route in Kind.values if not serving(route, crew)]
    if not unserved:
        return OK
    ours = [worker for worker in crew if set(unserved) & set(worker.routes)]
    for worker in sorted(ours, key=lambda worker: worker.status != Status.LOADING):
        return _of_worker(worker)
    return Part(PartStatus.FAILED, f"no worker serves {', '.join(unserved)}. {ADVICE['worker']}")


def _of_worker(worker: WorkerStatus) -> Part:
    if worker.status == Status.FAILED:
        return Part(PartStatus.FAILED, worker.message)
    percent = "" if worker.percent is None else f" ({worker.percent}%)"
    return Part(PartStatus.WAITING, f"{worker.message or worker.status}{percent}")


def _storage() -> Part:
    standing = alerts.active()
    if not standing:
        return OK
    return Part(PartStatus.DEGRADED, f"{standing[0].topic}: {standing[0].message}")


CHECKS: dict[str, Callable[[], Part]] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "storage": _storage,
}
ADVICE = {
    "database": "Start the database, or put DATABASE_URL right.",
    "redis": "Start Redis, or put REDIS_URL right.",
    "worker": "Start an inference worker; see the line `inference` of the Procfile.",
    "storage": "Solving goes on without it; see the STORAGE options.",
}
