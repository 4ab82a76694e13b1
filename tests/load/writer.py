"""Appends scripted events to many logs at a steady rate, each stamped with its time.

Reads {"solutions", "rate", "seconds"} as JSON from standard input and answers with
{"events", "late_ms"}: how many were written a log, and how far it fell behind at worst.
"""

import json
import sys
import time
from typing import Any

import django

# Logs that get their event in one round trip.
TOGETHER = 10
PAD = "so that x plus one is at most y, and "


def stamp(number: int) -> str:
    """About 64 characters: what a worker flushes at once."""
    return f"[{number}:{time.time_ns() // 1_000}] {PAD}"


def main() -> None:
    django.setup()
    order = json.load(sys.stdin)
    pen = Pen(order["solutions"])
    events = int(order["rate"] * order["seconds"])
    gap_s = TOGETHER / order["rate"] / len(order["solutions"])
    began, late_s, due = time.perf_counter(), 0.0, 0.0
    for number in range(events):
        for first in range(0, len(order["solutions"]), TOGETHER):
            wait_s = began + due - time.perf_counter()
            late_s = max(late_s, -wait_s)
            if wait_s > 0:
                time.sleep(wait_s)
            pen.write(first, number)
            due += gap_s
    pen.end()
    print(json.dumps({"events": events, "late_ms": round(late_s * 1000)}))


class Pen:
    """Writes with the site's own script, some logs a round trip.

    In a site sixteen threads a worker share the waiting; here it is the load run's own processes
    that must leave the two cores to what is measured.
    """

    def __init__(self, solutions: list[str]) -> None:
        from solver.live.connection import redis_client
        from solver.live.scripts import APPEND

        self._solutions = solutions
        self._redis = redis_client()
        self._script = self._redis.register_script(APPEND)
        self._writes = 0

    def write(self, first: int, number: int) -> None:
        """One delta to each of the logs from `first` on."""
        text = stamp(number)
        solutions = self._solutions[first : first + TOGETHER]
        self._append(solutions, [text, len(text), "delta", "{}"])

    def end(self) -> None:
        self._append(self._solutions, ["", 0, "done", json.dumps({"state": "done"})])

    def _append(self, solutions: list[str], event: list[Any]) -> None:
        from django.conf import settings

        from solver.live.events import log_keys
        from tests.load.people import FENCE

        bounds = [settings.EVENTS_MAX, settings.EVENTS_TTL_S]
        with self._redis.pipeline(transaction=False) as pipeline:
            for solution_id in solutions:
                self._writes += 1
                arguments = [FENCE, f"load:{self._writes}", -1, *event, *bounds]
                self._script(log_keys(solution_id), arguments, client=pipeline)
            refused = [reply for reply in pipeline.execute() if reply[0] != b"ok"]
        if refused:
            raise SystemExit(f"An event was refused: {refused[0]}")


if __name__ == "__main__":
    main()
