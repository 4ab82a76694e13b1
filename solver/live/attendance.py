"""Asks again and again whether those who watch may still do so.

One session after the other, spread over the interval: a thousand sockets that each asked for
themselves cost more than all that they were sent.
"""

import asyncio
from collections import defaultdict
from contextvars import Context
from typing import Final, Protocol
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings
from django.db import DatabaseError

from solver.live.viewing import Access, look_again

logger = structlog.get_logger(__name__)

PAUSE_MIN_S: Final = 0.005

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, "Attendance"] = WeakKeyDictionary()


class Attendee(Protocol):
    """Somebody who watches one solution."""

    solution_id: str

    async def refuse(self, access: Access) -> None:
        """Called once the answer is no more GRANTED."""


def attendance() -> "Attendance":
    """Of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loop:
        _of_loop[loop] = Attendance()
    return _of_loop[loop]


class Attendance:
    """Everybody who watches through this event loop, by session."""

    def __init__(self) -> None:
        self._present: defaultdict[str, set[Attendee]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def enter(self, session_key: str, attendee: Attendee) -> None:
        self._present[session_key].add(attendee)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(
                self._ask_in_turn(), name="attendance", context=Context()
            )

    def leave(self, session_key: str, attendee: Attendee) -> None:
        self._present[session_key].discard(attendee)
        if not self._present[session_key]:
            del self._present[session_key]
        if not self._present and self._task and self._task is not asyncio.current_task():
            self._task.cancel()
            self._task = None

    async def _ask_in_turn(self) -> None:
        while self._present:
            for session_key in list(self._present):
                pause_s = settings.SESSION_CHECK_S / max(len(self._present), 1)
                await asyncio.sleep(max(pause_s, PAUSE_MIN_S))
                await self._ask(session_key)

    async def _ask(self, session_key: str) -> None:
        attendees = list(self._present.get(session_key, ()))
        if not attendees:
            return
        try:
            answers = await look_again(session_key, [one.solution_id for one in attendees])
        except DatabaseError as error:
            logger.warning("live_access_unknown", error=str(error))
            return
        for attendee in attendees:
            if answers[attendee.solution_id] is not Access.GRANTED:
                await attendee.refuse(answers[attendee.solution_id])
