"""The other side of EngineApart: opens an engine and serves its one caller until that ends.

Each request has a thread here, as it has at its caller's. First and last words go out at once, and
with them what the others said; the rest waits a little, the longer the more requests there are:
every message wakes threads and processes on the way to the readers, and what they compute, the
model does not.
"""

import os
import queue
import signal
import threading
import time
import traceback
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from .apart import Ask, Close, Count, Doing, End, Item, News, Opened
from .base import Chunk, Engine, EngineError, Request
from .choose import open_engine

PULSE_S = 1.0
# A step of the batch brings every request its word within so long.
GATHER_S = 0.002
# What all processes on the way compute for a message took 1.3 ms here: with this pause sixteen
# requests on two cores cost one of them about a twentieth, and more cores are told more often.
PAUSE_A_REQUEST_S = 0.064 / (os.cpu_count() or 1)
LONGEST_PAUSE_S = 0.5
# Of the last words of requests, when the engine is closed.
LAST_WORDS_S = 5.0


def serve(descriptor: int) -> None:
    """Serve the caller at the other end of this connection; the process ends with it."""
    # A terminal's Ctrl-C reaches this process too, but its caller says when to end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    connection: Connection[Any, Any] = Connection(descriptor)
    status = 0
    try:
        engine = _open(connection)
        if engine is not None:
            _Server(engine, connection).serve()
    except (EOFError, OSError):
        pass  # The caller is gone.
    except Exception:  # noqa: BLE001 - it is told, and ends the process
        traceback.print_exc()
        status = 1
    # At once: threads that compute would keep the process, and with it the memory.
    os._exit(status)


def _open(connection: "Connection[Any, Any]") -> Engine | None:
    spec, options = connection.recv()
    sending = threading.Lock()

    def progress(what: str, done: int, of: int | None) -> None:
        with sending:  # a download has several threads
            connection.send(Doing(what, done, of))

    try:
        engine = open_engine(spec, replace(options, progress=progress))
    except Exception as error:  # noqa: BLE001 - raised at the caller's
        connection.send(_told(error))
        return None
    slots = getattr(engine, "slots", 0)
    connection.send(Opened(engine.model, engine.context_tokens, engine.can_resume, slots))
    return engine


def _told(error: Exception) -> Exception:
    """An error that can be sent: a library's own may hold what cannot."""
    if isinstance(error, EngineError):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """One request's thread. is_unwanted: its caller waits no more."""

    thread: threading.Thread
    is_unwanted: threading.Event


class _Server:
    def __init__(self, engine: Engine, connection: "Connection[Any, Any]") -> None:
        self._engine = engine
        self._connection = connection
        # None only asks for how many are running to be told.
        self._out: queue.SimpleQueue[tuple[int, Item] | None] = queue.SimpleQueue()
        self._is_urgent = threading.Event()
        self._is_over = threading.Event()
        self._streams: dict[int, _Stream] = {}

    def serve(self) -> None:
        """Until the caller closes the engine. Raises EOFError or OSError when it is gone."""
        news = threading.Thread(target=self._tell, name="news", daemon=True)
        news.start()
        while not isinstance(message := self._connection.recv(), Close):
            if isinstance(message, Ask):
                self._begin(message)
            elif isinstance(message, Count):
                self._say((message.number, self._count(message.request)), is_urgent=True)
            elif isinstance(message, End) and message.number in self._streams:
                self._streams[message.number].is_unwanted.set()
        self._engine.close()
        until = time.monotonic() + LAST_WORDS_S
        for stream in list(self._streams.values()):
            stream.thread.join(max(0.0, until - time.monotonic()))
        self._is_over.set()
        self._say(None, is_urgent=True)
        news.join(LAST_WORDS_S)

    def _begin(self, ask: Ask) -> None:
        is_unwanted = threading.Event()
        thread = threading.Thread(target=self._stream, args=(ask, is_unwanted), daemon=True)
        self._streams[ask.number] = _Stream(thread, is_unwanted)
        thread.start()

    def _stream(self, ask: Ask, is_unwanted: threading.Event) -> None:
        told = -1
        try:
            with closing(self._engine.stream(ask.request)) as chunks:
                for chunk in chunks:
                    if is_unwanted.is_set():
                        break
                    is_last = chunk.finish is not None
                    # The caller makes its own ticks.
                    if chunk.text or is_last or chunk.completion_tokens > told:
                        is_first, told = told <= 0, chunk.completion_tokens
                        self._say((ask.number, chunk), is_first or is_last)
        except Exception as error:  # noqa: BLE001 - raised at the caller's
            self._say((ask.number, _told(error)), is_urgent=True)
        self._streams.pop(ask.number)
        self._say(None, is_urgent=True)

    def _count(self, request: Request) -> Item:
        try:
            return self._engine.count_tokens(request)
        except Exception as error:  # noqa: BLE001 - raised at the caller's
            return _told(error)

    def _say(self, item: tuple[int, Item] | None, is_urgent: bool) -> None:
        self._out.put(item)
        if is_urgent:
            self._is_urgent.set()

    # ----- the thread that tells the news -----

    def _tell(self) -> None:
        engine, told_at, is_over = self._engine, float("-inf"), False
        while not is_over:
            is_over = self._is_over.is_set()
            pause_s = min(PAUSE_A_REQUEST_S * len(self._streams), LONGEST_PAUSE_S)
            items = joined(self._gathered(told_at + pause_s))
            news = News(items, engine.running(), engine.waiting(), engine.healthy())
            with suppress(OSError):  # a caller that is gone is noticed where it is heard
                self._connection.send(news)
            told_at = time.monotonic()

    def _gathered(self, not_before: float) -> list[tuple[int, Item]]:
        """What was said lately; waits for it, but not longer than for a pulse."""
        try:
            items = [self._out.get(timeout=PULSE_S)]
        except queue.Empty:
            return []
        self._is_urgent.wait(max(0.0, not_before - time.monotonic()))
        self._is_urgent.clear()
        time.sleep(GATHER_S)
        while not self._out.empty():
            items.append(self._out.get())
        return [item for item in items if item is not None]


def joined(items: list[tuple[int, Item]]) -> list[tuple[int, Item]]:
    """The same, with the pieces of each request as one piece."""
    joined: list[tuple[int, Item]] = []
    places: dict[int, int] = {}
    for number, item in items:
        place = places.setdefault(number, len(joined))
        before = joined[place][1] if place < len(joined) else None
        if isinstance(before, Chunk) and isinstance(item, Chunk):
            joined[place] = (number, replace(item, text=before.text + item.text))
        else:
            places[number] = len(joined)
            joined.append((number, item))
    return joined
