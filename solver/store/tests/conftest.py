"""The bucket of each test: a folder, rclone's S3 server and moto's, all three real."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from moto.server import ThreadedMotoServer

from solver.store import alerts, bucket, config, layouts, prompts
from solver.store.cached import CachedObject
from solver.store.tests import servers
from tests.ports import free_port

FLIGHT_S = 30.0
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Rclone]:
    server = servers.Rclone(tmp_path_factory.mktemp("rclone"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def fresh_store(valkey: redis.Redis, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Nothing is remembered from the test before, nor by the one after: values, alerts, pauses."""
    settings.LOG_SPOOL_DIR = tmp_path / "spool"
    bucket.resume()
    alerts._here.clear()
    objects: list[CachedObject[Any]] = [
        prompts.house_object,
        config.config_object,
        *layouts._objects.values(),
    ]
    for cached in objects:
        cached.reset()
    yield
    # A read of this test's bucket that ends late would tell the next test's processes of it.
    for cached in objects:
        if cached._flight is not None:
            cached._flight.join(FLIGHT_S)
            assert not cached._flight.is_alive()
        cached.reset()
    valkey.flushall()


@pytest.fixture
def folder_store(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = servers.folder_aliases(tmp_path / "bucket")
    return tmp_path / "bucket"


@pytest.fixture
def rclone_store(settings: Any, rclone: servers.Rclone) -> str:
    name = rclone.bucket(f"bucket-{next(_numbers)}")
    settings.STORAGES = servers.aliases(servers.options(rclone.url, name))
    return name


@pytest.fixture
def moto_store(settings: Any, moto_url: str) -> str:
    name = f"bucket-{next(_numbers)}"
    servers.client(moto_url).create_bucket(Bucket=name)
    settings.STORAGES = servers.aliases(servers.options(moto_url, name))
    return name


@pytest.fixture(params=["folder", "rclone", "moto"])
def store(request: pytest.FixtureRequest) -> str:
    """The whole suite of what a bucket must do runs against all three."""
    request.getfixturevalue(f"{request.param}_store")
    return str(request.param)
