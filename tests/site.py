"""A whole site in processes of its own, started the way `make run` starts it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"^VibeSite is ready: (http://\S+)$", re.MULTILINE)
START_TIMEOUT_S = 180.0
# What the test settings put into the environment and a site of its own must not inherit.
OF_THE_TEST_RUN = ("REDIS_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "MODEL", "LOG_LEVEL")


class Site:
    """`python -m vibesite.launch` on a free port; `output` collects what it prints."""

    def __init__(self, data_dir: Path, **options: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.output = ""
        self.solved_path = ""
        self.worked_pages: list[tuple[str, str]] = []
        self.logged_in: dict[str, Any] = {}
        self._ready = threading.Event()
        self.environment = self._environment(options)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vibesite.launch"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        if not self._ready.wait(timeout_s) or self._process.poll() is not None:
            self.stop()
            raise AssertionError(f"The site was not ready after {timeout_s} s:\n{self.output}")

    def wait_until_ended(self, timeout_s: float = 30.0) -> int:
        """Exit status of a site that ends by itself."""
        status = self._process.wait(timeout_s)
        self._reader.join(timeout_s)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status

    def pid_of(self, name: str) -> int:
        """The newest process of one line of the Procfile."""
        pids = re.findall(rf"system\s*\| {name} started \(pid=(\d+)\)", self.output)
        if not pids:
            raise AssertionError(f"No process {name!r} in:\n{self.output}")
        return int(pids[-1])

    def stop(self) -> int:
        """Ctrl-C, as a person does it; returns the exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self.wait_until_ended()

    def _environment(self, options: Mapping[str, str]) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in OF_THE_TEST_RUN}
        return {
            **inherited,
            "READ_DOT_ENV": "false",
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            **options,
        }

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line
            if READY.search(line):
                self._ready.set()
        # An early end must not make a waiter wait for the whole time-out.
        self._ready.set()
