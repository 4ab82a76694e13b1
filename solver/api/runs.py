"""Runs that somebody waits for: begun or joined, followed, and cancelled when nobody is left."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import Context
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from redis.exceptions import RedisError

from accounts.throttling import hold, let_go, spend
from solver.api import sharing
from solver.api.answers import Answer, Ask, remember, remembered
from solver.api.errors import ApiError
from solver.api.sharing import Place
from solver.api.sizes import least_tokens
from solver.live.connection import async_redis_client
from solver.live.events import START, EventKind
from solver.live.follow import follower
from solver.live.frames import Frame
from solver.live.reader import Reader, SolutionGone, is_end
from solver.live.replay import find_solution
from solver.models.solution import Solution
from solver.running import states

logger = structlog.get_logger(__name__)

RENEW_EVERY_S: Final = 20.0
START_TIMEOUT_S: Final = 20.0
REDIS_AWAY_S: Final = 30.0
_in_background: set[asyncio.Task[Any]] = set()


class Run:
    """One answer under way, or one that is there already (`answer`)."""

    def __init__(self, ask: Ask, place: Place | None = None, answer: Answer | None = None) -> None:
        self.ask = ask
        self.place = place
        self.answer = answer
        self.is_cached = answer is not None
        self._said = ""

    async def pieces(self) -> AsyncGenerator[str]:
        """The text as it grows; afterwards `answer` is set. Raises ApiError."""
        if self.answer is not None:
            yield self.answer.text
            return
        async with aclosing(self._frames()) as frames:
            async for frame in frames:
                if piece := self._newer(frame):
                    self._said += piece
                    yield piece
        answer = await self._settle()
        if not answer.text.startswith(self._said):
            raise _begun_anew()
        if rest := answer.text[len(self._said) :]:
            self._said = answer.text
            yield rest

    async def wait(self) -> Answer:
        """Until the end. Raises ApiError."""
        if self.answer is None:
            async with aclosing(self._frames()) as frames:
                async for frame in frames:
                    if frame.kind == EventKind.DONE:
                        break
            await self._settle()
        assert self.answer is not None
        return self.answer

    @property
    def least_spent(self) -> int:
        """What a run that was cut short took, at least."""
        return self.ask.least_tokens + least_tokens(self._said)

    async def _settle(self) -> Answer:
        solution = await find_solution(self._id)
        if solution is None:
            raise ApiError(410, "deleted", "The solution was deleted.")
        self.answer = answer = Answer.of(solution)
        if self.place is not None and self.place.is_first:
            await remember(self.ask, answer)
        return answer

    def _newer(self, frame: Frame) -> str:
        """What a frame adds to what was said. A log that was lost repeats itself."""
        if frame.kind not in {EventKind.SNAPSHOT, EventKind.DELTA}:
            return ""
        fields = json.loads(frame.text)
        text, at = fields["text"], fields.get("at", 0)
        known = self._said[at : at + len(text)]
        if not text.startswith(known) and not known.startswith(text):
            raise _begun_anew()
        return str(text[len(known) :])

    async def _frames(self) -> AsyncGenerator[Frame]:
        """Up to the end, across absences of Redis."""
        await self._wait_for_start()
        lost_at: float | None = None
        while True:
            try:
                async with follower().subscription(self._id) as stream:
                    reader = Reader(stream, START)
                    frames: Sequence[Frame] = ()
                    while not is_end(frames):
                        frames = await reader.next()
                        lost_at = None
                        for frame in frames:
                            yield frame
                return
            except SolutionGone:
                raise ApiError(410, "deleted", "The solution was deleted.") from None
            except (RedisError, OSError):
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > REDIS_AWAY_S:
                    raise
                await asyncio.sleep(0.2)

    async def _wait_for_start(self) -> None:
        """A run that another request is about to start has no row for a moment."""
        place = self.place
        if place is None or place.is_first:
            return
        pause_s, until = 0.02, time.monotonic() + START_TIMEOUT_S
        while not await sharing.has_started(place):
            if time.monotonic() > until:
                raise ApiError(503, "not_started", "The run did not start. Try again.")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 0.5)

    @property
    def _id(self) -> str:
        assert self.place is not None
        return self.place.run


@asynccontextmanager
async def begun(asks: Sequence[Ask], use_cache: bool = True) -> AsyncIterator[list[Run]]:
    """A run for each ask: from the cache, joined, or new. Left, they are cancelled unless done or
    wanted by others. Raises ApiError and ValidationError."""
    waiter = uuid4().hex
    runs: list[Run] = []
    renewing: asyncio.Task[None] | None = None
    try:
        for ask in asks:
            # Each at once in the list: those found must be left if a later one fails.
            runs.append(await _find(ask, waiter, use_cache))  # noqa: PERF401
        await _start([run for run in runs if run.place and run.place.is_first])
        if any(run.place for run in runs):
            renewing = asyncio.create_task(_renew(runs), name="api-renewing")
        yield runs
    finally:
        if renewing is not None:
            renewing.cancel()
        if any(run.place for run in runs):
            # A task of its own: the caller may be gone, and this one cancelled again and again.
            leaving = in_background(_leave(runs))
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(leaving)


def in_background(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Work that goes on when the request has ended, and its thread is another's."""
    task = asyncio.create_task(work, context=Context())
    _in_background.add(task)
    task.add_done_callback(_in_background.discard)
    return task


