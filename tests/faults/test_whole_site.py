"""A site that `make run` has started, as a whole."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
import redis

from solver.running.workers import NAMES_KEY, Status, WorkerStatus
from tests.faults.conftest import wait_for
from tests.load.sockets import valkey_process
from tests.ports import free_port
from tests.site import READY, Site


def test_the_server_ends_after_those_who_need_it(tmp_path: Path):
    site = Site(tmp_path, MODEL="scripted:worked")
    site.wait_until_ready()
    assert site.stop() == 0, site.output
    ended = re.findall(r"system\s*\| (\w+) stopped", site.output)
    assert sorted(ended) == ["inference", "valkey", "web", "worker"]
    assert ended[-1] == "valkey"


def test_a_worker_that_was_killed_with_its_site_does_not_make_the_next_one_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    port = free_port()
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VALKEY_PORT", str(port))
    killed = WorkerStatus("inference@before:1", Status.READY, ("maths", "code"))
    with valkey_process(port), redis.Redis(port=port) as client:
        client.sadd(NAMES_KEY, killed.name)
        client.set(f"vs:worker:{killed.name}", json.dumps(asdict(killed)), ex=600)

    site = Site(tmp_path, MODEL=str(tmp_path / "no-model"))
    try:
        wait_for(lambda: "Starting: worker: " in site.output or is_ready(site), 60.0)
        assert not is_ready(site)
    finally:
        site.stop()


def is_ready(site: Site) -> bool:
    return READY.search(site.output) is not None
