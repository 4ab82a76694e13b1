"""The further samples of a run, drawn beside the one that streams to the page.

Each has a thread of its own, and all feed the engine's one batch. A sample is kept in its row as
soon as it ends, and on the way now and then, so that a run taken up again loses no vote. With a
single sample nothing here does anything.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils.translation import gettext as _

from solver.engines.base import (
    Chunk,
    Engine,
    EngineError,
    FinishReason,
    Request,
    Usage,
)
from solver.live.events import EventKind
from solver.models.sample import Sample
from solver.models.solution import Solution
from solver.running import announce, states
from solver.running.draws import Draw
from solver.running.transcript import Transcript

logger = structlog.get_logger(__name__)

KEEP_EVERY_S = 10.0
WAIT_S = 0.1
STOP_WAITS_S = 5.0
LARGEST_SEED = 2**31


@dataclass(slots=True)
class _Due:
    keep: float = 0.0
    told: int = 0


@dataclass(slots=True)
class Samples:
    """All samples of one run; number 1 is the transcript's. Used by the run's own thread."""

    claim: Solution
    engine: Engine
    request: Request
    first: Sample
    waiting: list[Draw] = field(default_factory=list)
    begun: list[Draw] = field(default_factory=list)
    over: list[Sample] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    kept_tokens: int = 0
    _due: _Due = field(default_factory=_Due)

    @property
    def is_one(self) -> bool:
        return self.claim.samples <= 1

    @property
    def new_tokens(self) -> int:
        return sum(draw.tokens for draw in self.begun) - self.kept_tokens

    @property
    def all_over(self) -> bool:
        return not self.waiting and all(draw.outcome for draw in self.begun)

    @property
    def is_cut(self) -> bool:
        """Whether the engine was closed under one of them."""
        return any(draw.is_cut for draw in self.begun)

    def rows(self) -> list[Sample]:
        """Every sample as of now, in order."""
        rows = [self.first, *self.over, *(draw.written() for draw in self.begun)]
        return sorted(rows, key=lambda row: row.number)

    def first_end(self) -> Chunk | None:
        """How number 1 ended, where an earlier run saw it end."""
        if not self.first.is_over:
            return None
        tokens = self.first.completion_tokens
        usage = Usage(self.engine.count_tokens(self.request), tokens)
        finish = FinishReason(self.first.finish_reason)
        return Chunk("", tokens, finish, usage, error=self.first.error)

    def end_first(self, transcript: Transcript, last: Chunk) -> None:
        """Number 1 has ended; the rest need not make room for it any more."""
        if self.is_one or last.finish in {None, FinishReason.CANCELLED}:
            return
        self.first.text = transcript.text
        self.first.completion_tokens = transcript.completion_tokens
        self.first.finish_reason, self.first.error = str(last.finish), last.error
        self._due.keep = 0.0
        self.go_on()

    def go_on(self) -> None:
        """Begin what there is room for, keep what is due, tell what has ended.

        Called again and again while the run goes on, first when number 1 has begun: the engine
        has read the problem by then, and need not read it for the others. Raises EngineDead and
        LeaseLost.
        """
        if self.is_one:
            return
        while self.waiting and self._has_room():
            draw = self.waiting.pop(0)
            self.begun.append(draw)
            draw.start()
        for draw in self.begun:
            if draw.death is not None:
                raise draw.death
        ended = self.count_ended()
        if ended != self._due.told:
            self._tell(ended)
        if time.monotonic() >= self._due.keep:
            self.keep()

    def count_ended(self) -> int:
        ended = sum(draw.outcome is not None for draw in self.begun)
        return self.first.is_over + len(self.over) + ended

    def keep(self) -> None:
        """Save all samples as they are. Raises LeaseLost; where the database is away, later."""
        if self.is_one:
            return
        self._due.keep = time.monotonic() + KEEP_EVERY_S
        try:
            states.keep_samples(self.claim, [row for row in self.rows() if self._is_kept(row)])
        except (DatabaseError, InterfaceError) as error:
            logger.warning("samples_not_kept", solution=str(self.claim.pk), error=str(error))
            close_old_connections()

    def _is_kept(self, row: Sample) -> bool:
        # Until number 1 has ended its text lives in the solution itself.
        return row.is_over or (row is not self.first and bool(row.text))

    def _has_room(self) -> bool:
        """Further samples leave the engine's places to other people's first ones."""
        slots = getattr(self.engine, "slots", 0)
        if not slots or self.first.is_over:
            return True
        return self.engine.running() + self.engine.waiting() < slots

    def _tell(self, ended: int) -> None:
        self._due.told = ended
        self._due.keep = 0.0
        counts = {"done": ended, "of": self.claim.samples}
        message = _("%(done)d of %(of)d samples are done.") % counts
        fields = {"message": message, "code": "samples", **counts}
        announce.say(self.claim.pk, EventKind.NOTICE, fields)


@contextmanager
def gathered(
    claim: Solution, engine: Engine, request: Request, transcript: Transcript
) -> Iterator[Samples]:
    """The run's samples; whatever is still under way when the block is left is stopped.

    Takes up what an earlier run of the same model kept. `transcript` gets number 1's whole text
    where that has ended.
    """
    samples = Samples(claim, engine, request, Sample(solution=claim, number=1))
    if not samples.is_one:
        _take_up(samples, transcript)
    try:
        yield samples
    except EngineError:
        # The run goes back to the queue; what the others have is worth keeping.
        with suppress(states.LeaseLost):
            samples.keep()
        raise
    finally:
        samples.stop.set()
        for draw in samples.begun:
            draw.join(STOP_WAITS_S)


def _take_up(samples: Samples, transcript: Transcript) -> None:
    claim, engine = samples.claim, samples.engine
    kept = {row.number: row for row in _kept_rows(claim, engine)}
    first = kept.get(1)
    if first is not None and first.is_over and first.text.startswith(transcript.text):
        transcript.add(first.text[len(transcript.text) :], first.completion_tokens)
        samples.first = first
    for number in range(2, claim.samples + 1):
        row = kept.get(number) or Sample(solution=claim, number=number)
        if row.is_over:
            samples.over.append(row)
            continue
        if not engine.can_resume:
            row.text, row.completion_tokens = "", 0
        samples.kept_tokens += row.completion_tokens
        request = _request(samples.request, row)
        samples.waiting.append(Draw(engine, request, row, samples.stop))


def _kept_rows(claim: Solution, engine: Engine) -> list[Sample]:
    """What an earlier run left; another model's samples are no votes for this one's answer."""
    # `claim.model` is the row's as it was before this run.
    if claim.model != engine.model:
        claim.drawn.all().delete()
        return []
    return list(claim.drawn.all())


def _request(request: Request, row: Sample) -> Request:
    """As number 1's, with a seed of its own."""
    seed = request.sampling.seed
    own = None if seed is None else (seed + row.number - 1) % LARGEST_SEED
    return replace(
        request,
        sampling=replace(request.sampling, seed=own),
        prefill=row.text,
        id=f"{request.id}#{row.number}",
    )