async def _find(ask: Ask, waiter: str, use_cache: bool) -> Run:
    answer = await remembered(ask) if use_cache else None
    if answer is not None:
        return Run(ask, answer=answer)
    question = ask.fingerprint if use_cache else f"{ask.fingerprint}:{waiter}"
    return Run(ask, await sharing.join(question, waiter, str(uuid4())))


async def _start(new: Sequence[Run]) -> None:
    """Queue the runs that nobody else has; each takes one of the caller's places."""
    if not new:
        return
    places = [run.place for run in new if run.place]
    caller = new[0].ask.caller
    if not await hold(async_redis_client(), caller, [place.run for place in places]):
        message = "As many runs as this key may have are under way. Try again when one has ended."
        raise ApiError(429, "too_many_runs", message, "concurrent_runs", {"retry-after": "1"})
    for run, place in zip(new, places, strict=True):
        await _submit(run.ask, place.run)
        await sharing.say_started(place)


@database_sync_to_async
def _submit(ask: Ask, run: str) -> None:
    ask.submit(UUID(run))


async def _renew(runs: Sequence[Run]) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        places = [run.place for run in runs if run.place]
        with contextlib.suppress(RedisError, OSError):
            for place in places:
                await sharing.stay(place)
            if mine := [place.run for place in places if place.is_first]:
                await hold(async_redis_client(), runs[0].ask.caller, mine)


async def _leave(runs: Sequence[Run]) -> None:
    for run in runs:
        if run.place is not None:
            try:
                await _leave_one(run, run.place)
            except (RedisError, OSError) as error:
                logger.warning("api_run_not_left", solution=run.place.run, error=str(error))


async def _leave_one(run: Run, place: Place) -> None:
    others = await sharing.leave(place)
    if run.answer is None and not others:
        await _cancel(place.run)
    if place.is_first:
        caller, client = run.ask.caller, async_redis_client()
        await let_go(client, caller, [place.run])
        answer = run.answer
        taken = answer.prompt_tokens + answer.completion_tokens if answer else run.least_spent
        await spend(client, caller, taken)


@database_sync_to_async
def _cancel(run: str) -> None:
    with contextlib.suppress(ValidationError):
        solution = Solution.objects.filter(pk=run).first()
        if solution is not None and not solution.is_final:
            states.cancel(solution)


def _begun_anew() -> ApiError:
    message = "The run was interrupted and began anew with another text. Ask again."
    return ApiError(500, "begun_anew", message)
