"""The S3 server dies in the middle of the work and comes back.

CI runs a few solutions; the whole length is
`OUTAGE_SOLUTIONS=200 OUTAGE_AWAY_S=60 pytest solver/store/tests/test_outage.py`.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from solver.engines.base import Engine
from solver.models.solution import Solution, State
from solver.running import states
from solver.running.model import open_model
from solver.running.pipeline import Run, solve
from solver.running.submit import submit
from solver.store import alerts, archive, bucket, config, prompts, spool
from solver.store.tests import servers
from solver.store.tests.shelf import PLANTED, names

SOLUTIONS = int(os.environ.get("OUTAGE_SOLUTIONS", "12"))
AWAY_S = float(os.environ.get("OUTAGE_AWAY_S", "0"))


@pytest.fixture
def server(tmp_path: Path, settings) -> Iterator[servers.Rclone]:
    """A server of the test's own, to be killed."""
    (tmp_path / "served").mkdir()
    server = servers.Rclone(tmp_path / "served")
    server.start()
    settings.STORAGES = servers.aliases(servers.options(server.url, server.bucket("bucket")))
    settings.STORE_PAUSE_S = 1.0
    yield server
    server.kill()


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = open_model(["maths"], lambda *_: None)
    yield engine
    engine.close()


def solve_one(owner, engine: Engine) -> Solution:
    """From the submitted form to the log, as web process, worker and default worker do it."""
    submit(owner, f"Solve for x: x + 1 = 2. {PLANTED}", sampling={"max_tokens": 10})
    claim = states.claim_next(["maths"], "worker")
    assert claim is not None
    solve(Run(claim, threading.Event()), engine)
    archive.archive(claim.pk)
    return claim


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(900)
def test_no_log_is_lost_or_doubled_while_the_server_is_away(server, alice, engine, client: Client):
    for _ in range(SOLUTIONS // 3):
        solve_one(alice, engine)
    stored_before = len(names("logs"))

    server.kill()
    killed_at = time.monotonic()
    for _ in range(SOLUTIONS // 3):
        solve_one(alice, engine)
    storage = client.get("/readyz").json()["parts"]["storage"]
    waiting = len(spool.all_waiting())
    threading.Event().wait(max(0.0, AWAY_S - (time.monotonic() - killed_at)))

    server.start()
    for _ in range(SOLUTIONS - 2 * (SOLUTIONS // 3)):
        solve_one(alice, engine)
    archive.drain()

    assert stored_before == SOLUTIONS // 3
    assert waiting == SOLUTIONS // 3
    assert storage["status"] == "degraded"
    assert Solution.objects.filter(state=State.DONE).count() == SOLUTIONS
    ids = [name.split("/")[1].removesuffix(".json") for name in names("logs")]
    assert len(ids) == len(set(ids)) == SOLUTIONS
    assert set(ids) == {str(pk) for pk in Solution.objects.values_list("pk", flat=True)}
    assert spool.is_empty()
    assert [alert.topic for alert in alerts.active()] in ([], ["prompts"], ["configs"])


@pytest.mark.django_db(transaction=True)
def test_hundred_solutions_read_each_object_once(settings, alice, engine):
    """One bucket read per object and cache time, however many solutions; one write each."""
    settings.STORE_CACHE_S = 600

    def answer(verb: str, path: str) -> servers.Reply:
        if verb == "PUT":
            return 200, {"ETag": '"1"'}, b""
        return servers.error(404, "NoSuchKey")

    with servers.scripted(answer) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        # Opening the engine has read the configuration of the bucket before.
        config.config_object.reset()
        config.config_object.forget()
        for _ in range(100):
            solve_one(alice, engine)
        reads = sorted(path for verb, path in server.requests if verb == "GET")
        writes = [path for verb, path in server.requests if verb == "PUT"]

    assert reads == ["/bucket/configs/model_config.json", "/bucket/prompts/system_prompt.txt"]
    assert len(writes) == len(set(writes)) == 100


@pytest.mark.django_db(transaction=True)
def test_scheduler_that_refreshes_leaves_solutions_no_read_at_all(settings, alice, engine):
    with servers.scripted(lambda verb, path: servers.error(404, "NoSuchKey")) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        prompts.house_object.refresh()
        config.config_object.refresh()
        asked = len(server.requests)
        prompts.house_object.reset()
        config.config_object.reset()
        bucket.resume()
        for _ in range(10):
            submit(alice, "1 + 1")
        assert len(server.requests) == asked == 2
