"""One request on its way through the local engine."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from .base import Chunk, EngineDead, FinishReason, Request, Timings, Usage
from .batch import Step
from .chat import Prompt
from .detokenise import Detokeniser
from .stopping import StopGate


class Mailbox:
    """Holds the newest step of one request: a caller that falls behind loses nothing, since each
    step carries all tokens so far, and costs no memory."""

    def __init__(self) -> None:
        self._filled = threading.Condition()
        self._newest: Step | FinishReason | EngineDead | None = None

    def put(self, item: Step | FinishReason | EngineDead) -> None:
        """Replace what has not been taken; the end of a stream is not replaced."""
        with self._filled:
            if self._newest is None or isinstance(self._newest, Step):
                self._newest = item
            self._filled.notify()

    def take(self, timeout_s: float) -> Step | FinishReason | EngineDead | None:
        """The newest item, or None when nothing came in time."""
        with self._filled:
            self._filled.wait_for(lambda: self._newest is not None, timeout_s)
            newest, self._newest = self._newest, None
        return newest


@dataclass(slots=True, eq=False)
class Run:
    """One request on its way through the engine. Times are of time.perf_counter."""

    id: str
    request: Request
    prompt: Prompt
    max_tokens: int
    seed: int
    submitted: float
    mailbox: Mailbox = field(default_factory=Mailbox)
    started: float | None = None
    first_token: float | None = None
    new_tokens: int = 0
    is_over: bool = False

    @property
    def completion_tokens(self) -> int:
        """Tokens of the answer so far."""
        return self.prompt.prefill_tokens + self.new_tokens

    def waits_behind(self, other: "Run", page_tokens: int) -> bool:
        """Whether most of this prompt is being read for the other run just now."""
        pages = len(self.prompt.tokens) // 2 // page_tokens + 1
        shared = pages * page_tokens
        mine, others = self.prompt.tokens, other.prompt.tokens
        return shared < len(mine) and mine[:shared] == others[:shared]

    def last(self, finish: FinishReason, text: str = "", error: str = "") -> Chunk:
        """The chunk that ends the stream."""
        now = time.perf_counter()
        queued_s = (self.started or now) - self.submitted
        first_s = None if self.first_token is None else self.first_token - self.submitted
        return Chunk(
            text,
            self.completion_tokens,
            finish,
            Usage(self.prompt.prompt_tokens, self.completion_tokens),
            Timings(queued_s, first_s, now - self.submitted),
            error,
        )


class AnswerText:
    """Tokens of one run to text, with its stop strings."""

    def __init__(self, tokenizer: Any, before: list[int], run: Run) -> None:
        self._words = Detokeniser(tokenizer, before)
        self._gate = StopGate(run.request.sampling.stop + run.prompt.stop)

    @property
    def stopped(self) -> bool:
        """Whether a stop string has come."""
        return self._gate.stopped

    def feed(self, tokens: list[int]) -> str:
        """Text that may be shown after these further tokens."""
        return self._gate.feed(self._words.feed(tokens)) if tokens else ""

    def rest(self) -> str:
        """What was held back, at the end of the answer."""
        return self._gate.feed(self._words.flush()) + self._gate.flush()
