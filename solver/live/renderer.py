"""Renders cards beside the event loop: each text at most four times a second, and all of them
together at most half of the time, so that sockets never wait for Markdown."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Final, Protocol

import structlog

from solver.live.unrolling import Job, UnrollingCards, render_job

logger = structlog.get_logger(__name__)

EVERY_S: Final = 0.25
# One thread: a second one would only compete for the interpreter.
_thread = ThreadPoolExecutor(1, thread_name_prefix="cards")


class Carded(Protocol):
    """Something with cards, that tells its readers when there are new ones."""

    cards: UnrollingCards | None

    def wake(self) -> None: ...


class Renderer:
    """Takes what has changed, the longest overdue first. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Carded, UnrollingCards] = {}
        self._task: asyncio.Task[None] | None = None

    def want(self, carded: Carded) -> None:
        """See that the cards are rendered soon, if anything in them has changed."""
        if carded.cards is None or not carded.cards.has_work:
            return
        self._waiting[carded] = carded.cards
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="renderer", context=Context())

    def stop(self) -> None:
        if self._task:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            carded = min(self._waiting, key=lambda one: self._waiting[one].due_at)
            wait_s = self._waiting[carded].due_at - loop.time()
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, EVERY_S / 5))
                continue
            cards = self._waiting.pop(carded)
            began = loop.time()
            await self._render(cards)
            took_s = loop.time() - began
            cards.due_at = loop.time() + EVERY_S
            if carded.cards is cards:
                carded.wake()
                self.want(carded)
            await asyncio.sleep(took_s)

    async def _render(self, cards: UnrollingCards) -> None:
        rendered: list[tuple[Job, str]] = []
        jobs = cards.take_jobs()
        try:
            rendered = await asyncio.get_running_loop().run_in_executor(_thread, _render_all, jobs)
        except Exception:
            # A page without one card is better than one that waits for it for ever.
            logger.exception("cards_not_rendered")
        finally:
            cards.store(rendered)


def _render_all(jobs: list[Job]) -> list[tuple[Job, str]]:
    return [render_job(job) for job in jobs]
