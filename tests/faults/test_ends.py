"""Workers that are told to stop, that freeze, whose engine dies, or that have no model."""

import time
from collections.abc import Callable

from solver.models.solution import Solution, State
from solver.running import workers
from solver.running.inference import DEAD_EXIT_STATUS
from solver.running.workers import Status
from tests.faults.conftest import RunningSite, rows_of, wait_for
from tests.faults.test_kills import assert_whole, everybody_is_told
from tests.faults.viewer import Viewer

Watch = Callable[[int], list[Viewer]]


def all_run(viewers: list[Viewer]) -> Callable[[], bool]:
    return lambda: all(viewer.text for viewer in viewers)


def ready_workers() -> int:
    return sum(worker.status == Status.READY for worker in workers.workers())


def test_a_worker_that_is_told_to_stop_hands_over_at_once(site: RunningSite, watch: Watch) -> None:
    site.add_inference("second").start()
    wait_for(lambda: ready_workers() == 2, 60)
    viewers = watch(4)
    wait_for(all_run(viewers), 60)
    site["inference"].terminate()
    began = time.monotonic()
    name = f"inference@%:{site['inference'].pid}"
    wait_for(lambda: not Solution.objects.filter(worker__endswith=name[-6:]).exists(), 5)
    assert time.monotonic() - began < 5
    assert site["inference"].wait() == 0
    wait_for(everybody_is_told(viewers), 60)
    assert {(row.state, row.interruptions) for row in rows_of(viewers)} == {(State.DONE, 0)}
    assert_whole(viewers)


def test_a_frozen_worker_is_refused_when_it_wakes(site: RunningSite, watch: Watch) -> None:
    viewers = watch(3)
    wait_for(all_run(viewers), 60)
    site["inference"].freeze()
    site.add_inference("second").start()
    held = Solution.objects.filter(state=State.RUNNING, fence=1)
    wait_for(lambda: not held.exists(), 60)
    wait_for(lambda: Solution.objects.filter(state=State.RUNNING, fence=2).exists(), 60)
    site["inference"].thaw()
    wait_for(everybody_is_told(viewers), 60)
    assert {(row.state, row.fence, row.interruptions) for row in rows_of(viewers)} == {
        (State.DONE, 2, 1)
    }
    assert_whole(viewers)


def test_an_engine_that_dies_ends_its_process_and_at_last_the_solution(
    site: RunningSite, watch: Watch
) -> None:
    site["inference"].terminate()
    site["inference"].wait()
    deadly = site.add_inference("deadly", MODEL="scripted:worked?rate=200&dies=40")
    (viewer,) = watch(1)
    for times in (1, 2, 3):
        deadly.start()
        assert deadly.wait(60) == DEAD_EXIT_STATUS
        wait_for(lambda: rows_of([viewer])[0].interruptions == times, 60)  # noqa: B023
    wait_for(everybody_is_told([viewer]), 60)
    (row,) = rows_of([viewer])
    assert row.state == State.FAILED
    assert "3 times" in row.error
    assert viewer.text == row.text != ""
    assert viewer.faults == []


def test_a_worker_without_its_model_stays_and_says_why(site: RunningSite, watch: Watch) -> None:
    site["inference"].terminate()
    site["inference"].wait()
    broken = site.add_inference("broken", MODEL="/nowhere/at/all")
    broken.start()
    wait_for(lambda: [worker.status for worker in workers.workers()] == [Status.FAILED], 60)
    (viewer,) = watch(1)
    said = site.readyz()
    assert said["status"] == "not ready"
    assert "/nowhere/at/all" in said["parts"]["worker"]["detail"]
    assert rows_of([viewer])[0].state == State.QUEUED
    broken.terminate()
    broken.wait()
    site.start("inference")
    wait_for(everybody_is_told([viewer]), 60)
    assert site.readyz()["status"] == "ready"
    assert_whole([viewer])
