"""One blocking read a process for every log that somebody watches.

Readers (`reader.Reader`) subscribe to a stream here and keep a cursor. A private stream is part
of the read, so that a new subscription joins at once. Between two reads the follower rests:
little while it is quiet, longer under load, so that fewer and larger frames go out. A rest does not
keep anybody waiting for the first words of a solution: those streams are read meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from typing import Any, Final
from uuid import uuid4
from weakref import WeakKeyDictionary

import structlog
from redis.exceptions import RedisError

from solver.live.connection import async_redis_client, blocking_redis_client, heed_cancellation
from solver.live.events import START, parse_entries
from solver.live.renderer import Renderer
from solver.live.replay import find_final, newest_cursor
from solver.live.stream import Stream

logger = structlog.get_logger(__name__)

BLOCK_S: Final = 5.0
EVENTS_A_READ: Final = 500
REST_MIN_S: Final = 0.04
# A batch gives many streams a word within a tenth of a second: one read for most of them.
REST_A_STREAM_S: Final = 0.004
REST_MAX_S: Final = 0.2
# The part of the time that handing out may take is 1 / (1 + this).
REST_FOR_WORK: Final = 1.0
RECONNECT_MAX_S: Final = 1.0
# How long a stream is quiet before the follower asks whether it is still there, or at its end.
QUIET_S: Final = 10.0

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, "Follower"] = WeakKeyDictionary()


def follower() -> "Follower":
    """The running event loop's follower."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loop:
        _of_loop[loop] = Follower()
    return _of_loop[loop]


