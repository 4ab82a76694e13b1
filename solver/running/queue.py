"""Where a queued solution stands, and how long it is likely to wait.

The queue is played forward: what runs ends after what such solutions lately took, each free slot
takes the next one by the rule of `turns`, and the waits follow.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import fmean
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from solver.models.solution import Solution, State
from solver.running.turns import Standing, standings
from solver.running.workers import Status, WorkerStatus, serving, workers

HISTORY = 30
HISTORY_REACHES = timedelta(days=7)
# Beyond this many the queue is played no further: the rest follow at the same pace.
PLAYED_AT_MOST = 400
# What runs for longer than any before it is taken to end within this part of the mean.
OVERDUE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """position: 1 is next. wait_s: None where nothing is known to tell it from. notice: why
    nothing moves, or ""."""

    position: int
    wait_s: float | None = None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    id: UUID
    owner: int
    route: str


@dataclass(frozen=True, slots=True)
class Running:
    owner: int
    route: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """What solutions of one route lately took, in seconds; and when it is now."""

    took_s: dict[str, list[float]]
    now: datetime = field(default_factory=timezone.now)

    def whole_s(self, route: str) -> float | None:
        took = self.took_s.get(route)
        return fmean(took) if took else None

    def rest_s(self, running: Running) -> float:
        """The mean rest of those that took longer than this one has so far."""
        took = self.took_s.get(running.route)
        if not took:
            return 0.0
        elapsed_s = (self.now - running.started_at).total_seconds()
        longer = [whole_s - elapsed_s for whole_s in took if whole_s > elapsed_s]
        return fmean(longer) if longer else OVERDUE_SHARE * fmean(took)


def place(solution: Solution) -> Place | None:
    """The place of one solution; None when it is not queued."""
    return places().get(solution.pk)


def places() -> dict[UUID, Place]:
    """The places of all that is queued, first in line first."""
    queued = Solution.objects.filter(state=State.QUEUED)
    waiting = [
        Waiting(*values)
        for values in queued.order_by("priority", "queued_at", "pk").values_list(
            "pk", "owner", "route"
        )
    ]
    if not waiting:
        return {}
    line = standings()
    try:
        crew = workers()
    except (RedisError, OSError):
        notice = _("The queue cannot be reached just now. Nothing is lost; it goes on by itself.")
        return _places(waiting, line, notice)
    models = {worker.model for worker in crew}
    pace = Pace({route: _took_s(route, models) for route in {row.route for row in waiting}})
    found: dict[UUID, Place] = {}
    for group in _groups(waiting, crew):
        found |= _play(group, line, crew, pace)
    return found


def _groups(waiting: Sequence[Waiting], crew: Sequence[WorkerStatus]) -> list[list[Waiting]]:
    """Rows that wait for the same workers."""
    groups: dict[frozenset[str], list[Waiting]] = {}
    for row in waiting:
        names = frozenset(worker.name for worker in serving(row.route, crew))
        groups.setdefault(names, []).append(row)
    return list(groups.values())


def _play(
    waiting: list[Waiting], line: Sequence[Standing], crew: Sequence[WorkerStatus], pace: Pace
) -> dict[UUID, Place]:
    routes = {row.route for row in waiting}
    serves = [worker for worker in crew if serving(waiting[0].route, [worker])]
    slots = sum(worker.slots for worker in serves)
    if not slots:
        return _places(waiting, line, _why_nothing_moves(routes, crew))
    if any(pace.whole_s(route) is None for route in routes):
        return _places(waiting, line, "")
    order = play(waiting, line, _running(serves), slots, pace)
    return {row_id: Place(at, wait_s) for at, (row_id, wait_s) in enumerate(order, start=1)}


def _places(waiting: list[Waiting], line: Sequence[Standing], notice: str) -> dict[UUID, Place]:
    """The order alone, where no wait can be told."""
    order = play(waiting, line, [], 1, Pace({}))
    return {row_id: Place(at, None, notice) for at, (row_id, _wait) in enumerate(order, start=1)}


def play(
    waiting: Sequence[Waiting],
    line: Sequence[Standing],
    running: Iterable[Running],
    slots: int,
    pace: Pace,
) -> list[tuple[UUID, float]]:
    """The order in which the waiting ones start, and after how many seconds each.

    `waiting` is in the order in which each person's own are taken.
    """
    ends = [(pace.rest_s(run), run.owner, run.started_at) for run in running]
    heapq.heapify(ends)
    people = _people(waiting, line)
    order: list[tuple[UUID, float]] = []
    now_s = 0.0
    while people and len(order) < PLAYED_AT_MOST:
        if len(ends) >= slots:
            now_s, owner, started_at = heapq.heappop(ends)
            _end_turn(people, owner, started_at)
        standing, rows = min(people.values(), key=lambda person: person[0].key)
        row = rows.popleft()
        standing.turns += 1
        if not rows:
            del people[row.owner]
        order.append((row.id, now_s))
        starts_at = pace.now + timedelta(seconds=now_s)
        heapq.heappush(ends, (now_s + (pace.whole_s(row.route) or 0.0), row.owner, starts_at))
    return order + _beyond(order, [row for _, rows in people.values() for row in rows])


def _people(
    waiting: Iterable[Waiting], line: Iterable[Standing]
) -> dict[int, tuple[Standing, deque[Waiting]]]:
    known = {standing.owner: standing for standing in line}
    people: dict[int, tuple[Standing, deque[Waiting]]] = {}
    for row in waiting:
        # A row that was queued between the two looks stands behind those that were seen.
        standing = known.get(row.owner) or Standing(row.owner, 0, 0, timezone.now())
        people.setdefault(row.owner, (replace(standing), deque()))[1].append(row)
    return people


def _end_turn(
    people: dict[int, tuple[Standing, deque[Waiting]]], owner: int, started_at: datetime
) -> None:
    """A run that ends no longer counts as a turn for what queued after it began."""
    if owner in people and people[owner][0].since > started_at:
        people[owner][0].turns -= 1


def _beyond(order: list[tuple[UUID, float]], rest: list[Waiting]) -> list[tuple[UUID, float]]:
    """Those beyond what was played follow at the same pace."""
    if not order:
        return []
    last_s = order[-1][1]
    step_s = last_s / len(order)
    return [(row.id, last_s + step_s * ahead) for ahead, row in enumerate(rest, start=1)]


def _running(serves: Sequence[WorkerStatus]) -> list[Running]:
    rows = Solution.objects.filter(
        state=State.RUNNING, worker__in=[worker.name for worker in serves]
    ).values_list("owner_id", "route", "started_at")
    return [Running(owner, route, started or timezone.now()) for owner, route, started in rows]


def _took_s(route: str, models: Iterable[str]) -> list[float]:
    """Seconds that the newest whole runs of these models took, without those taken up again."""
    ended = Solution.objects.filter(
        state=State.DONE,
        route=route,
        model__in=models,
        interruptions=0,
        started_at__isnull=False,
        finished_at__gt=timezone.now() - HISTORY_REACHES,
    ).order_by("-finished_at")
    times = ended.values_list("started_at", "finished_at")[:HISTORY]
    return [(end - start).total_seconds() for start, end in times if start and end]


def _why_nothing_moves(routes: Iterable[str], crew: Sequence[WorkerStatus]) -> str:
    """What keeps all of these routes' workers from taking anything."""
    ours = [worker for worker in crew if set(routes) & set(worker.routes)]
    for worker in ours:
        if worker.status == Status.LOADING:
            return _("The model is loading. Your problem waits and is solved once it is ready.")
    if any(worker.status == Status.FAILED for worker in ours):
        return _("The model could not be loaded. Your problem waits until that is put right.")
    return _("No worker is running just now. Your problem waits and is solved once one is.")
