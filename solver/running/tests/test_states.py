"""Each change of state: legal, illegal, and raced by threads on a real database."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connection
from django.utils import timezone

from solver.live.connection import redis_client
from solver.live.events import START, EventLog, log_keys
from solver.models.solution import FINAL_STATES, Solution, State
from solver.running import states
from solver.running.outcomes import Ending, Written
from solver.running.states import LeaseLost
from solver.running.tests.conftest import MakeSolution, in_threads, tickets_in

pytestmark = pytest.mark.django_db(transaction=True)

DONE = Ending(State.DONE, "stop", answer="5", prompt_tokens=7)
TEXT = Written("It is 5.", "scripted", 4)
NOT_RUNNING = sorted(set(State) - {State.RUNNING})
ROUTES = ["maths", "code"]


def fresh(solution: Solution) -> Solution:
    return Solution.objects.get(pk=solution.pk)


def kinds(solution: Solution) -> list[str]:
    return [event.kind for event in EventLog(solution.pk).read(START) or []]


def told(solution: Solution) -> dict[str, dict[str, object]]:
    """The newest fields of each kind that lasts."""
    raw: Any = redis_client().hgetall(log_keys(solution.pk)[3])
    return {key.decode(): json.loads(value) for key, value in raw.items()}


# -- Claiming -------------------------------------------------------------------------------


def test_a_claim_takes_the_lease_and_a_new_fence(make: MakeSolution) -> None:
    queued = make(fence=4)
    claim = states.claim_next(ROUTES, "w1")
    assert claim is not None
    row = fresh(queued)
    assert (claim.pk, claim.fence, row.fence) == (queued.pk, 5, 5)
    assert (row.state, row.worker) == (State.RUNNING, "w1")
    assert row.lease_until is not None
    assert row.lease_until > timezone.now()
    assert row.started_at is not None


@pytest.mark.parametrize("state", sorted(set(State) - {State.QUEUED}))
def test_only_queued_rows_are_claimed(make: MakeSolution, state: State) -> None:
    make(state=state)
    assert states.claim_next(ROUTES, "w1") is None


def test_a_claim_is_of_the_routes_asked_for(make: MakeSolution) -> None:
    make(route="code")
    assert states.claim_next(["maths"], "w1") is None
    assert states.claim_next(["maths", "code"], "w1") is not None


def test_a_second_claim_keeps_the_first_start(make: MakeSolution) -> None:
    began = timezone.now() - timedelta(minutes=3)
    queued = make(started_at=began, interruptions=1)
    states.claim_next(ROUTES, "w1")
    assert fresh(queued).started_at == began


def test_no_row_is_claimed_twice_by_racing_workers(make: MakeSolution) -> None:
    rows = {make().pk for _ in range(6)}
    claims = in_threads(10, lambda number: states.claim_next(ROUTES, f"w{number}"))
    taken = [claim.pk for claim in claims if isinstance(claim, Solution)]
    assert sorted(taken) == sorted(rows)


# -- What the holder may do -------------------------------------------------------------------


def test_finish_ends_the_run_and_tells_it(make: MakeSolution) -> None:
    claim = make(state=State.RUNNING)
    states.finish(claim, TEXT, DONE)
    row = fresh(claim)
    assert (row.state, row.text, row.answer) == (State.DONE, "It is 5.", "5")
    assert (row.finish_reason, row.prompt_tokens, row.completion_tokens) == ("stop", 7, 4)
    assert row.finished_at is not None
    assert row.told_at is not None
    assert row.lease_until is None
    assert kinds(claim) == ["snapshot", "answer", "verdict", "done"]
    done = told(claim)["done"]
    assert done["state"] == "done"
    assert done["usage"] == {"prompt_tokens": 7, "completion_tokens": 4}


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_every_final_state_is_told(make: MakeSolution, state: State) -> None:
    claim = make(state=State.RUNNING)
    states.finish(claim, TEXT, Ending(state, error="why"))
    assert told(claim)["done"]["state"] == state


@pytest.mark.parametrize("state", sorted(set(State) - FINAL_STATES))
def test_an_ending_must_be_final(state: State) -> None:
    with pytest.raises(ValueError, match="final"):
        Ending(state)


VERBS: dict[str, Callable[[Solution], None]] = {
    "checkpoint": lambda claim: states.checkpoint(claim, TEXT),
    "finish": lambda claim: states.finish(claim, TEXT, DONE),
    "release": lambda claim: states.release(claim, TEXT),
    "interrupt": lambda claim: states.interrupt(claim, TEXT, "why"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", NOT_RUNNING)
def test_who_no_longer_holds_the_row_is_refused(
    make: MakeSolution, verb: str, state: State
) -> None:
    claim = make(state=state, fence=1)
    with pytest.raises(LeaseLost):
        VERBS[verb](claim)
    row = fresh(claim)
    assert (row.state, row.text) == (state, "")


@pytest.mark.parametrize("verb", VERBS)
def test_a_zombie_with_an_old_fence_is_refused(make: MakeSolution, verb: str) -> None:
    zombie = make(state=State.RUNNING, fence=1)
    Solution.objects.filter(pk=zombie.pk).update(fence=2, worker="w2")
    with pytest.raises(LeaseLost):
        VERBS[verb](zombie)
    row = fresh(zombie)
    assert (row.state, row.worker, row.text) == (State.RUNNING, "w2", "")


def test_heartbeat_prolongs_only_what_the_worker_holds(make: MakeSolution) -> None:
    soon = timezone.now() + timedelta(seconds=1)
    mine = make(state=State.RUNNING, lease_until=soon)
    asked = make(state=State.RUNNING, lease_until=soon, cancel_requested_at=timezone.now())
    other = make(state=State.RUNNING, lease_until=soon, worker="w2")
    over = make(state=State.DONE, worker="w1")
    pulse = states.heartbeat("w1", [mine.pk, asked.pk, other.pk, over.pk, uuid4()])
    assert pulse.held == {mine.pk, asked.pk}
    assert pulse.cancelled == {asked.pk}
    lease = fresh(mine).lease_until
    assert lease is not None
    assert lease > soon
    assert fresh(other).lease_until == soon


def test_release_gives_back_without_counting(make: MakeSolution, valkey: redis.Redis) -> None:
    claim = make(state=State.RUNNING)
    states.release(claim, TEXT)
    row = fresh(claim)
    assert (row.state, row.text, row.interruptions) == (State.QUEUED, "It is 5.", 0)
    assert told(claim)["state"]["state"] == "queued"
    assert tickets_in(valkey) == 1


def test_release_of_what_was_to_be_cancelled_cancels(make: MakeSolution) -> None:
    claim = make(state=State.RUNNING, cancel_requested_at=timezone.now())
    states.release(claim, TEXT)
    row = fresh(claim)
    assert (row.state, row.text) == (State.CANCELLED, "It is 5.")
    assert told(claim)["done"]["state"] == "cancelled"


def test_only_one_of_racing_endings_counts(make: MakeSolution) -> None:
    claim = make(state=State.RUNNING)

    def end(number: int) -> str:
        try:
            states.finish(claim, Written(f"text {number}"), DONE)
        except LeaseLost:
            return "lost"
        return f"text {number}"

    results = in_threads(6, end)
    assert results.count("lost") == 5
    assert fresh(claim).text in results


# -- Cancelling -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.QUEUED, State.INTERRUPTED])
def test_cancel_of_what_nobody_works_on_is_done_at_once(make: MakeSolution, state: State) -> None:
    waiting = make(state=state, text="So far")
    assert states.cancel(waiting) == State.CANCELLED
    row = fresh(waiting)
    assert (row.state, row.text) == (State.CANCELLED, "So far")
    assert told(waiting)["done"]["state"] == "cancelled"


def test_cancel_of_a_running_one_asks_its_worker(make: MakeSolution) -> None:
    claim = make(state=State.RUNNING)
    assert states.cancel(claim) == State.RUNNING
    assert fresh(claim).state == State.RUNNING
    assert EventLog(claim.pk).cancel_requested()
    assert states.heartbeat("w1", [claim.pk]).cancelled == {claim.pk}


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_cancel_of_an_ended_one_changes_nothing(make: MakeSolution, state: State) -> None:
    ended = make(state=state)
    assert states.cancel(ended) == state
    assert fresh(ended).cancel_requested_at is None


def test_cancel_racing_with_claims_is_never_lost(make: MakeSolution) -> None:
    for _ in range(5):
        row = make()

        def work(number: int, row: Solution = row) -> object:
            return states.cancel(row) if number else states.claim_next(ROUTES, "w1")

        claim, answer = in_threads(2, work)
        now = fresh(row)
        if claim is None:
            assert (answer, now.state) == (State.CANCELLED, State.CANCELLED)
        else:
            assert answer == State.RUNNING
            assert now.cancel_requested_at is not None
            states.finish(now, TEXT, Ending(State.CANCELLED))


# -- Interruptions ----------------------------------------------------------------------------


def expired() -> dict[str, object]:
    return {"state": State.RUNNING, "lease_until": timezone.now() - timedelta(seconds=1)}


def test_an_expired_lease_is_an_interruption_then_queued(
    make: MakeSolution, valkey: redis.Redis
) -> None:
    lost = make(**expired(), text="So far")
    assert states.expire_leases() == 1
    row = fresh(lost)
    assert (row.state, row.interruptions, row.text) == (State.INTERRUPTED, 1, "So far")
    assert told(lost)["state"]["state"] == "interrupted"
    assert told(lost)["state"]["message"]
    assert states.requeue_interrupted() == 1
    assert fresh(lost).state == State.QUEUED
    assert told(lost)["state"]["state"] == "queued"
    assert tickets_in(valkey) == 1


def test_a_lease_that_stands_is_left_alone(make: MakeSolution) -> None:
    make(state=State.RUNNING)
    assert states.expire_leases() == 0


def test_one_interruption_too_many_fails_with_a_reason(make: MakeSolution) -> None:
    lost = make(**expired(), interruptions=2, text="So far")
    states.expire_leases()
    states.requeue_interrupted()
    row = fresh(lost)
    assert (row.state, row.interruptions, row.text) == (State.FAILED, 3, "So far")
    assert "3 times" in row.error
    assert "Try again" in row.error
    assert told(lost)["done"]["state"] == "failed"


def test_a_lost_run_that_was_to_be_cancelled_is_cancelled(make: MakeSolution) -> None:
    lost = make(**expired(), cancel_requested_at=timezone.now())
    states.expire_leases()
    assert fresh(lost).state == State.CANCELLED


def test_a_worker_that_dies_leaves_all_it_holds(make: MakeSolution) -> None:
    mine, other = make(state=State.RUNNING), make(state=State.RUNNING, worker="w2")
    assert states.interrupt_all("w1", "The engine died.") == 1
    assert fresh(mine).state == State.INTERRUPTED
    assert fresh(other).state == State.RUNNING


def test_racing_reapers_interrupt_once(make: MakeSolution) -> None:
    lost = make(**expired())
    assert sum(in_threads(5, lambda _: states.expire_leases())) == 1
    assert fresh(lost).interruptions == 1


def test_a_heartbeat_that_came_in_between_saves_the_run(make: MakeSolution) -> None:
    """The reaper acts on the lease it saw: whoever prolonged it first keeps the row."""
    row = make(**expired())
    results = in_threads(
        2, lambda number: states.heartbeat("w1", [row.pk]) if number else states.expire_leases()
    )
    now = fresh(row)
    assert now.state == (State.INTERRUPTED if results[0] else State.RUNNING)


def test_database_is_the_one_that_was_asked_for() -> None:
    """tests/test_postgres.py runs this module again; it must not be SQLite by mistake."""
    wanted = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert connection.vendor == wanted