class Follower:
    """Reads all streams that have readers; see the module's text. Belongs to one event loop."""

    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}
        self._renderer = Renderer()
        self._task: asyncio.Task[None] | None = None
        self._tending: asyncio.Task[None] | None = None
        self._wake_key = f"vs:wake:{uuid4().hex}"
        self._wake_cursor = START
        self._tend_at = 0.0

    @asynccontextmanager
    async def subscription(self, solution_id: str) -> AsyncIterator[Stream]:
        """A stream that is followed while the context lasts."""
        stream = self.streams.get(solution_id)
        if stream is None:
            cursor = await newest_cursor(solution_id)
            stream = self.streams.setdefault(
                solution_id, Stream(solution_id, cursor, self._renderer)
            )
        stream.readers += 1
        try:
            await self._include(stream)
            yield stream
        finally:
            self._leave(stream)

    async def _include(self, stream: Stream) -> None:
        if self._task is None:
            self._start()
        elif stream.readers == 1:
            await self._interrupt()

    def _start(self) -> None:
        self._task = asyncio.create_task(self._follow(), name="follower", context=Context())
        self._task.add_done_callback(self._note_end)

    def _note_end(self, ended: asyncio.Task[None]) -> None:
        """A fault in the loop must not leave readers waiting for ever."""
        if ended is self._task and not ended.cancelled():
            logger.error("follower_ended", exc_info=ended.exception())
            asyncio.get_running_loop().call_later(RECONNECT_MAX_S, self._restart, ended)

    def _restart(self, ended: asyncio.Task[None]) -> None:
        if ended is self._task:
            self._start()

    def _leave(self, stream: Stream) -> None:
        stream.readers -= 1
        if stream.readers == 0:
            self.streams.pop(stream.solution_id, None)

    async def close(self) -> None:
        """End everything; for the end of a process and of a test."""
        self._renderer.stop()
        for task in (self._task, self._tending):
            # Again and again: see `heed_cancellation`.
            while task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=0.05)

    async def _interrupt(self) -> None:
        client = async_redis_client()
        with suppress(RedisError, OSError):
            await client.xadd(self._wake_key, {"wake": 1}, maxlen=1)
            await client.expire(self._wake_key, 60)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        self._tend_at = loop.time() + QUIET_S
        # Nobody ends this loop from outside when the last reader leaves: it ends after its read,
        # unless somebody came meanwhile.
        while self.streams:
            heed_cancellation()
            try:
                found = await self._read(self.streams.values(), BLOCK_S)
                began = loop.time()
                self._publish(found)
                self._tend_now_and_then(began)
                if found:
                    await self._rest(began)
            except (RedisError, OSError) as error:
                logger.warning("live_redis_lost", error=str(error))
                await self._reconnect()
        self._task = None

    async def _read(self, streams: Iterable[Stream], block_s: float) -> Sequence[tuple[bytes, Any]]:
        cursors: dict[Any, Any] = {stream.key: stream.cursor for stream in streams}
        cursors[self._wake_key] = self._wake_cursor
        found: Any = await blocking_redis_client(BLOCK_S * 2).xread(
            cursors, count=EVENTS_A_READ, block=max(1, int(block_s * 1000))
        )
        return [(key, entries) for key, entries in found if not self._was_woken(key, entries)]

    def _was_woken(self, key: bytes, entries: Sequence[tuple[bytes, Any]]) -> bool:
        if key.decode() != self._wake_key:
            return False
        self._wake_cursor = entries[-1][0].decode()
        return True

    def _publish(self, found: Sequence[tuple[bytes, Any]]) -> None:
        for key, entries in found:
            stream = self.streams.get(key[key.index(b"{") + 1 : key.index(b"}")].decode())
            if stream is not None:
                stream.publish(parse_entries(entries))

    async def _rest(self, began: float) -> None:
        """Let the readers send, see what it cost, and rest in proportion."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        rested = loop.time()
        least_s = REST_MIN_S + REST_A_STREAM_S * (len(self.streams) - 1)
        rested += min(max((rested - began) * REST_FOR_WORK, least_s), REST_MAX_S)
        while (left_s := rested - loop.time()) > 0:
            heed_cancellation()
            wordless = [stream for stream in self.streams.values() if not stream.has_words]
            if wordless:
                self._publish(await self._read(wordless, left_s))
            else:
                await asyncio.sleep(left_s)

    async def _reconnect(self) -> None:
        """Wait for Redis, then see what it still has."""
        pause_s = 0.05
        while self.streams:
            heed_cancellation()
            await asyncio.sleep(pause_s)
            try:
                await self._check(list(self.streams.values()))
            except (RedisError, OSError):
                pause_s = min(pause_s * 2, RECONNECT_MAX_S)
            else:
                return

    async def _check(self, streams: list[Stream]) -> None:
        """Tell the readers of each stream whose newest known entry is gone."""
        known = [stream for stream in streams if stream.cursor != START]
        async with async_redis_client().pipeline(transaction=False) as pipeline:
            cursors = [stream.cursor for stream in known]
            for stream in known:
                pipeline.xrange(stream.key, min=stream.cursor, max=stream.cursor)
                pipeline.xrevrange(stream.key, count=1)
            replies: list[Any] = await pipeline.execute()
        for stream, cursor, there, newest in zip(
            known, cursors, replies[::2], replies[1::2], strict=True
        ):
            if not there and stream.cursor == cursor:
                stream.lose(newest[0][0].decode() if newest else START)

    def _tend_now_and_then(self, now: float) -> None:
        if now < self._tend_at or (self._tending and not self._tending.done()):
            return
        self._tend_at = now + QUIET_S
        quiet = [stream for stream in self.streams.values() if now - stream.moved_at > QUIET_S]
        if quiet:
            self._tending = asyncio.create_task(
                self._tend(quiet), name="follower-tending", context=Context()
            )

    async def _tend(self, quiet: list[Stream]) -> None:
        """A log that expired, or an end that nobody told, must not keep readers waiting."""
        try:
            await self._check(quiet)
        except (RedisError, OSError) as error:
            logger.warning("live_redis_lost", error=str(error))
        final_ids = await find_final([stream.solution_id for stream in quiet])
        for stream in quiet:
            if stream.solution_id in final_ids:
                stream.settle()
