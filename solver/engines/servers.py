"""Several servers of one model, used in turn; one that fails rests and is tried again later."""

import threading
import time
from collections.abc import Callable


class Servers:
    """Thread-safe. clock: seconds, monotonic."""

    def __init__(
        self, urls: tuple[str, ...], out_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._urls = list(dict.fromkeys(url.rstrip("/") for url in urls))
        self._out_s = out_s
        self._clock = clock
        self._out_until: dict[str, float] = {}
        self._turn = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """The next server that is not resting; when all rest, the one that has rested longest."""
        with self._lock:
            now = self._clock()
            for _ in self._urls:
                url = self._urls[self._turn % len(self._urls)]
                self._turn += 1
                if self._out_until.get(url, 0.0) <= now:
                    return url
            return min(self._urls, key=lambda url: self._out_until[url])

    def take_out(self, url: str) -> None:
        """It failed: let it rest."""
        with self._lock:
            self._out_until[url] = self._clock() + self._out_s

    def put_back(self, url: str) -> None:
        """It answered."""
        with self._lock:
            self._out_until.pop(url, None)

    def all(self) -> tuple[str, ...]:
        """Every server, resting or not."""
        return tuple(self._urls)
