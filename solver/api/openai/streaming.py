"""Several runs as one stream of server-sent events."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any, Final

import structlog

from solver.api.answers import Ask
from solver.api.calls import Call, EventStream
from solver.api.errors import ApiError, openai_body
from solver.api.parting import Part, Parting
from solver.api.runs import Run, begun, in_background
from solver.live.connection import heed_cancellation

logger = structlog.get_logger(__name__)

KEEP_ALIVE_S: Final = 10.0
# A response that nobody has begun to read by then never will be.
UNREAD_S: Final = 30.0
KEEP_ALIVE: Final = ": keep-alive\n\n"
DONE: Final = "data: [DONE]\n\n"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something that one of the runs said; has_ended: it has its answer now."""

    index: int
    part: Part
    has_ended: bool = False


Narrate = Callable[[Sequence[Run], AsyncIterator[Spoken | None]], AsyncGenerator[str]]


async def streamed(call: Call, asks: Sequence[Ask], narrate: Narrate) -> EventStream:
    """Begin the runs, so that refusals have their status, and tell them as they go.

    narrate: makes events of what is spoken; None is a moment in which nothing was.
    """
    stack = AsyncExitStack()
    runs = await stack.enter_async_context(begun(asks, not call.wants_fresh))
    call.headers["x-cache"] = "hit" if all(run.is_cached for run in runs) else "miss"
    events = _events(call, runs, stack, narrate)
    return EventStream(events, HEADERS)


def event(fields: dict[str, Any], name: str = "") -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(fields, ensure_ascii=False)}\n\n"


def _events(
    call: Call, runs: Sequence[Run], stack: AsyncExitStack, narrate: Narrate
) -> AsyncGenerator[str]:
    """The runs are left when the reader goes, and when none ever comes."""
    unread = asyncio.get_running_loop().call_later(UNREAD_S, lambda: in_background(stack.aclose()))

    async def tell() -> AsyncGenerator[str]:
        unread.cancel()
        async with stack:
            try:
                async with (
                    aclosing(interleaved(runs)) as spoken,
                    aclosing(narrate(runs, spoken)) as events,
                ):
                    async for text in events:
                        yield text
            except Exception as error:  # noqa: BLE001 - told in the stream, whatever it is
                yield _told(call, error)
            for run in runs:
                if run.answer is not None:
                    call.count(run.answer)

    return tell()


def _told(call: Call, error: Exception) -> str:
    known = ApiError.of(error)
    if known.status == 500 and not isinstance(error, ApiError):
        logger.exception("api_stream_failed", request=call.id, exc_info=error)
    return event(openai_body(known))


async def interleaved(runs: Sequence[Run]) -> AsyncGenerator[Spoken | None]:
    """What the runs say, as it comes, and None when nothing came for KEEP_ALIVE_S."""
    said: asyncio.Queue[Spoken | BaseException] = asyncio.Queue()
    speaking = [
        asyncio.create_task(_speak(index, run, said), name="api-run")
        for index, run in enumerate(runs)
    ]
    ended = 0
    try:
        while ended < len(runs):
            # The reader may have gone while the run began, and somebody dropped the news.
            heed_cancellation()
            try:
                # `asyncio.wait_for` drops a cancellation that comes together with an item.
                async with asyncio.timeout(KEEP_ALIVE_S):
                    item = await said.get()
            except TimeoutError:
                yield None
                continue
            if isinstance(item, BaseException):
                raise item
            ended += item.has_ended
            yield item
    finally:
        for task in speaking:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*speaking, return_exceptions=True)


async def _speak(index: int, run: Run, said: asyncio.Queue[Spoken | BaseException]) -> None:
    parting = Parting()
    try:
        async with aclosing(run.pieces()) as pieces:
            async for piece in pieces:
                part = parting.feed(piece)
                if any(part):
                    said.put_nowait(Spoken(index, part))
        said.put_nowait(Spoken(index, parting.finish(), has_ended=True))
    except Exception as error:  # noqa: BLE001 - raised again where the stream is read
        said.put_nowait(error)
