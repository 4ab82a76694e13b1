"""One followed log, as far as this process has read it. Belongs to one event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from solver.live.events import Event, EventKind, log_keys
from solver.live.frames import Frame, is_after, make_frames, merge
from solver.live.renderer import Renderer
from solver.live.replay import read_text
from solver.live.unrolling import UnrollingCards

# So that a reader which is still sending when the next one comes need not ask Redis by itself.
KEPT_BATCHES = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read found: every event up to a cursor, encoded once."""

    cursor: str
    frames: tuple[Frame, ...]


class Stream:
    """How far one log was read, and the newest batches by where they begin; no queue.

    A reader that stands where a batch begins takes the batch; any other reads the log itself.
    losses: how often Redis lost the log; readers that see it grow take a snapshot.
    cards: made while somebody watches a page of it.
    is_final: the database says that nothing more will come, whatever the log says.
    has_words: some text has come since it is followed.
    """

    def __init__(self, solution_id: str, cursor: str, renderer: Renderer) -> None:
        self.solution_id = solution_id
        self.key = log_keys(solution_id)[0]
        self.cards: UnrollingCards | None = None
        self._renderer = renderer
        self.cursor = cursor
        self.batches: dict[str, Batch] = {}
        self.losses = 0
        self.is_final = False
        self.has_words = False
        self.readers = 0
        self.moved_at = asyncio.get_running_loop().time()
        self.changed = asyncio.Event()
        self._length: int | None = None

    def publish(self, events: Sequence[Event]) -> None:
        """Take what came after `cursor`, and wake the readers."""
        if not is_after(events[0].cursor, self.cursor):
            # The read was on its way when the stream was set anew.
            events = [event for event in events if is_after(event.cursor, self.cursor)]
            if not events:
                return
        if not self._is_seamless(events):
            self.lose(events[-1].cursor)
            return
        after, self.cursor = self.cursor, events[-1].cursor
        merged = merge(events)
        self.has_words = self.has_words or any(event.fields.get("text") for event in merged)
        self.batches[after] = Batch(self.cursor, make_frames(merged))
        if len(self.batches) > KEPT_BATCHES:
            del self.batches[next(iter(self.batches))]
        self._unroll(merged)
        self.wake()

    async def unrolled(self) -> UnrollingCards:
        """The cards, begun with the text as it is if there were none."""
        if self.cards is None or self.cards.is_torn:
            cards = self.cards = UnrollingCards()
            try:
                text, is_final = await read_text(self.solution_id)
            except BaseException:
                self.cards = None
                raise
            cards.load(text, is_final)
            self.render()
        return self.cards or await self.unrolled()

    def render(self) -> None:
        """See that what has changed in the cards is rendered soon."""
        self._renderer.want(self)

    def lose(self, cursor: str) -> None:
        """The log is not what it was: readers start again with a snapshot, then after `cursor`."""
        self.cursor = cursor
        self.batches.clear()
        self.cards = None
        self.losses += 1
        self._length = None
        self.wake()

    def settle(self) -> None:
        self.is_final = True
        self.wake()

    def wake(self) -> None:
        self.moved_at = asyncio.get_running_loop().time()
        self.changed.set()
        self.changed = asyncio.Event()

    def _unroll(self, events: Sequence[Event]) -> None:
        if self.cards is not None:
            for event in events:
                self.cards.take(event)
            self.render()

    def _is_seamless(self, events: Sequence[Event]) -> bool:
        """Whether each delta begins where the text before it ended; false once trimmed."""
        for event in events:
            if event.kind == EventKind.SNAPSHOT:
                self._length = len(event.fields["text"])
            elif event.kind == EventKind.DELTA:
                if self._length is not None and event.fields["at"] != self._length:
                    return False
                self._length = event.fields["at"] + len(event.fields["text"])
        return True
