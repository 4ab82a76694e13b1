"""One viewer of one solution: a cursor, and what is new since."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from solver.live.connection import heed_cancellation
from solver.live.events import START, EventKind, position
from solver.live.follow import follower
from solver.live.frames import Frame, ending_frames, is_after, make_frames, merge
from solver.live.replay import (
    find_solution,
    read_between,
    snapshot_frames,
    stored_frames,
    take_snapshot,
)
from solver.live.stream import Stream
from solver.live.unrolling import UnrollingCards

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
        self.cursor: str | None = None
        self._is_final = is_final
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
            heed_cancellation()
            await changed.wait()

    async def now(self) -> Sequence[Frame]:
        """What is new at this moment, up to the end if it has one; perhaps nothing."""
        frames: list[Frame] = []
        while not is_end(frames) and (more := await self._look()):
            frames += more
        return frames

    async def _look(self) -> Sequence[Frame]:
        stream = self.stream
        if self._losses != stream.losses:
            return await self._recover()
        if self.cursor is None and (frames := await self._start()):
            return frames
        cursor = self.cursor or ""
        if batch := stream.batches.get(cursor):
            self.cursor = batch.cursor
            return batch.frames
        is_behind = stream.cursor != cursor and is_after(stream.cursor, cursor)
        if is_behind and (frames := await self._catch_up(cursor)):
            return frames
        if self._is_final or stream.is_final:
            return await self._end(cursor)
        return ()

    async def _start(self) -> Sequence[Frame]:
        """The first look: a cursor that names no entry of this log gets a snapshot."""
        if self._asked is None:
            return await self._start_again()
        # Up to the end, since another process may have shown more than this one has read.
        return await self._read(self._asked, "+", self._asked)

    async def _catch_up(self, after: str) -> Sequence[Frame]:
        return await self._read(after, self.stream.cursor, self.stream.cursor)

    async def _read(self, after: str, up_to: str, cursor: str) -> Sequence[Frame]:
        """What one read of the log gives; `cursor` is where an empty one leaves the reader."""
        events = await read_between(self.stream.solution_id, after, up_to, EVENTS_A_READ)
        if events is None:
            return await self._start_again()
        self.cursor = events[-1].cursor if events else cursor
        return make_frames(merge(events))

    async def _recover(self) -> Sequence[Frame]:
        """The log was lost, or is an older one: wait a little for its writer."""
        changed = self.stream.changed
        solution = await find_solution(self.stream.solution_id)
        if solution is not None and not solution.is_final:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOSS_GRACE_S):
                    await changed.wait()
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


class PageReader(Reader):
    """A reader whose steps come as HTML, a moment after their text.

    shown: how many steps the page shows already. Its last two are sent again: they may have
    been open, or may have had the beginning of the next one's title as last line.
    """

    def __init__(
        self, stream: Stream, after: str, is_final: bool = False, *, shown: int = 0
    ) -> None:
        super().__init__(stream, after, is_final)
        self._cards: UnrollingCards | None = None
        self._revision = 0
        self._from_index = max(shown - 2, 0)
        self._ending: Sequence[Frame] = ()

    async def _look(self) -> Sequence[Frame]:
        frames = self._ending or [
            frame for frame in await super()._look() if frame.kind != EventKind.STEP
        ]
        if any(frame.kind == EventKind.SNAPSHOT for frame in frames):
            self._from_index = self._revision = 0
        if is_end(frames):
            return await self._finish(frames)
        return [*frames, *self._newer(await self.stream.unrolled())]

    async def now(self) -> Sequence[Frame]:
        frames = await super().now()
        if is_end(frames):
            return frames
        return [*frames, *self._newer(await self._settled_cards())]

    async def _finish(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        """The last steps go before `done`, which ends the reading."""
        self._ending = frames
        cards = await self._settled_cards(finished=True)
        self._ending = ()
        told = [frame for frame in frames if frame.kind != EventKind.DONE]
        done = [frame for frame in frames if frame.kind == EventKind.DONE]
        return [*told, *self._newer(cards), *done]

    async def _settled_cards(self, finished: bool = False) -> UnrollingCards:
        """The cards once they show all of the text."""
        while True:
            changed = self.stream.changed
            cards = await self.stream.unrolled()
            if finished:
                cards.finish()
            self.stream.render()
            if cards.is_settled:
                return cards
            await changed.wait()

    def _newer(self, cards: UnrollingCards) -> Sequence[Frame]:
        if cards is not self._cards:
            self._cards, self._revision = cards, 0
        self._revision, frames = cards.since(self._revision, self._from_index, self.cursor or "")
        return frames


@dataclass(frozen=True, slots=True)
class View:
    """What a viewer asks for: a cursor, and for a page the number of steps that it shows."""

    after: str
    page: bool = False
    shown: int = 0

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """From `after`, `view=page` and `steps`; nonsense counts as nothing."""
        steps = query.get("steps", "")
        shown = int(steps) if re.fullmatch(r"[0-9]{1,6}", steps) else 0
        return cls(query.get("after", ""), query.get("view") == "page", shown)

    @property
    def cursor(self) -> str:
        """Where the viewer stands before the first frame."""
        return self.after if position(self.after) else START

    def reader(self, stream: Stream, is_final: bool) -> Reader:
        if self.page:
            return PageReader(stream, self.after, is_final, shown=self.shown)
        return Reader(stream, self.after, is_final)


async def watch(
    solution_id: str, view: View, is_final: bool = False
) -> AsyncGenerator[Sequence[Frame]]:
    """Frames as they come; ends after `done`. is_final: as in Reader."""
    async with follower().subscription(solution_id) as stream:
        reader = view.reader(stream, is_final)
        while True:
            frames = await reader.next()
            yield frames
            if is_end(frames):
                return


def is_end(frames: Sequence[Frame]) -> bool:
    return any(frame.kind == EventKind.DONE for frame in frames)
