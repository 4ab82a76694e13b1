"""Opens many websockets, reads every frame, and checks that nothing is lost or out of order.

Reads {"url", "sockets": [[path, cookie], …], "origin"} as JSON from standard input, prints
"ready" once all are open, and at the end one JSON line with what each socket got.
"""

import asyncio
import gc
import json
import re
import sys
import time
from dataclasses import dataclass, field

import uvloop
from websockets.asyncio.client import connect

STAMP = re.compile(r"\[(\d+):(\d+)\]")
CONNECTING_AT_ONCE = 20


@dataclass
class Seen:
    """What one socket got."""

    next_number: int = 0
    length: int = 0
    faults: int = 0
    frames: int = 0
    latencies_ms: list[float] = field(default_factory=list)

    def take(self, raw: str) -> bool:
        """Account for one frame; whether it was the last."""
        now_us = time.time_ns() // 1_000
        frame = json.loads(raw)
        self.frames += 1
        if frame["kind"] == "delta":
            self.faults += frame["at"] != self.length
            self.length += len(frame["text"])
            for number, written_us in STAMP.findall(frame["text"]):
                self.faults += int(number) != self.next_number
                self.next_number += 1
                self.latencies_ms.append((now_us - int(written_us)) / 1_000)
        return bool(frame["kind"] == "done")


class Crowd:
    def __init__(self, url: str, origin: str, size: int) -> None:
        self._url, self._origin = url, origin
        self._door = asyncio.Semaphore(CONNECTING_AT_ONCE)
        self._missing = size

    async def watch(self, path: str, cookie: str) -> Seen:
        seen = Seen()
        async with self._door:
            socket = await connect(
                self._url + path,
                origin=self._origin,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie},
                compression=None,
                ping_interval=None,
                max_size=None,
            )
        self._missing -= 1
        if not self._missing:
            print("ready", flush=True)
        async with socket:
            async for raw in socket:
                if seen.take(str(raw)):
                    break
        return seen


async def main() -> None:
    order = json.loads(sys.stdin.readline())
    crowd = Crowd(order["url"], order["origin"], len(order["sockets"]))
    seen = await asyncio.gather(*(crowd.watch(*socket) for socket in order["sockets"]))
    latencies = sorted(latency for one in seen for latency in one.latencies_ms)
    report = {
        "events": [one.next_number for one in seen],
        "faults": sum(one.faults for one in seen),
        "frames": sum(one.frames for one in seen),
        "latency_ms": {
            name: round(latencies[int(len(latencies) * share)], 1)
            for name, share in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 0.999999)]
        },
    }
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    # The tool's own pauses are not what is measured.
    gc.disable()
    uvloop.run(main())
