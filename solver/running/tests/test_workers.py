"""How workers are seen by others."""

import pytest
import redis
from pytest_django import Settings

from solver.running import workers
from solver.running.tests.conftest import until
from solver.running.workers import Status, WorkerStatus, serving

READY = WorkerStatus("w1", Status.READY, ("maths", "code"), model="m", slots=4, running=1)
LOADING = WorkerStatus("w2", Status.LOADING, ("maths",), percent=40)


@pytest.mark.usefixtures("valkey")
def test_reports_come_back_as_they_were() -> None:
    workers.report(LOADING)
    workers.report(READY)
    assert workers.workers() == [READY, LOADING]


def test_a_worker_that_is_silent_is_forgotten(valkey: redis.Redis, settings: Settings) -> None:
    settings.LEASE_S = 0.05
    workers.report(READY)
    until(lambda: workers.workers() == [])
    assert valkey.smembers(workers.NAMES_KEY) == set()


@pytest.mark.usefixtures("valkey")
def test_withdrawn_workers_are_gone_at_once() -> None:
    workers.report(READY)
    workers.withdraw("w1")
    assert workers.workers() == []


def test_only_ready_workers_of_the_route_serve_it() -> None:
    assert serving("maths", [READY, LOADING]) == [READY]
    assert serving("code", [READY, LOADING]) == [READY]
    assert serving("poetry", [READY, LOADING]) == []


def test_only_a_ready_worker_has_free_slots() -> None:
    assert (READY.free_slots, LOADING.free_slots) == (3, 0)
