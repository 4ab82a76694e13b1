"""The websocket of one solution. docs/live.md has the frames and the close codes."""

import asyncio
import json
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from solver.live.attendance import attendance
from solver.live.events import START
from solver.live.frames import make_frame
from solver.live.notices import Close, notice_frame
from solver.live.reader import SolutionGone, View, watch
from solver.live.sockets import TooManyConnections, counted
from solver.live.viewing import Access, find_for

logger = structlog.get_logger(__name__)

# What a client has to say is a ping; whoever sends more is not ours.
CLIENT_FRAME_MAX_CHARS: Final = 1_000
# How long a farewell may take on a connection that may be stuck.
FAREWELL_S: Final = 2.0


class SolutionConsumer(AsyncWebsocketConsumer):
    """Replays what came after the cursor, then follows, until the run is done."""

    # Events come from Redis Streams: a channel layer would cost memory and a task a socket.
    channel_layer_alias = "none"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watching: asyncio.Task[None] | None = None
        self._dropping: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sending_since: float | None = None
        self._session_key = ""
        self._cursor = START
        self._is_closed = False

    async def connect(self) -> None:
        # Accepted even when refused: browsers show a page only the close codes of open sockets.
        await self.accept()
        self.base_send = server_send(self.base_send)
        route: Any = self.scope["url_route"]
        user: Any = self.scope["user"]
        solution = await find_for(user, route["kwargs"].get("solution_id", ""))
        if solution is None:
            await self._say_goodbye(Close.NOT_FOUND)
            return
        self.solution_id = str(solution.pk)
        self._session_key = self.scope["session"].session_key or ""
        self._watching = asyncio.create_task(self._watch(user.pk, solution.is_final))
        attendance().enter(self._session_key, self)
        self._check_later()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._is_closed:
            return
        frame = _read_client_frame(text_data)
        if frame is None:
            await self._say_goodbye(Close.BAD_FRAME)
        elif frame.get("kind") == "ping":
            await self.send(make_frame(self._cursor, "pong", {}).text)

    async def disconnect(self, code: int) -> None:
        self._is_closed = True
        self._stop()

    async def _watch(self, person_id: int, is_final: bool) -> None:
        try:
            with counted(person_id):
                await self._forward(is_final)
            await self._say_goodbye(Close.FINISHED)
        except TooManyConnections as error:
            await self._say_goodbye(Close.TOO_MANY, str(error))
        except SolutionGone:
            await self._say_goodbye(Close.NOT_FOUND)
        except OSError:
            # The client went away; the server tells `disconnect` in its own time.
            self._is_closed = True
        except (RedisError, DatabaseError) as error:
            logger.warning("live_socket_lost", solution=self.solution_id, error=str(error))
            await self._say_goodbye(Close.TRY_AGAIN)
        except Exception:
            # A fault of ours: better that the page comes again than that it waits for ever.
            logger.exception("live_socket_failed", solution=self.solution_id)
            await self._say_goodbye(Close.TRY_AGAIN)

    async def _forward(self, is_final: bool) -> None:
        view = View.of_query(dict(parse_qsl(self.scope["query_string"].decode("latin-1"))))
        self._cursor = view.cursor
        loop = asyncio.get_running_loop()
        watching = watch(self.solution_id, view, is_final)
        async with aclosing(watching):
            async for frames in watching:
                self._sending_since = loop.time()
                for frame in frames:
                    await self.send(frame.text)
                    self._cursor = frame.cursor
                self._sending_since = None

    def _check_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(settings.SOCKET_CHECK_S, self._check)

    def _check(self) -> None:
        since = self._sending_since
        now = asyncio.get_running_loop().time()
        if since is not None and now - since > settings.SLOW_READER_S:
            self._dropping = asyncio.create_task(self._drop(Close.TOO_SLOW))
        else:
            self._check_later()

    async def refuse(self, access: Access) -> None:
        """The session expired, or the solution went out of sight, while they watched."""
        expired = access is Access.SESSION_EXPIRED
        code = Close.SESSION_EXPIRED if expired else Close.NOT_FOUND
        self._dropping = asyncio.create_task(self._drop(code))

    async def _drop(self, code: Close) -> None:
        if self._watching:
            self._watching.cancel()
        await self._say_goodbye(code)

    async def _say_goodbye(self, code: Close, message: str = "") -> None:
        """Tell why, then close; cut the connection where even that does not get through."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            async with asyncio.timeout(FAREWELL_S):
                if code is not Close.FINISHED:
                    await self.send(notice_frame(self._cursor, code, message).text)
                await self.close(code)
        except TimeoutError:
            cut_off(self.base_send)
        except (OSError, RuntimeError):
            # The client was faster, which the server tells in one of these ways.
            return

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            attendance().leave(self._session_key, self)
        for task in (self._watching, self._dropping):
            if task:
                task.cancel()


def server_send(send: Any) -> Any:
    """The server's own `send`: Channels' session middleware wraps it to save sessions on accept
    and close, and looks at the session before every frame, which costs more than the frame."""
    return getattr(getattr(send, "__self__", None), "real_send", send)


def cut_off(send: Any) -> None:
    """End a connection that takes nothing. ASGI has no word for it, so ask the server's own
    transport; closing alone would wait for ever until its buffer is empty."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None and hasattr(transport, "abort"):
        transport.abort()


def _read_client_frame(text: str | None) -> dict[str, Any] | None:
    if text is None or len(text) > CLIENT_FRAME_MAX_CHARS:
        return None
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    return frame if isinstance(frame, dict) else None
