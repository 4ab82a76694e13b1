"""The engine on this machine: every caller's request in one continuous batch.

Three threads meet here. The batch's own loop computes steps. One dispatcher carries each step to
the mailboxes of the requests and lets waiting requests in. Each caller's thread, inside `stream`,
turns tokens into text, so a slow caller delays nobody.
"""

import atexit
import itertools
import secrets
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable
from queue import Empty
from typing import Any

from .base import (
    TICK_S,
    Chunk,
    EngineDead,
    FinishReason,
    PromptTooLong,
    Request,
)
from .batch import Batch, Step
from .chat import ChatForm
from .runs import AnswerText, Run

# Well under the promised tick, so that a late wake-up still keeps it.
WAIT_S = TICK_S * 0.8
# Callers are woken at most this often: on a GPU a step takes a few milliseconds, and waking every
# caller for every token would cost the loop more of the interpreter's time than the tokens do.
PACE_S = 0.02


class LocalEngine:
    """See Engine. Seeds: the same seed, prompt and settings draw the same tokens whatever else is
    in the batch, as long as the arithmetic is the same; in half precision a batch of another size
    may round a near tie the other way.
    """

    def __init__(
        self, *, model: str, batch: Batch, tokenizer: Any, context_tokens: int, slots: int
    ) -> None:
        self.model = model
        self.context_tokens = min(context_tokens, batch.cache_tokens)
        self.can_resume = True
        self.slots = slots
        self._batch = batch
        self._tokenizer = tokenizer
        self._form = ChatForm(tokenizer)
        self._ids = itertools.count()
        self._lock = threading.Lock()
        self._waiting: deque[Run] = deque()
        self._running: dict[str, Run] = {}
        self._death: EngineDead | None = None
        self._closed = threading.Event()
        self._started = threading.Event()
        self._dispatcher = threading.Thread(target=self._dispatch, name="engine", daemon=True)
        self._dispatcher.start()
        self._started.wait()
        atexit.register(self.close)

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        """See Engine.stream."""
        run = self._prepare(request)
        self._submit(run)
        try:
            yield from self._deliver(run)
        finally:
            self._end(run)

    def count_tokens(self, request: Request) -> int:
        """See Engine.count_tokens."""
        return self._form.prompt(request).prompt_tokens

    def running(self) -> int:
        """See Engine.running."""
        return len(self._running)

    def waiting(self) -> int:
        """See Engine.waiting."""
        return len(self._waiting)

    def healthy(self) -> bool:
        """See Engine.healthy."""
        return self._death is None and not self._closed.is_set() and self._batch.is_alive()

    def close(self) -> None:
        """See Engine.close."""
        if self._closed.is_set():
            return
        self._closed.set()
        atexit.unregister(self.close)
        with self._lock:
            for run in [*self._running.values(), *self._waiting]:
                run.mailbox.put(FinishReason.CANCELLED)
        self._batch.stop()
        self._dispatcher.join(timeout=5)

    # ----- a caller's thread -----

    def _prepare(self, request: Request) -> Run:
        submitted = time.perf_counter()
        prompt = self._form.prompt(request)
        room = self.context_tokens - len(prompt.tokens)
        if room < 1:
            raise PromptTooLong(1 - room, self.context_tokens)
        sampling = request.sampling
        left = sampling.max_tokens - prompt.prefill_tokens
        seed = secrets.randbits(63) if sampling.seed is None else sampling.seed
        return Run(f"run-{next(self._ids)}", request, prompt, min(room, left), seed, submitted)

    def _submit(self, run: Run) -> None:
        with self._lock:
            if self._death:
                raise EngineDead(str(self._death))
            if self._closed.is_set():
                raise EngineDead("The engine has been closed: open it again.")
            self._waiting.append(run)
            self._let_in()

    def _deliver(self, run: Run) -> Generator[Chunk, None, None]:
        if run.max_tokens < 1:  # the prefill has used them all
            yield run.last(FinishReason.LENGTH)
            return
        before = run.prompt.tokens if run.request.prefill or not self._form.has_template else []
        text = AnswerText(self._tokenizer, before, run)
        if run.prompt.opening:
            yield Chunk(run.prompt.opening)
        while True:
            item = run.mailbox.take(self._patience_s(run))
            if isinstance(item, EngineDead):
                raise item
            if isinstance(item, FinishReason):
                yield run.last(item, text.rest())
                return
            if item is None and self._is_late(run):
                yield run.last(FinishReason.DEADLINE, text.rest())
                return
            chunk = (
                Chunk("", run.completion_tokens) if item is None else self._chunk(run, item, text)
            )
            yield chunk
            if chunk.finish:
                return

    def _chunk(self, run: Run, step: Step, text: AnswerText) -> Chunk:
        if run.started is None:
            run.started = step.started if step.started > 0 else time.perf_counter()
        new = step.tokens[run.new_tokens : step.count]
        run.new_tokens = step.count
        if new and run.first_token is None:
            run.first_token = time.perf_counter()
        if step.error:
            return run.last(FinishReason.ERROR, text.rest(), step.error)
        ended = self._batch.ends(new)
        piece = text.feed(new[:-1] if ended else new)
        if text.stopped:
            return run.last(FinishReason.STOP, piece)
        if step.is_last:
            finish = FinishReason.STOP if ended else FinishReason.LENGTH
            return run.last(finish, piece + text.rest())
        if self._is_late(run):
            return run.last(FinishReason.DEADLINE, piece + text.rest())
        return Chunk(piece, run.completion_tokens)

    def _patience_s(self, run: Run) -> float:
        if run.request.deadline_s is None:
            return WAIT_S
        left_s = run.submitted + run.request.deadline_s - time.perf_counter()
        return max(0.0, min(WAIT_S, left_s))

    def _is_late(self, run: Run) -> bool:
        deadline_s = run.request.deadline_s
        return deadline_s is not None and time.perf_counter() - run.submitted >= deadline_s

    def _end(self, run: Run) -> None:
        """Take the run out wherever it is; its blocks are free before the next step."""
        with self._lock:
            if run in self._waiting:
                self._waiting.remove(run)
            elif self._running.pop(run.id, None) and not run.is_over:
                self._batch.cancel(run.id)
            self._let_in()

    # ----- the lock is held -----

    def _let_in(self) -> None:
        if self._death or self._closed.is_set():
            return
        for run in list(self._waiting):
            if len(self._running) >= self.slots:
                return
            if self._follows_somebody(run):
                continue
            self._waiting.remove(run)
            self._running[run.id] = run
            self._batch.add(
                run.id, run.prompt.tokens, run.max_tokens, run.request.sampling, run.seed
            )

    def _follows_somebody(self, run: Run) -> bool:
        """A prompt that is being read is read once: whoever shares it comes in one step later and
        finds its blocks in the cache."""
        return self._batch.shares_prefixes and any(
            other.started is None and run.waits_behind(other, self._batch.page_tokens)
            for other in self._running.values()
        )

    # ----- the dispatcher's thread -----

    def _dispatch(self) -> None:
        self._batch.start()
        self._started.set()
        handed_over = float("-inf")
        while not self._closed.is_set():
            steps = self._newest_steps(handed_over + PACE_S)
            handed_over = time.perf_counter()
            if not self._batch.is_alive() and not self._closed.is_set():
                self._die()
                return
            for step in steps:
                self._hand_over(step)

    def _newest_steps(self, not_before: float) -> Iterable[Step]:
        """The newest step of every request that has one; waits at most WAIT_S for the first."""
        outbox = self._batch.outbox.steps
        try:
            newest = {step.id: step for step in outbox.get(timeout=WAIT_S)}
        except Empty:
            return ()
        self._closed.wait(max(0.0, not_before - time.perf_counter()))
        while not outbox.empty():
            newest.update((step.id, step) for step in outbox.get())
        return newest.values()

    def _hand_over(self, step: Step) -> None:
        with self._lock:
            run = self._running.get(step.id)
            if run is None:
                # Cancelled in the instant between the manager's two queues: say it again.
                self._batch.cancel(step.id)
                return
            is_first = run.started is None
            run.started = run.started or step.started
            if step.is_last:
                run.is_over = True
                del self._running[step.id]
            run.mailbox.put(step)
            if is_first or step.is_last:
                self._let_in()

    def _die(self) -> None:
        """Every stream ends; the process should end too and be started anew."""
        with self._lock:
            self._death = EngineDead(
                f"The generation loop has died ({self._batch.death()}): restart the worker."
            )
            for run in [*self._running.values(), *self._waiting]:
                run.mailbox.put(self._death)
