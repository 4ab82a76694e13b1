"""A page that is left open: follows one solution by websocket, whatever happens to the server."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

RECONNECT_S = 0.1


@dataclass(slots=True)
class Sighting:
    """A state as it was seen, on the monotonic clock."""

    at: float
    state: str


@dataclass(slots=True)
class Viewer:
    """Reconnects with its cursor until the run is done; `faults` lists what must not happen."""

    address: str
    solution_id: str
    cookie: str
    text: str = ""
    cursor: str = ""
    done: dict[str, Any] | None = None
    states: list[Sighting] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    connections: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join(60)

    def _follow(self) -> None:
        while self.done is None and not self._stopped.wait(RECONNECT_S):
            try:
                self._follow_once()
            except (OSError, WebSocketException, TimeoutError):
                continue

    def _follow_once(self) -> None:
        url = f"ws://{self.address}/ws/solutions/{self.solution_id}/?after={self.cursor}"
        headers = {"Cookie": f"sessionid={self.cookie}", "Origin": f"http://{self.address}"}
        with connect(url, additional_headers=headers, open_timeout=20, max_size=None) as socket:
            self.connections += 1
            while self.done is None and not self._stopped.is_set():
                try:
                    frame = json.loads(socket.recv(timeout=0.5))
                except TimeoutError:
                    continue
                self._take(frame)

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["kind"]
        if kind == "snapshot":
            self.text = frame["text"]
            self._see(frame["state"])
        elif kind == "delta":
            if frame["at"] != len(self.text):
                self.faults.append(f"delta at {frame['at']}, text of {len(self.text)}")
            self.text += frame["text"]
        elif kind == "state":
            self._see(frame["state"])
        elif kind == "done":
            self.done = frame
            self._see(frame["state"])
        self.cursor = frame["cursor"]

    def _see(self, state: str) -> None:
        self.states.append(Sighting(time.monotonic(), state))

    def first_seen(self, state: str, after: float) -> float | None:
        """When this state was first seen after a moment."""
        seen = [sighting.at for sighting in self.states if sighting.at >= after]
        matching = [s.at for s in self.states if s.at >= after and s.state == state]
        return min(matching) if seen and matching else None
