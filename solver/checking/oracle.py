"""The oracle: runs a named function on untrusted text in a child that can always be killed.

A small server process (empty environment, isolated interpreter) imports the heavy libraries once
and forks one worker per request. A worker is limited in processor time, wall time and memory and
is killed when it goes over; nothing that it does can reach the caller. See `child/verbs.py` for
the functions and for how to add one.
"""

import asyncio
import atexit
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from solver.checking.child.limits import Limits

REGISTRY = "solver.checking.child.verbs"
_SERVER = Path(__file__).resolve().parent / "child" / "server.py"
_START_S = 60.0
_GRACE_S = 4.0  # past its own limit the server is taken for stuck, and replaced
_AT_ONCE = 4
_LINE_BYTES = 8 * 1024 * 1024


class OracleError(Exception):
    """The oracle gave no answer."""


class OracleTimeout(OracleError):
    """The request went over its time limit and was killed."""


class OracleOutOfMemory(OracleError):
    """The request went over its memory limit."""


class OracleDied(OracleError):
    """The worker or its server ended without an answer."""


class VerbFailed(OracleError):
    """The verb raised; `kind` is the name of the exception's class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Oracle:
    """One warm server and its workers. Safe to share between threads; starts on first use.

    At most `at_once` requests run together, the others wait for their turn; a request's limits
    count from the start of its worker. A process that forks after use gets a server of its own.
    """

    def __init__(
        self, registry: str = REGISTRY, limits: Limits | None = None, at_once: int = _AT_ONCE
    ) -> None:
        self._registry = registry
        self._limits = limits or Limits()
        self._at_once = at_once
        self._ids = itertools.count(1)
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def ask(
        self, verb: str, payload: dict[str, Any], limits: Limits | None = None
    ) -> dict[str, Any]:
        """Run `verb` on `payload` and give its answer; raises an `OracleError` when there is none.

        Both are JSON objects. Verbs have no side effects, so a request whose server died is
        asked once more.
        """
        return self._ask(next(self._ids), verb, payload, limits or self._limits)

    async def ask_async(
        self, verb: str, payload: dict[str, Any], limits: Limits | None = None
    ) -> dict[str, Any]:
        """As `ask`, without holding the event loop; cancelling it kills the worker."""
        id_ = next(self._ids)
        try:
            return await asyncio.to_thread(self._ask, id_, verb, payload, limits or self._limits)
        except asyncio.CancelledError:
            self._send_kill(id_)
            raise

    def start(self) -> None:
        """Start the server now, so that the first request does not wait for it."""
        self._running()

    def close(self) -> None:
        """End the server and whatever it runs."""
        with self._lock:
            self._stop()

    def _forget(self) -> None:
        control = getattr(self, "_control", None)
        if control is not None:  # after a fork: the parent's server is not ours to use or end
            control.close()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(self._at_once)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def _ask(self, id_: int, verb: str, payload: dict[str, Any], limits: Limits) -> dict[str, Any]:
        request = json.dumps({"verb": verb, "payload": payload}).encode() + b"\n"
        with self._turns:
            try:
                return _read(self._exchange(id_, request, limits))
            except OracleDied:
                return _read(self._exchange(id_, request, limits))

    def _exchange(self, id_: int, request: bytes, limits: Limits) -> dict[str, Any]:
        control = self._running()
        ours, theirs = socket.socketpair()
        order = json.dumps({"do": "run", "id": id_, "limits": asdict(limits)}).encode()
        with ours:
            ours.settimeout(limits.wall_s + _GRACE_S)
            try:
                with theirs:
                    socket.send_fds(control, [order], [theirs.fileno()])
                ours.sendall(request)
                return _line(ours)
            except TimeoutError as error:
                self._discard(control)
                raise OracleTimeout("the checking process did not answer in time") from error
            except (OSError, ValueError) as error:
                self._discard(control)
                raise OracleDied("the checking process ended without an answer") from error

    def _running(self) -> socket.socket:
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                self._stop()
            return self._control or self._start()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        arguments = [sys.executable, "-I", str(_SERVER), str(theirs.fileno()), self._registry]
        with theirs:
            process = subprocess.Popen(
                arguments, env={}, cwd="/", pass_fds=[theirs.fileno()], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._control, self._process = ours, process
        ours.settimeout(_START_S)
        try:
            ready = ours.recv(16)
        except OSError:
            ready = b""
        if ready != b"ready":
            self._stop()
            raise OracleError(
                f"The checking process did not start; run `{sys.executable} -c "
                f"'import {self._registry}'` to see why."
            )
        ours.settimeout(None)
        return ours

    def _stop(self) -> None:
        control, process = self._control, self._process
        self._control = self._process = None
        if control is not None:
            control.close()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _discard(self, control: socket.socket) -> None:
        with self._lock:
            if self._control is control:  # else another thread has replaced it already
                self._stop()

    def _send_kill(self, id_: int) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._control is not None:
                self._control.send(json.dumps({"do": "kill", "id": id_}).encode())


def _line(connection: socket.socket) -> dict[str, Any]:
    received = bytearray()
    while b"\n" not in received:
        part = connection.recv(65536)
        if not part or len(received) > _LINE_BYTES:
            raise ConnectionError("no whole answer")
        received += part
    answer: dict[str, Any] = json.loads(received.split(b"\n", 1)[0])
    return answer


def _read(reply: dict[str, Any]) -> dict[str, Any]:
    if "answer" in reply:
        answer: dict[str, Any] = reply["answer"]
        return answer
    if "ended" in reply:
        if reply["ended"] in {signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL}:
            raise OracleTimeout("the check took too long and was stopped")
        raise OracleOutOfMemory("the check broke off, most likely for lack of memory")
    if reply["error"] == "MemoryError":
        raise OracleOutOfMemory(reply["message"])
    raise VerbFailed(reply["error"], reply["message"])


_shared = Oracle()
atexit.register(_shared.close)


def shared_oracle() -> Oracle:
    """The oracle of this process. Starts its server on first use."""
    return _shared
