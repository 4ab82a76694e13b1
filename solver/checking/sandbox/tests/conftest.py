"""Back ends for tests. CI has bubblewrap, so there its absence is a failure and no skip."""

import os
from pathlib import Path

import pytest

from solver.checking.sandbox import Language, Sandbox, SandboxUnavailable
from solver.checking.sandbox.backend import Backend
from solver.checking.sandbox.bubblewrap import Bubblewrap
from solver.checking.sandbox.choice import Choice
from solver.checking.sandbox.wasm import Wasm


@pytest.fixture(scope="session")
def cache(request: pytest.FixtureRequest) -> Path:
    """Keeps the compiled interpreter from run to run."""
    return Path(request.config.cache.mkdir("sandbox"))


@pytest.fixture(scope="session")
def bubblewrap() -> Backend:
    """Bubblewrap, proved by its canaries."""
    backend = Bubblewrap()
    for language in Language:
        try:
            Choice([backend]).of(language)
        except SandboxUnavailable as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
    return backend


@pytest.fixture(scope="session")
def wasm(cache: Path) -> Backend:
    """WebAssembly, proved by its canaries."""
    backend = Wasm(cache)
    Choice([backend]).of(Language.PYTHON)
    return backend


@pytest.fixture(scope="session")
def sandbox(cache: Path) -> Sandbox:
    """The front door, with whatever this machine offers."""
    return Sandbox(cache)
