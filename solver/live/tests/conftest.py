"""A solution with its log, and people's sockets on the whole application."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.test import Client

from accounts.models import User
from solver.live.connection import close_async_clients
from solver.live.events import EventLog
from solver.live.follow import follower
from solver.models import Problem, Solution

TIMEOUT_S = 60


class Socket:
    """A websocket on the ASGI application, without a network."""

    def __init__(self, address: str, cookie: str, origin: str = "http://localhost") -> None:
        parts = urlsplit(address)
        headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
        self._scope: Any = {
            "type": "websocket",
            "path": parts.path,
            "query_string": parts.query.encode(),
            "headers": [*headers, (b"cookie", cookie.encode())],
            "subprotocols": [],
        }
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._heard: asyncio.Queue[Any] = asyncio.Queue()

    async def connect(self) -> dict[str, Any]:
        """The application's first word."""
        from vibesite.asgi import application

        self._said.put_nowait({"type": "websocket.connect"})
        listen: Any = self._said.get
        running = application(self._scope, listen, self._heard.put)
        self._task = asyncio.ensure_future(running)
        return await self.next()

    async def open(self) -> Self:
        assert (await self.connect())["type"] == "websocket.accept"
        return self

    async def next(self) -> dict[str, Any]:
        message: dict[str, Any] = await asyncio.wait_for(self._heard.get(), TIMEOUT_S)
        return message

    async def frame(self) -> dict[str, Any]:
        message = await self.next()
        assert message["type"] == "websocket.send", message
        frame: dict[str, Any] = json.loads(message["text"])
        return frame

    async def frames(self) -> list[dict[str, Any]]:
        """Everything up to the frame that ends a run."""
        frames = [await self.frame()]
        while frames[-1]["kind"] != "done":
            frames.append(await self.frame())
        return frames

    def say(self, text: str | bytes) -> None:
        kind = "text" if isinstance(text, str) else "bytes"
        self._said.put_nowait({"type": "websocket.receive", kind: text})

    async def close_code(self) -> int:
        """The code that the application closes with; it has nothing more to say then."""
        message = await self.next()
        assert message["type"] == "websocket.close", message
        await self.leave()
        return int(message["code"])

    async def leave(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self._task, TIMEOUT_S)
        assert self._heard.empty()


@pytest.fixture
def solution(transactional_db: None, alice: User) -> Solution:
    problem = Problem.objects.create(owner=alice, text="Solve x^2 - 5x + 6 = 0.")
    return Solution.objects.create(problem=problem, owner=alice)


@pytest.fixture
def log(valkey: redis.Redis, solution: Solution) -> EventLog:
    return EventLog(solution.pk)


@pytest.fixture(autouse=True)
async def _close_clients() -> AsyncIterator[None]:
    yield
    await follower().close()
    await close_async_clients()


def log_in(user: User | None) -> str:
    """The session cookie of somebody who has just logged in."""
    client = Client()
    if user:
        client.force_login(user)
    morsel = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return f"{settings.SESSION_COOKIE_NAME}={morsel.value if morsel else ''}"


@pytest.fixture
def alices_socket(solution: Solution, alice: User) -> Callable[..., Socket]:
    """Sockets of the solution's owner: `alices_socket(after)`."""
    cookie = log_in(alice)

    def make(after: str = "", origin: str = "http://localhost") -> Socket:
        return Socket(f"/ws/solutions/{solution.pk}/?after={after}", cookie, origin)

    return make
