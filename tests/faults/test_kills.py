"""Kill any process at any moment: every run ends, and no byte is lost or doubled.

A few kills by default; `FAULTS=full pytest tests/faults -s` does ten of the inference worker, ten
of the web process and five restarts of Valkey with the real time limits, and prints what it saw.
"""

import random
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from solver.engines.base import Message, Request
from solver.engines.choose import open_engine
from solver.models.solution import FINAL_STATES, Solution, State
from tests.faults.conftest import FULL, MODEL, RunningSite, rows_of, wait_for
from tests.faults.viewer import Viewer

Watch = Callable[[int], list[Viewer]]

KILLS = (
    {"inference": 10, "web": 10, "valkey": 5}
    if FULL
    else dict.fromkeys(("inference", "web", "valkey"), 1)
)
AT_ONCE = 4
SHOWN_WITHIN_S = 15.0
RESOLVED_WITHIN_S = 90.0
# About as long as one run of MODEL takes, so that kills hit every part of it.
RUN_S = 5.0


def script() -> str:
    engine = open_engine(MODEL.replace("rate=60&", ""))
    chunks = engine.stream(Request((Message("user", "?"),)))
    return "".join(chunk.text for chunk in chunks)


def everybody_is_told(viewers: list[Viewer]) -> Callable[[], bool]:
    return lambda: all(viewer.done is not None for viewer in viewers)


def assert_whole(viewers: list[Viewer]) -> None:
    """Final, byte-equal to what the model said, and shown as it is stored."""
    said = script()
    for viewer, row in zip(viewers, rows_of(viewers), strict=True):
        assert viewer.faults == []
        assert row.state in FINAL_STATES
        assert viewer.text == row.text
        assert row.text == said if row.state == State.DONE else said.startswith(row.text)
        assert viewer.done is not None
        assert viewer.done["state"] == row.state


def assert_reaper_works(template: Solution) -> None:
    """The scheduler and its worker found back to Redis: a lost run is settled in time."""
    lost = Solution.objects.create(
        problem=template.problem,
        owner=template.owner,
        state=State.RUNNING,
        lease_until=timezone.now(),
        cancel_requested_at=timezone.now(),
    )
    began = time.monotonic()
    settled = Solution.objects.filter(pk=lost.pk, state=State.CANCELLED)
    wait_for(settled.exists, SHOWN_WITHIN_S + 30)
    print(f"the reaper settled a lost run after {time.monotonic() - began:.1f} s")


@pytest.mark.timeout(1800)
def test_kill_of_the_inference_worker(site: RunningSite, watch: Watch) -> None:
    for kill in range(KILLS["inference"]):
        viewers = watch(AT_ONCE)
        wait_for(lambda: Solution.objects.filter(state=State.RUNNING).exists(), 60)
        time.sleep(random.uniform(0.0, RUN_S * 0.8))
        held = Solution.objects.filter(state=State.RUNNING)
        hit = {str(pk) for pk in held.values_list("pk", flat=True)}
        site["inference"].kill()
        killed_at = time.monotonic()
        victims = [viewer for viewer in viewers if viewer.solution_id in hit]
        wait_for(
            lambda: all(v.first_seen("interrupted", killed_at) for v in victims),  # noqa: B023
            SHOWN_WITHIN_S + 5,
        )
        seen = [v.first_seen("interrupted", killed_at) or 0.0 for v in victims]
        shown_s = max(seen, default=killed_at) - killed_at
        site.start("inference")
        back_at = time.monotonic()
        wait_for(everybody_is_told(viewers), RESOLVED_WITHIN_S)
        resolved_s = time.monotonic() - back_at
        print(f"inference {kill}: {len(victims)} hit, {shown_s:.1f} s, {resolved_s:.1f} s")
        assert shown_s <= SHOWN_WITHIN_S
        assert_whole(viewers)
    assert not Solution.objects.open().exists()


@pytest.mark.timeout(1800)
def test_kill_of_the_web_process(site: RunningSite, watch: Watch) -> None:
    for kill in range(KILLS["web"]):
        viewers = watch(AT_ONCE)
        wait_for(lambda: any(viewer.text for viewer in viewers), 60)  # noqa: B023
        time.sleep(random.uniform(0.0, RUN_S * 0.8))
        site["web"].kill()
        site.start("web")
        wait_for(everybody_is_told(viewers), RESOLVED_WITHIN_S)
        print(f"web {kill}: {[viewer.connections for viewer in viewers]} connections")
        assert {row.state for row in rows_of(viewers)} == {State.DONE}
        assert_whole(viewers)


@pytest.mark.timeout(1800)
def test_restart_of_valkey(site: RunningSite, watch: Watch) -> None:
    for kill in range(KILLS["valkey"]):
        viewers = watch(AT_ONCE + 2)
        wait_for(lambda: any(viewer.text for viewer in viewers), 60)  # noqa: B023
        time.sleep(random.uniform(0.0, RUN_S * 0.8))
        site["valkey"].kill()
        time.sleep(random.uniform(0.0, 2.0))
        began = time.monotonic()
        site.start("valkey")
        wait_for(everybody_is_told(viewers), RESOLVED_WITHIN_S)
        print(f"valkey {kill}: all done {time.monotonic() - began:.1f} s after its return")
        assert {row.state for row in rows_of(viewers)} == {State.DONE}
        assert_whole(viewers)
        assert_reaper_works(Solution.objects.get(pk=viewers[0].solution_id))
