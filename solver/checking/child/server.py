"""The warm server: imports once, then forks one limited worker for each request.

Run by `solver.checking.oracle` as a script, in isolated mode and with an empty environment:
`server.py CONTROL_FD REGISTRY_MODULE`. Messages on the control socket (SOCK_SEQPACKET) are JSON:
`{"do": "run", "id", "limits"}` with one descriptor attached, and `{"do": "kill", "id"}`. On the
attached socket the worker reads one line of JSON and writes one; when a worker has ended the
server adds `{"ended": SIGNAL}`, which is all that the caller sees of one that was killed. End of
file on the control socket ends all.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # isolated mode leaves the project's root off the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from solver.checking.child import limits as worker_limits

MESSAGE_BYTES = 4096
_GRACE_S = 0.3  # the worker's own alarm should fire first


@dataclass(slots=True)
class Worker:
    """One running request, as the server sees it."""

    id: int
    deadline: float
    connection: socket.socket


class Server:
    """Forks workers and buries them. Single-threaded, so that forking is safe."""

    def __init__(self, control: socket.socket, registry: Any) -> None:
        self._control = control
        self._registry = registry
        self._workers: dict[int, Worker] = {}
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def serve(self) -> None:
        """Answer until the other end of the control socket is closed."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        open_ = True
        while open_:
            watched: list[Any] = [self._control, self._wake_read]
            ready, _, _ = select.select(watched, [], [], self._patience())
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            self._bury()
            if self._control in ready:
                open_ = self._obey()
            self._kill_late()
        for pid in self._workers:
            _kill(pid)

    def _patience(self) -> float | None:
        if not self._workers:
            return None
        nearest = min(worker.deadline for worker in self._workers.values())
        return max(0.0, nearest - time.monotonic())

    def _obey(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
        if not message:
            return False
        order = json.loads(message)
        if order["do"] == "run":
            self._run(order, socket.socket(fileno=descriptors[0]))
        else:
            for pid, worker in self._workers.items():
                if worker.id == order["id"]:
                    _kill(pid)
        return True

    def _run(self, order: dict[str, Any], connection: socket.socket) -> None:
        limits = worker_limits.Limits(**order["limits"])
        pid = os.fork()
        if pid == 0:
            self._become_worker(connection, limits)
        deadline = time.monotonic() + limits.wall_s + _GRACE_S
        self._workers[pid] = Worker(order["id"], deadline, connection)

    def _become_worker(self, connection: socket.socket, limits: worker_limits.Limits) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            for worker in self._workers.values():
                worker.connection.close()
            answer_one(connection, self._registry.VERBS, limits)
            status = 0
        finally:
            os._exit(status)  # never back into the server's loop

    def _bury(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            worker = self._workers.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            note = json.dumps({"ended": -code if code < 0 else 0}) + "\n"
            with contextlib.suppress(OSError):  # the caller that has its answer is gone already
                worker.connection.send(note.encode(), socket.MSG_DONTWAIT)
            worker.connection.close()

    def _kill_late(self) -> None:
        now = time.monotonic()
        for pid, worker in self._workers.items():
            if worker.deadline <= now:
                _kill(pid)
                worker.deadline = now + _GRACE_S  # look again, should the kernel be slow


def answer_one(
    connection: socket.socket, verbs: dict[str, Any], limits: worker_limits.Limits
) -> None:
    """In the worker: read one request, run its verb within `limits`, write one answer."""
    worker_limits.apply(limits)
    with connection.makefile("rb") as lines:
        request = json.loads(lines.readline())
    connection.sendall(json.dumps(_run_verb(request, verbs)).encode() + b"\n")


def _run_verb(request: dict[str, Any], verbs: dict[str, Any]) -> dict[str, Any]:
    verb = verbs.get(request["verb"])
    if verb is None:
        return {"error": "UnknownVerb", "message": f"no verb is called {request['verb']!r}"}
    try:
        return {"answer": verb(request["payload"])}
    except MemoryError:
        return {"error": "MemoryError", "message": "the memory limit was reached"}
    except Exception as error:  # noqa: BLE001 - the process ends here; the caller gets the reason
        return {"error": type(error).__name__, "message": str(error)[:500]}


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Import the registry, warm it, say so, and serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.setrecursionlimit(2500)  # a worker's stack is 8 MB; deeper input is refused by the gate
    registry = importlib.import_module(sys.argv[2])
    registry.warm()
    gc.collect()
    gc.freeze()  # workers share the server's pages instead of touching every object
    control.send(b"ready")
    Server(control, registry).serve()


if __name__ == "__main__":
    main()
