"""One viewer of one solution: a cursor, and what is new since."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Final

from solver.live.events import Event, EventKind, position
from solver.live.follow import follower
from solver.live.frames import Frame, ending_frames, is_after, make_frames
from solver.live.replay import (
    find_solution,
    read_between,
    snapshot_frames,
    stored_frames,
    take_snapshot,
)
from solver.live.stream import Stream

EVENTS_A_READ: Final = 1_000
# A worker that finds its log lost writes it anew; that is better than an older text of the row.
LOSS_GRACE_S: Final = 2.0


class SolutionGone(Exception):
    """The solution was deleted while somebody watched."""


class Reader:
    """Reads one stream from a cursor on; `next` may be cancelled without losing anything.

    is_final: whether the solution was in a final state when the reader came.
    """

    def __init__(self, stream: Stream, after: str, is_final: bool = False) -> None:
        self.stream = stream
        self._is_final = is_final
        self.cursor: str | None = None
        self._asked = after if position(after) else None
        self._losses = stream.losses

    async def next(self) -> Sequence[Frame]:
        """Wait until there is something new, and give all of it; merged where it was much.

        Raises SolutionGone, and RedisError where Redis stays away.
        """
        while True:
            changed = self.stream.changed
            frames = await self._look()
            if frames:
                return frames
            await changed.wait()

    async def now(self) -> Sequence[Frame]:
        """What is new at this moment, perhaps nothing."""
        frames: list[Frame] = []
        while more := await self._look():
            frames += more
        return frames

    async def _look(self) -> Sequence[Frame]:
        stream, batch = self.stream, self.stream.batch
        if self._losses != stream.losses:
            return await self._recover()
        if self.cursor is None:
            return await self._start()
        if batch and batch.after == self.cursor:
            self.cursor = batch.cursor
            return batch.frames
        if is_after(stream.cursor, self.cursor):
            return await self._catch_up(self.cursor)
        if self._is_final or stream.is_final:
            return await self._end(self.cursor)
        return ()

    async def _start(self) -> Sequence[Frame]:
        """The first look: a cursor that names no entry of this log gets a snapshot."""
        if self._asked is None:
            return await self._start_again()
        # Up to the end, since another process may have shown more than this one has read.
        events = await read_between(self.stream.solution_id, self._asked, "+", EVENTS_A_READ)
        return await self._take(events, self._asked)

    async def _catch_up(self, after: str) -> Sequence[Frame]:
        up_to = self.stream.cursor
        events = await read_between(self.stream.solution_id, after, up_to, EVENTS_A_READ)
        return await self._take(events, up_to)

    async def _take(self, events: list[Event] | None, cursor: str) -> Sequence[Frame]:
        if events is None:
            return await self._start_again()
        self.cursor = events[-1].cursor if events else cursor
        return make_frames(events) or await self._look()

    async def _recover(self) -> Sequence[Frame]:
        """The log was lost: wait a little for its writer, who has the whole text."""
        changed = self.stream.changed
        _cursor, snapshot, _last = await take_snapshot(self.stream.solution_id)
        if snapshot is None:
            solution = await find_solution(self.stream.solution_id)
            if solution is not None and not solution.is_final:
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), LOSS_GRACE_S)
        return await self._start_again()

    async def _start_again(self) -> Sequence[Frame]:
        losses = self.stream.losses
        cursor, snapshot, last = await take_snapshot(self.stream.solution_id)
        if snapshot is not None:
            frames = snapshot_frames(snapshot)
        else:
            solution = await find_solution(self.stream.solution_id)
            if solution is None:
                raise SolutionGone
            frames = stored_frames(solution, cursor, last)
        self.cursor, self._losses = cursor, losses
        return frames

    async def _end(self, cursor: str) -> Sequence[Frame]:
        """The log says no more, and the row is final: say what the log did not."""
        solution = await find_solution(self.stream.solution_id)
        if solution is None:
            raise SolutionGone
        _cursor, snapshot, last = await take_snapshot(self.stream.solution_id)
        if snapshot is None or snapshot.text != solution.text:
            return stored_frames(solution, cursor, last)
        return ending_frames(solution, cursor)


async def watch(
    solution_id: str, after: str, is_final: bool = False
) -> AsyncGenerator[Sequence[Frame]]:
    """Frames after a cursor as they come; ends after `done`."""
    async with follower().subscription(solution_id) as stream:
        reader = Reader(stream, after, is_final)
        while True:
            frames = await reader.next()
            yield frames
            if is_end(frames):
                return


def is_end(frames: Sequence[Frame]) -> bool:
    return any(frame.kind == EventKind.DONE for frame in frames)
