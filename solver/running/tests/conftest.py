"""Solutions in any state, made without the front door."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connections
from django.utils import timezone

from accounts.models import User
from solver.live.events import START, EventLog
from solver.models.problem import Kind, Problem
from solver.models.solution import Solution, State
from solver.running.inference import Inference

MakeSolution = Callable[..., Solution]


@pytest.fixture
def make(alice: User, valkey: redis.Redis) -> MakeSolution:
    """`make(state=State.RUNNING, fence=3)`: a solution of alice's, or of `owner`."""

    def _make(owner: User | None = None, **fields: Any) -> Solution:
        who = owner or alice
        problem = Problem.objects.create(
            owner=who, kind=fields.pop("kind", Kind.MATHS), text=fields.pop("problem", "2 + 3?")
        )
        if fields.get("state") == State.RUNNING:
            fields.setdefault("lease_until", timezone.now() + timedelta(seconds=30))
            fields.setdefault("started_at", timezone.now())
            fields.setdefault("worker", "w1")
            fields.setdefault("fence", 1)
        return Solution.objects.create(problem=problem, owner=who, **fields)

    return _make


def tickets_in(client: redis.Redis, route: str = "maths") -> int:
    """Tickets that wait for the workers of a route."""
    return int(client.llen(f"vs:celery:inference.{route}"))


def reader_text(solution: Solution) -> str:
    """The text as a reader has it who follows the log's events from its first to its last."""
    text = ""
    for event in EventLog(solution.pk).read(START, 100_000) or []:
        if event.kind == "snapshot":
            text = event.fields["text"]
        elif event.kind == "delta":
            assert event.fields["at"] == len(text)
            text += event.fields["text"]
    return text


def ended(make: MakeSolution, took_s: float, **fields: Any) -> Solution:
    """A solution that took so many seconds."""
    now = timezone.now()
    began = now - timedelta(seconds=took_s)
    usual = {"model": "scripted", "state": State.DONE}
    return make(**{**usual, "started_at": began, "finished_at": now, **fields})


def in_threads(count: int, work: Callable[[int], object]) -> list[Any]:
    """Do `work` in `count` threads that begin together."""
    barrier = threading.Barrier(count)

    def begin(number: int) -> object:
        try:
            barrier.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def solving(process: Inference, meanwhile: Callable[[], None], slots: int = 1) -> None:
    """Do something while so many threads of the process solve what is queued."""
    in_threads(slots + 1, lambda number: process.solve_waiting() if number else meanwhile())


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait for something that another thread or process brings about."""
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, "It never came about."
        time.sleep(0.01)
