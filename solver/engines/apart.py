"""An engine in a process of its own, so that its callers never take the interpreter from its loop.

A loop over torch lets go of the interpreter with every operation, a thousand times a step, and each
of sixteen callers' threads beside it may then take it. Here only what the engine itself needs runs
beside the loop, and its words come through a pipe. A model that brings its process down takes
nobody along: that is noticed as EngineDead.

For POSIX systems, where the other process inherits its end of the pipe.
"""

import itertools
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .base import TICK_S, Chunk, EngineDead, EngineError, Request
from .options import EngineOptions, quietly

WAIT_S = TICK_S * 0.8
# The process says something every second, whatever its model does.
SILENCE_S = 120.0
END_TIMEOUT_S = 10.0
# How often GNU's OpenMP looks for the next piece of work before a thread sleeps: a tenth of a
# millisecond. On two cores of their own sixteen requests gained a tenth with ten times as long, and
# lost a sixth with a hundredth of it. Beside three programs that kept those cores busy, one request
# lost a third and gained 80%. The environment's own value counts.
SPINS = "10000"
SERVE = f"import sys; from {__package__}.apart_process import serve; serve(int(sys.argv[1]))"

# For one request: its next piece, why there is none, or the number that was asked for.
Item = Chunk | Exception | int


@dataclass(frozen=True, slots=True)
class Ask:
    """To the engine: generate. number: which of the caller's requests this is."""

    number: int
    request: Request


@dataclass(frozen=True, slots=True)
class Count:
    """To the engine: how many tokens would the prompt have?"""

    number: int
    request: Request


@dataclass(frozen=True, slots=True)
class End:
    """To the engine: nobody waits for this one any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Close:
    """To the engine: end everything, and the process."""


@dataclass(frozen=True, slots=True)
class Doing:
    """From the engine while it is opened: see options.Progress."""

    what: str
    done: int
    of: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """From the engine: it is open. slots: requests in the batch at once; the rest: see Engine."""

    model: str
    context_tokens: int
    can_resume: bool
    slots: int


@dataclass(frozen=True, slots=True)
class News:
    """From the engine: what came since the last news, for whom, and how the engine is."""

    items: list[tuple[int, Item]]
    running: int
    waiting: int
    is_healthy: bool


@dataclass(slots=True, eq=False)
class _Call:
    """One request that a caller waits for."""

    number: int
    items: "queue.SimpleQueue[Item]" = field(default_factory=queue.SimpleQueue)

    def next(self) -> Chunk | int | None:
        """What came for it, or None when nothing came in time. Raises what came as an error."""
        try:
            item = self.items.get(timeout=WAIT_S)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        return item


class EngineApart:
    """See Engine: what `open_engine` opens by the same name, in another process."""

    def __init__(self, spec: str, options: EngineOptions) -> None:
        """Comes back when the engine is open. Raises EngineError, as open_engine does."""
        self._numbers = itertools.count()
        self._calls: dict[int, _Call] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._news = News([], 0, 0, is_healthy=True)
        self._death: EngineDead | None = None
        self._connection, self._process = _start_process()
        try:
            opened = self._open(spec, options)
        except BaseException:
            self._end_process(patience_s=0)
            raise
        self.model = opened.model
        self.context_tokens = opened.context_tokens
        self.can_resume = opened.can_resume
        self.slots = opened.slots
        self._reader = threading.Thread(target=self._read, name="engine-news", daemon=True)
        self._reader.start()

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        """See Engine.stream."""
        call, last = self._begin(), Chunk("")
        try:
            self._send(Ask(call.number, request))
            while last.finish is None:
                item = call.next()
                last = item if isinstance(item, Chunk) else Chunk("", last.completion_tokens)
                yield last
        finally:
            self._forget(call)
            if last.finish is None:
                self._send(End(call.number))

    def count_tokens(self, request: Request) -> int:
        """See Engine.count_tokens."""
        call = self._begin()
        try:
            self._send(Count(call.number, request))
            while not isinstance(item := call.next(), int):
                pass
            return item
        finally:
            self._forget(call)

    def running(self) -> int:
        """See Engine.running."""
        return self._news.running

    def waiting(self) -> int:
        """See Engine.waiting."""
        return self._news.waiting

    def healthy(self) -> bool:
        """See Engine.healthy."""
        return self._death is None and self._news.is_healthy

    def close(self) -> None:
        """See Engine.close."""
        with self._lock:
            self._death = self._death or EngineDead("The engine has been closed: open it again.")
        self._send(Close())
        self._reader.join(END_TIMEOUT_S)
        self._end_process(patience_s=0)

    # ----- a caller's thread -----

    def _begin(self) -> _Call:
        with self._lock:
            if self._death:
                raise EngineDead(str(self._death))
            call = _Call(next(self._numbers))
            self._calls[call.number] = call
        return call

    def _forget(self, call: _Call) -> None:
        with self._lock:
            del self._calls[call.number]

    def _send(self, message: Any) -> None:
        """A process that is gone is noticed by the reader, which tells every caller."""
        with self._sending, suppress(OSError):
            self._connection.send(message)

    # ----- opening -----

    def _open(self, spec: str, options: EngineOptions) -> Opened:
        try:
            self._connection.send((spec, replace(options, is_apart=False, progress=quietly)))
            while True:
                message = self._connection.recv()
                if isinstance(message, Opened):
                    return message
                if isinstance(message, Exception):
                    raise message
                options.progress(message.what, message.done, message.of)
        except (EOFError, OSError) as error:
            raise EngineError(
                "The process that was loading the model has ended "
                f"({self._end_process(END_TIMEOUT_S)}): take a smaller model, or give it more "
                "memory."
            ) from error

    # ----- the reader's thread -----

    def _read(self) -> None:
        reason = self._listen()
        with self._lock:
            self._death = self._death or EngineDead(
                f"The model's process has ended ({reason}): restart the worker."
            )
            for call in self._calls.values():
                call.items.put(self._death)

    def _listen(self) -> str:
        """Hand out what the engine says until it ends; returns why it did."""
        try:
            while self._connection.poll(SILENCE_S):
                self._hand_out(self._connection.recv())
        except (EOFError, OSError):
            return self._end_process(END_TIMEOUT_S)
        self._end_process(patience_s=0)
        return f"it said nothing for {SILENCE_S:.0f} seconds"

    def _hand_out(self, news: News) -> None:
        with self._lock:
            self._news = news
            for number, item in news.items:
                if number in self._calls:
                    self._calls[number].items.put(item)

    def _end_process(self, patience_s: float) -> str:
        """See that it has ended, by force after so many seconds; returns how it did."""
        try:
            status = self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def _start_process() -> tuple["Connection[Any, Any]", "subprocess.Popen[bytes]"]:
    ours, theirs = Pipe()
    path = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", SERVE, str(theirs.fileno())],
            env={"GOMP_SPINCOUNT": SPINS, **os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return ours, process
