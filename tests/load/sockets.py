"""How one web process carries many live sockets: `python -m tests.load.sockets --help`.

Starts a Valkey, a database and the web process of the Procfile of its own, opens the sockets from
a second process, writes events from a third, and prints a table.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20, help="events a second on each stream")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--view", choices=["", "page"], default="", help="page: with HTML steps")
    return parser.parse_args()


def prepare(folder: Path, redis_port: int, web_port: int) -> None:
    """Point this process, and those it starts, to a site of their own, with an empty database."""
    os.environ.update(
        READ_DOT_ENV="false",
        VIBESITE_ENV="development",
        DJANGO_SETTINGS_MODULE="vibesite.settings",
        DATA_DIR=str(folder),
        DATABASE_URL=f"sqlite:///{folder / 'load.sqlite3'}",
        VALKEY_PORT=str(redis_port),
        REDIS_URL=f"redis://127.0.0.1:{redis_port}/0",
        PORT=str(web_port),
        LOG_LEVEL="WARNING",
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    )
    (folder / "static").mkdir()


def migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def web_process(port: int) -> Iterator[psutil.Process]:
    """The site's own web process, as the Procfile starts it."""
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")
    command = re.search(r"^web: (.*)$", procfile, re.MULTILINE)
    if command is None:
        raise SystemExit("The Procfile has no web process.")
    process = subprocess.Popen(["bash", "-c", command[1]], cwd=ROOT)
    try:
        _wait_until_alive(port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_alive(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The web process did not start within 60 s.")


def start(module: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def valkey_process(port: int) -> Iterator[psutil.Process]:
    """The embedded Valkey, with the options that `make run` gives it."""
    process = subprocess.Popen([sys.executable, "-m", "vibesite.valkey"], cwd=ROOT)
    try:
        client = redis.Redis(port=port, retry=Retry(ConstantBackoff(0.1), 100))
        client.ping()
        client.close()
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def measure(options: argparse.Namespace, port: int, valkey: psutil.Process) -> dict[str, Any]:
    from tests.load.people import make_watched

    watched = make_watched(options.streams)
    view = f"&view={options.view}" if options.view else ""
    chosen = [watched[number % len(watched)] for number in range(options.sockets)]
    order = {
        "url": f"ws://127.0.0.1:{port}",
        "origin": f"http://127.0.0.1:{port}",
        "sockets": [
            (f"/ws/solutions/{one.solution_id}/?after={one.cursor}{view}", one.cookie)
            for one in chosen
        ],
    }
    with web_process(port) as web:
        _warm_up(order)
        before_bytes = web.memory_info().rss
        watcher, writer = start("tests.load.watcher"), start("tests.load.writer")
        _tell(watcher, order)
        _expect(watcher, "ready")
        time.sleep(1)
        opened_bytes = web.memory_info().rss
        processes = {
            "web": web,
            "valkey": valkey,
            "writer": psutil.Process(writer.pid),
            "watcher": psutil.Process(watcher.pid),
        }
        used = {name: cpu_s(process) for name, process in processes.items()}
        began = time.monotonic()
        solutions = [one.solution_id for one in watched]
        _tell(writer, {"solutions": solutions, "rate": options.rate, "seconds": options.seconds})
        written = json.loads(writer.stdout.readline())  # type: ignore[union-attr]
        took_s = time.monotonic() - began
        peak_bytes = web.memory_info().rss
        used = {name: cpu_s(p) - used[name] for name, p in processes.items() if p.is_running()}
        seen = json.loads(watcher.stdout.readline())  # type: ignore[union-attr]
        for process in (watcher, writer):
            process.wait(60)
    return {
        "written": written,
        "seen": seen,
        "took_s": took_s,
        "cpu": used,
        "socket_kb": (opened_bytes - before_bytes) / options.sockets / 1024,
        "peak_kb": (peak_bytes - before_bytes) / options.sockets / 1024,
    }


def _warm_up(order: dict[str, Any]) -> None:
    """What the first sockets load for good is not the price of a socket."""
    from websockets.sync.client import connect

    path, cookie = order["sockets"][0]
    for _ in range(20):
        with connect(
            order["url"] + path, origin=order["origin"], additional_headers={"Cookie": cookie}
        ):
            pass


def _tell(process: subprocess.Popen[str], order: dict[str, Any]) -> None:
    process.stdin.write(json.dumps(order) + "\n")  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]


def _expect(process: subprocess.Popen[str], line: str) -> None:
    said = process.stdout.readline().strip()  # type: ignore[union-attr]
    if said != line:
        raise SystemExit(f"A process of the load run said {said!r} instead of {line!r}.")


def report(options: argparse.Namespace, found: dict[str, Any]) -> bool:
    """Print the table; whether nothing was lost."""
    seen, written = found["seen"], found["written"]
    expected = written["events"] * options.sockets
    lost = expected - sum(seen["events"])
    latency = seen["latency_ms"]
    rows = [
        ("sockets, streams", f"{options.sockets}, {options.streams}"),
        ("events a second, in all", f"{written['events'] * options.streams / found['took_s']:.0f}"),
        ("writer behind its plan, at worst", f"{written['late_ms']} ms"),
        ("events delivered", f"{sum(seen['events'])} of {expected}"),
        ("lost; doubled or out of order", f"{lost}; {seen['faults']}"),
        ("frames sent", f"{seen['frames']}"),
        ("append to socket, p50", f"{latency['p50']} ms"),
        ("append to socket, p95", f"{latency['p95']} ms"),
        ("append to socket, p99", f"{latency['p99']} ms"),
        ("append to socket, worst", f"{latency['worst']} ms"),
        ("memory a socket, opened", f"{found['socket_kb']:.1f} KB"),
        ("memory a socket, at the end", f"{found['peak_kb']:.1f} KB"),
    ]
    rows += [(f"CPU, {name}", f"{s / found['took_s']:.0%}") for name, s in found["cpu"].items()]
    print("| what | measured |\n| --- | --- |")
    for name, value in rows:
        print(f"| {name} | {value} |")
    return bool(lost == 0 and seen["faults"] == 0)


def main() -> None:
    options = read_options()
    redis_port, web_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="vibesite-load-") as folder:
        prepare(Path(folder), redis_port, web_port)
        with valkey_process(redis_port) as valkey:
            migrate()
            found = measure(options, web_port, valkey)
    sys.exit(0 if report(options, found) else 1)


if __name__ == "__main__":
    main()
