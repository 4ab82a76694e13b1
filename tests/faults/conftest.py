"""A whole site of real processes on the test's own database."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from solver.live.connection import impatient_redis_client
from solver.models.solution import Solution
from solver.running import workers
from solver.running.submit import submit
from solver.running.workers import Status
from tests.faults.processes import SiteProcess
from tests.faults.viewer import Viewer
from tests.ports import free_port, wait_for_port

# `FAULTS=full` is what a release is tried with: the real time limits, and ten kills of each kind.
FULL = os.environ.get("FAULTS") == "full"
MODEL = "scripted:worked?rate=60&tokens=300"
NAMES = ("valkey", "web", "inference", "worker")
QUICK_LIMITS = {"LEASE_S": "2", "REAP_EVERY_S": "0.5", "CHECKPOINT_EVERY_S": "0.5"}


class RunningSite:
    """Valkey, web, one inference worker and the default worker; tests kill what they like."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._valkey_port = urlsplit(settings.REDIS_URL).port or 0
        self._folder = folder
        self._environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "vibesite.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(folder),
            "REDIS_URL": settings.REDIS_URL,
            "VALKEY_PORT": str(self._valkey_port),
            "PORT": str(self.port),
            "MODEL": MODEL,
            "SLOTS": "4",
            "LOG_LEVEL": "INFO",
            **({} if FULL else QUICK_LIMITS),
        }
        self.processes = {name: SiteProcess(name, self._environment, folder) for name in NAMES}

    def __getitem__(self, name: str) -> SiteProcess:
        return self.processes[name]

    def start(self, *names: str) -> None:
        for name in names:
            self[name].start()
            if name == "valkey":
                wait_for_port(self._valkey_port)

    def start_missing(self) -> None:
        self.start(*[name for name in NAMES if not self[name].is_alive])

    def drop_added(self) -> None:
        for label in self.processes.keys() - set(NAMES):
            self.processes.pop(label).stop()

    def add_inference(self, label: str, **options: str) -> SiteProcess:
        """One more inference worker, not started yet."""
        environment = {**self._environment, **options}
        self.processes[label] = SiteProcess("inference", environment, self._folder, label)
        return self[label]

    def readyz(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))

    def wait_until_ready(self, timeout_s: float = 60.0) -> None:
        wait_for_port(self.port, timeout_s)
        wait_for(lambda: [w.status for w in workers.workers()] == [Status.READY], timeout_s)

    def stop(self) -> None:
        for process in self.processes.values():
            process.stop()

    def logs(self) -> str:
        return "\n".join(
            f"--- {name}\n{process.output[-4000:]}" for name, process in self.processes.items()
        )


def wait_for(condition: Callable[[], bool], timeout_s: float) -> None:
    """Until the condition holds; Redis and the database may be away meanwhile."""
    ends = time.monotonic() + timeout_s
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < ends, "It never came about."
        time.sleep(0.1)


def database_url() -> str:
    """The test database, as a process of its own opens it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    login = f"{values['USER']}:{values['PASSWORD']}" if values["PASSWORD"] else values["USER"]
    return f"postgres://{login}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


@pytest.fixture(scope="package")
def started_site(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSite]:
    """One site for all tests here: starting it costs more than most of them.

    Not for the whole run: its worker would solve what other tests queue in the same database.
    """
    site = RunningSite(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()
    impatient_redis_client().connection_pool.disconnect()


@pytest.fixture
def site(transactional_db: None, started_site: RunningSite) -> Iterator[RunningSite]:
    """The whole site, ready; whatever a test did to it is put right for the next one."""
    try:
        started_site.start_missing()
        started_site.wait_until_ready()
        yield started_site
    finally:
        started_site.drop_added()
        print(started_site.logs())


@pytest.fixture
def watch(site: RunningSite, alice: User) -> Iterator[Callable[[int], list[Viewer]]]:
    """`watch(3)`: alice submits three problems and leaves a page open on each."""
    client = Client()
    client.force_login(alice)
    cookie = client.cookies["sessionid"].value
    viewers: list[Viewer] = []

    def _watch(count: int) -> list[Viewer]:
        mine = [
            Viewer(f"127.0.0.1:{site.port}", str(submit(alice, f"What is {n}?").pk), cookie)
            for n in range(count)
        ]
        for viewer in mine:
            viewer.start()
        viewers.extend(mine)
        return mine

    yield _watch
    for viewer in viewers:
        viewer.stop()


def rows_of(viewers: list[Viewer]) -> list[Solution]:
    return [Solution.objects.get(pk=viewer.solution_id) for viewer in viewers]
