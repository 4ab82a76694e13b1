"""Benchmark mode (d): the whole site, from the form that is posted to the last frame of a socket.

Run as a child of the engines' benchmark. Starts a site of its own over the same weights (web,
Valkey, Celery workers, database), logs in as its teacher, and asks as a browser does.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from websockets.sync.client import connect
from websockets.typing import Origin

from solver.engines.base import EngineError, Request
from solver.engines.benchmark.measure import Ask, Sighting
from solver.engines.benchmark.modes import Setting, free_port
from solver.engines.benchmark.run import run_child

NAME = "d site"
# As the form spells it: this process has no Django of its own.
CODE = "code"
READY = re.compile(r"VibeSite is ready: (http://\S+)")
PASSWORD = "benchmark-only"  # noqa: S105  of a site that lives as long as the benchmark
ANSWER_TIMEOUT_S = 900.0


@contextmanager
def site(setting: Setting) -> Iterator[Ask]:
    """Mode (d)."""
    with (
        tempfile.TemporaryDirectory(prefix="vibesite-benchmark-") as folder,
        _running(setting, Path(folder)) as url,
        httpx.Client(base_url=url) as client,
    ):
        _log_in(client)
        browser = _Browser(client, url)
        yield browser.ask


@dataclass(frozen=True, slots=True)
class _Browser:
    """One person's cookies; asks from many threads at once."""

    client: httpx.Client
    url: str

    def ask(self, request: Request) -> Iterator[Sighting]:
        """The first and the last words, as the socket brings them."""
        page = self._submit(request)
        address = f"ws{self.url.removeprefix('http')}/ws{page}?after=0-0"
        headers = {"Cookie": self._cookie()}
        last_at = 0.0
        with connect(address, origin=Origin(self.url), additional_headers=headers) as frames:
            while True:
                frame = json.loads(frames.recv(ANSWER_TIMEOUT_S))
                if frame["kind"] == "delta":
                    if not last_at:
                        yield time.perf_counter(), 1
                    last_at = time.perf_counter()
                elif frame["kind"] == "done":
                    if frame["state"] != "done":
                        raise EngineError(frame["error"] or frame["state"])
                    yield last_at, frame["usage"]["completion_tokens"]
                    return

    def _submit(self, request: Request) -> str:
        """The form as a teacher posts it; programming, because nothing is added to its text."""
        system, user = (message.content for message in request.messages)
        form = {"text": user, "kind": CODE, "system_prompt": system}
        answer = self.client.post("/problems/new/", data=form | self._token())
        if answer.status_code != httpx.codes.FOUND:
            raise EngineError(f"The site answered {answer.status_code} to a problem.")
        return answer.headers["Location"]

    def _token(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self.client.cookies["csrftoken"]}

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())


def _log_in(client: httpx.Client) -> None:
    client.get("/accounts/login/").raise_for_status()
    form = {
        "login": "bob",
        "password": PASSWORD,
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    if client.post("/accounts/login/", data=form).status_code != httpx.codes.FOUND:
        raise EngineError("The benchmark's site did not let its teacher in.")
    client.get("/problems/new/").raise_for_status()


@contextmanager
def _running(setting: Setting, folder: Path) -> Iterator[str]:
    """The address of a site that has just become ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "vibesite.launch"],
        env=_environment(setting, folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if found := READY.search(line):
                    break
            else:
                raise EngineError(f"The benchmark's site did not start:\n{''.join(said)}")
            # A full pipe would stop the site.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield found[1]
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait()


def _environment(setting: Setting, folder: Path) -> dict[str, str]:
    of_another_site = {"REDIS_URL", "DATABASE_URL", "S3_BUCKET", "HOST"}
    kept = {name: value for name, value in os.environ.items() if name not in of_another_site}
    options, sampling = setting.options, setting.sampling
    return kept | {
        "READ_DOT_ENV": "false",
        "VIBESITE_ENV": "development",
        "DATA_DIR": str(folder),
        "PORT": str(free_port()),
        "LOG_LEVEL": "WARNING",
        "DEMO_PASSWORD": PASSWORD,
        "MODEL": str(setting.folder),
        "MODEL_DEVICE": options.device,
        "MODEL_DTYPE": options.dtype,
        "SLOTS": str(options.slots or 0),
        "MAX_TOKENS": str(sampling.max_tokens),
        "TEMPERATURE": str(sampling.temperature),
        "TOP_P": str(sampling.top_p),
    }


if __name__ == "__main__":
    run_child({NAME: site})
