"""The same frames for clients without websockets: server-sent events, and polling.

Mount `solution_events` under a path with `<uuid:solution_id>`. Each event carries its cursor as
id, so that a browser that reconnects goes on where it was (Last-Event-ID) by itself.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from solver.live.follow import follower
from solver.live.frames import Frame
from solver.live.notices import MESSAGES, Close, notice_frame
from solver.live.reader import Reader, SolutionGone, View, is_end
from solver.live.replay import newest_cursor
from solver.live.sockets import TooManyConnections, counted
from solver.live.viewing import Access, find_for, look_again
from solver.models import Solution

logger = structlog.get_logger(__name__)

HEARTBEAT_S: Final = 15.0
# How soon a browser that lost its connection, and a client that polls, should come again.
RETRY_MS: Final = 2_000
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


Look = Callable[[str], Awaitable[Access]]
"""Asks again whether the viewer may still see the solution of this id."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """Who watches what."""

    solution_id: str
    person_id: int
    look: Look
    view: View
    is_final: bool


@require_GET
async def solution_events(request: HttpRequest, solution_id: UUID) -> HttpResponseBase:
    """Server-sent events of one solution, or with `poll=1` what is new at once, as JSON.

    Query: that of the websocket (`reader.View`), and `poll`. Strangers, unknown ids and people
    who are not logged in get the same 404.
    """
    user = await request.auser()
    solution = await find_for(user, str(solution_id))
    if solution is None:
        return JsonResponse({"error": MESSAGES[Close.NOT_FOUND]}, status=404)
    session_key = request.session.session_key

    async def look(pk: str) -> Access:
        return (await look_again(session_key, [pk]))[pk]

    return await events_of(request, solution, int(user.pk or 0), look)


async def events_of(
    request: HttpRequest, solution: Solution, person_id: int, look: Look
) -> HttpResponseBase:
    """As `solution_events`, for a viewer who was let in already; `look` asks while they watch."""
    view = View.of_query(request.GET.dict())
    resumed = request.headers.get("Last-Event-ID", "")
    viewing = Viewing(
        str(solution.pk),
        person_id,
        look,
        replace(view, after=resumed) if resumed else view,
        solution.is_final,
    )
    if request.GET.get("poll"):
        return await _poll(viewing)
    if resumed and await _has_all(viewing):
        # What tells a browser's EventSource to stop coming back.
        return HttpResponse(status=204)
    return StreamingHttpResponse(
        _stream(viewing), content_type="text/event-stream", headers=HEADERS
    )


async def _has_all(viewing: Viewing) -> bool:
    try:
        return viewing.is_final and await newest_cursor(viewing.solution_id) == viewing.view.after
    except (RedisError, OSError):
        return False


async def _poll(viewing: Viewing) -> HttpResponse:
    try:
        async with follower().subscription(viewing.solution_id) as stream:
            reader = viewing.view.reader(stream, viewing.is_final)
            frames = await reader.now()
    except SolutionGone:
        return JsonResponse({"error": MESSAGES[Close.NOT_FOUND]}, status=404)
    except (RedisError, OSError) as error:
        logger.warning("live_poll_failed", solution=viewing.solution_id, error=str(error))
        return JsonResponse({"error": MESSAGES[Close.TRY_AGAIN]}, status=503)
    body = ",".join(frame.text for frame in frames)
    cursor = reader.cursor or viewing.view.cursor
    text = (
        f'{{"frames":[{body}],"cursor":"{cursor}",'
        f'"done":{"true" if is_end(frames) else "false"},"again_ms":{RETRY_MS}}}'
    )
    return HttpResponse(text, content_type="application/json", headers=HEADERS)


async def _stream(viewing: Viewing) -> AsyncGenerator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    try:
        with counted(viewing.person_id):
            async with aclosing(_follow(viewing)) as following:
                async for frames in following:
                    yield "".join(map(_as_event, frames)) or ": still here\n\n"
    except TooManyConnections as error:
        yield _as_event(notice_frame(viewing.view.cursor, Close.TOO_MANY, str(error)))
    except SolutionGone:
        yield _as_event(notice_frame(viewing.view.cursor, Close.NOT_FOUND))
    except (RedisError, OSError) as error:
        # The browser comes back by itself, from the last id that it was given.
        logger.warning("live_stream_lost", solution=viewing.solution_id, error=str(error))


async def _follow(viewing: Viewing) -> AsyncGenerator[Sequence[Frame]]:
    """Frames as they come, and nothing at every heartbeat, until the end or the log-out."""
    loop = asyncio.get_running_loop()
    async with follower().subscription(viewing.solution_id) as stream:
        reader = viewing.view.reader(stream, viewing.is_final)
        frames: Sequence[Frame] = ()
        looked_at = loop.time()
        while not is_end(frames):
            frames = await _next(reader)
            if loop.time() - looked_at > settings.SESSION_CHECK_S:
                looked_at = loop.time()
                access = await viewing.look(viewing.solution_id)
                if access is not Access.GRANTED:
                    yield [_refusal(access, reader.cursor or viewing.view.cursor)]
                    return
            yield frames


async def _next(reader: Reader) -> Sequence[Frame]:
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            return await reader.next()
    except TimeoutError:
        return ()


def _refusal(access: Access, cursor: str) -> Frame:
    expired = access is Access.SESSION_EXPIRED
    return notice_frame(cursor, Close.SESSION_EXPIRED if expired else Close.NOT_FOUND)


def _as_event(frame: Frame) -> str:
    return f"id: {frame.cursor}\ndata: {frame.text}\n\n"
