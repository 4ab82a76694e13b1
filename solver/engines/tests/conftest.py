"""Engines for tests: each kind is opened once for all of them."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ..base import Engine
from ..choose import open_engine
from ..options import EngineOptions
from ..scripted import ScriptedEngine
from .tiny import save_tiny
from .troubled_server import TroubledServer

os.environ.setdefault("HF_HUB_OFFLINE", "1")
SERVE_START_S = 120


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("models") / "tiny-qwen2")


@pytest.fixture(scope="session")
def tiny_options(tmp_path_factory) -> EngineOptions:
    return EngineOptions(
        models_dir=tmp_path_factory.mktemp("cache"),
        dtype="float32",
        threads=1,
        slots=8,
        context_tokens=4096,
        cache_tokens=16_384,
    )


@pytest.fixture(scope="session")
def local_engine(tiny_folder, tiny_options):
    engine = open_engine(str(tiny_folder), tiny_options)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def apart_engine(tiny_folder, tiny_options):
    engine = open_engine(str(tiny_folder), replace(tiny_options, is_apart=True))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def scripted_engine():
    engine = ScriptedEngine("Let us count: " + " ".join(map(str, range(60_000))), rate=2000)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def served_tiny(tiny_folder):
    """The URL of a real `transformers serve` over the tiny model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "transformers.cli.transformers", "serve", str(tiny_folder)]
    arguments = ["--continuous-batching", "--device", "cpu", "--port", str(port)]
    limits = ["--cb-num-blocks", "32", "--cb-max-batch-tokens", "256", "--dtype", "float32"]
    process = subprocess.Popen(
        [sys.executable, *command, *arguments, *limits, "--host", "127.0.0.1"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_health(process, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_health(process: subprocess.Popen[bytes], url: str) -> None:
    ends_at = time.monotonic() + SERVE_START_S
    while time.monotonic() < ends_at:
        assert process.poll() is None, "transformers serve has ended"
        try:
            if httpx.get(url, timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("transformers serve did not come up")


@pytest.fixture(scope="session")
def served_engine(served_tiny, tiny_folder):
    engine = open_engine(f"{served_tiny}#{tiny_folder}")
    yield engine
    engine.close()


@pytest.fixture
def troubled():
    """A real HTTP server on this machine that misbehaves as told."""
    server = TroubledServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def plain_server():
    server = TroubledServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def remote_engine(plain_server):
    engine = open_engine(f"{plain_server.url}#tiny")
    yield engine
    engine.close()


@pytest.fixture(params=["scripted", "local", "apart", "remote", "served"])
def engine(request) -> Engine:
    """Every kind of engine in turn: what all of them promise is tested once for all."""
    opened: Engine = request.getfixturevalue(f"{request.param}_engine")
    return opened
