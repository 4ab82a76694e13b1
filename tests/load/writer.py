"""Appends scripted events to many logs at a steady rate, each stamped with its time.

Reads {"solutions", "rate", "seconds"} as JSON from standard input and answers with
{"events", "late_ms"}: how many were written a log, and how far it fell behind at worst.
"""

import json
import sys
import time

import django

PAD = "so that x plus one is at most y, and "


def stamp(number: int) -> str:
    """About 64 characters: what a worker flushes at once."""
    return f"[{number}:{time.time_ns() // 1_000}] {PAD}"


def main() -> None:
    django.setup()
    from solver.live.events import EventLog
    from tests.load.people import FENCE

    order = json.load(sys.stdin)
    logs = [EventLog(solution_id) for solution_id in order["solutions"]]
    events = int(order["rate"] * order["seconds"])
    gap_s = 1 / order["rate"] / len(logs)
    began, late_s, due = time.perf_counter(), 0.0, 0.0
    for number in range(events):
        for log in logs:
            wait_s = began + due - time.perf_counter()
            late_s = max(late_s, -wait_s)
            if wait_s > 0:
                time.sleep(wait_s)
            log.append(FENCE, "delta", {}, stamp(number))
            due += gap_s
    for log in logs:
        log.append(FENCE, "done", {"state": "done"})
    print(json.dumps({"events": events, "late_ms": round(late_s * 1000)}))


if __name__ == "__main__":
    main()
