"""Solutions in any state, made without the front door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone

from accounts.models import User
from solver.live.events import START, EventLog
from solver.models.problem import Kind, Problem
from solver.models.solution import Solution, State

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
    return int(client.llen(f"vs:celery:inference.{route}"))  # type: ignore[arg-type]


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
