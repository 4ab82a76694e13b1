"""The text of one run on its way to the readers (Redis) and into the database.

Text is never lost on the way: it is kept here whole, flushed to the log many times a second and to
the row every few seconds. Where Redis is away the run goes on, and the log is opened again with the
whole text once it is back.
"""

import re
import time
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from redis.exceptions import RedisError

from solver.live.connection import impatient_redis_client
from solver.live.events import EventKind, EventLog, StreamLost
from solver.live.frames import step_fields
from solver.live.together import together
from solver.models.solution import Solution, State
from solver.running import states
from solver.running.outcomes import Written
from solver.text.steps import Boundary, StepCutter

logger = structlog.get_logger(__name__)

# PostgreSQL refuses NUL, and no UTF-8 can hold half a surrogate pair. One for one, so that
# offsets stay what they were.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
ASK_FOR_CANCEL_EVERY_S = 0.5
TRY_REDIS_EVERY_S = 1.0


def storable(text: str) -> str:
    """The text with every character that cannot be stored replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", text)


@dataclass(slots=True)
class _Due:
    """When the next of each thing is to be done, on the monotonic clock."""

    flush: float = 0.0
    checkpoint: float = 0.0
    ask: float = 0.0
    redis: float = 0.0


class Transcript:
    """Not thread-safe: one run, one thread. Raises StaleFence or LeaseLost where the run was
    taken over; whoever holds it must then stop writing."""

    def __init__(self, claim: Solution, model: str) -> None:
        self.text = ""
        self.completion_tokens = 0
        self._claim = claim
        self._model = model
        self._log = EventLog(claim.pk, impatient_redis_client(), together())
        self._cutter = StepCutter()
        self._steps: list[Boundary] = []
        self._answer: str | None = None
        self._told = 0
        self._first_token_at: datetime | None = claim.first_token_at
        self._saved_text: str | None = None
        self._is_open = False
        self._due = _Due()

    @property
    def written(self) -> Written:
        return Written(self.text, self._model, self.completion_tokens, self._first_token_at)

    def open(self, can_resume: bool) -> None:
        """Begin with what an earlier run left, where the same model can go on from it."""
        if can_resume and self._claim.model == self._model:
            self._take(self._kept_text())
        self._save()
        self._show_whole()

    def add(self, delta: str, completion_tokens: int) -> None:
        """Take the model's next words; nothing is sent yet."""
        if delta and self._first_token_at is None:
            self._first_token_at = timezone.now()
        self.completion_tokens = max(self.completion_tokens, completion_tokens)
        self._take(storable(delta))

    def keep_up(self) -> bool:
        """Flush and save what is due; returns whether somebody asked to cancel."""
        now = time.monotonic()
        if now >= self._due.checkpoint:
            self._save()
        pending = len(self.text) - self._told
        if pending and (now >= self._due.flush or pending >= settings.FLUSH_CHARS):
            return self.flush()
        if now >= self._due.ask:
            return self._ask_for_cancel()
        return False

    def finish(self) -> str:
        """No more text will come: close the last step. Returns the answer, "" where none is."""
        self._steps.extend(self._cutter.finish())
        self.flush()
        # Checking the answer comes next and may take its time.
        self._save()
        return self._cutter.worked().answer or ""

    def give_way(self, text: str, completion_tokens: int) -> None:
        """Another sample's text is the solution's: readers get it whole, with the ending.

        Nothing is sent or saved before that, so that a run lost in between goes on as it was.
        completion_tokens: of all samples together.
        """
        self.text = text
        self.completion_tokens = completion_tokens

    def flush(self) -> bool:
        """Send what readers have not got; returns whether somebody asked to cancel."""
        now = time.monotonic()
        if now < self._due.redis:
            return False
        self._due.flush = now + settings.FLUSH_EVERY_S
        try:
            return self._send() if self._is_open else self._reopen()
        except StreamLost:
            return self._reopen()
        except (RedisError, OSError) as error:
            self._lose_redis(error)
            return False

    def _kept_text(self) -> str:
        """The row's text, or the log's where that holds the same and more."""
        saved = self._claim.text
        try:
            shown = self._log.snapshot()
        except (RedisError, OSError):
            return saved
        return shown.text if shown and shown.text.startswith(saved) else saved

    def _take(self, text: str) -> None:
        if text:
            self.text += text
            self._steps.extend(self._cutter.feed(text))

    def _send(self) -> bool:
        cancel = False
        pending = self.text[self._told :]
        if pending:
            appended = self._log.append(self._claim.fence, EventKind.DELTA, {}, pending)
            self._told += len(pending)
            cancel = appended.cancel_requested
            self._due.ask = time.monotonic() + ASK_FOR_CANCEL_EVERY_S
        while self._steps:
            self._append(EventKind.STEP, step_fields(self._steps[0]))
            del self._steps[0]
        if self._cutter.answer != self._answer:
            self._answer = self._cutter.answer
            self._append(EventKind.ANSWER, {"text": self._answer})
        return cancel

    def _append(self, kind: EventKind, fields: dict[str, object]) -> None:
        self._log.append(self._claim.fence, kind, fields)

    def _reopen(self) -> bool:
        # The log that is gone took the fencing token along: the database says whose run it is.
        if self._save(always=True):
            self._show_whole()
        return False

    def _show_whole(self) -> None:
        try:
            self._log.open(self._claim.fence, self.text, State.RUNNING)
        except (RedisError, OSError) as error:
            self._lose_redis(error)
            return
        self._is_open = True
        self._told = len(self.text)
        # A snapshot holds every boundary so far: readers cut its text themselves.
        self._steps.clear()

    def _lose_redis(self, error: Exception) -> None:
        self._due.redis = time.monotonic() + TRY_REDIS_EVERY_S
        logger.warning("log_unreachable", solution=str(self._claim.pk), error=str(error))

    def _ask_for_cancel(self) -> bool:
        self._due.ask = time.monotonic() + ASK_FOR_CANCEL_EVERY_S
        if time.monotonic() < self._due.redis:
            return False
        try:
            return self._log.cancel_requested()
        except (RedisError, OSError) as error:
            self._lose_redis(error)
            return False

    def _save(self, always: bool = False) -> bool:
        self._due.checkpoint = time.monotonic() + settings.CHECKPOINT_EVERY_S
        if self._saved_text == self.text and not always:
            return True
        try:
            states.checkpoint(self._claim, self.written)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("checkpoint_failed", solution=str(self._claim.pk), error=str(error))
            close_old_connections()
            return False
        self._saved_text = self.text
        return True
