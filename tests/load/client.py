"""A light client over connections that are kept: it shares the cores with the server it measures.

Each request is sent at its due time if a connection is free, and timed from then on, so that
waiting is not left out.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, cast
from urllib.parse import urlsplit

import httptools


@dataclass(slots=True)
class Timed:
    """What came back: milliseconds of each request, and how many had which status and cache."""

    took_ms: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    wall_s: float = 0.0

    def quantile(self, share: float) -> float:
        return sorted(self.took_ms)[int(len(self.took_ms) * share)]


class Connection(asyncio.Protocol):
    """One request at a time. Raises ConnectionError where the server closes it in between."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[str] | None = None
        self._cache = ""

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        loop = asyncio.get_running_loop()
        _transport, connection = await loop.create_connection(cls, host, port)
        return connection

    async def ask(self, request: bytes) -> str:
        """Status and `x-cache` of the answer."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._parser = httptools.HttpResponseParser(self)
        self._cache = ""
        self._transport.write(request)
        return await answer

    def close(self) -> None:
        self._transport.close()

    # -- asyncio.Protocol -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("The server closed the connection."))

    # -- httptools ------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-cache":
            self._cache = value.decode()

    def on_message_complete(self) -> None:
        assert self._answer is not None
        self._answer.set_result(f"{self._parser.get_status_code()} {self._cache}".strip())


def make_post(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of one request."""
    parts = urlsplit(url)
    lines = {"Host": parts.netloc, "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def send_steadily(
    url: str, request: bytes, rate: float, seconds: float, connections: int
) -> Timed:
    """`rate` requests a second, whatever the answers do."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    kept = [await Connection.open(parts.hostname, parts.port) for _ in range(connections)]
    free: asyncio.Queue[Connection] = asyncio.Queue()
    timed = Timed()
    for connection in kept:
        # Opened, and the threads behind it started, before anything is timed.
        await connection.ask(request)
        free.put_nowait(connection)

    async def ask(due: float) -> None:
        connection = await free.get()
        try:
            timed.answers[await connection.ask(request)] += 1
        finally:
            free.put_nowait(connection)
        timed.took_ms.append((time.perf_counter() - due) * 1000)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as asking:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asking.create_task(ask(due))
    timed.wall_s = time.perf_counter() - began
    for connection in kept:
        connection.close()
    return timed
