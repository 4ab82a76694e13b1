"""What every inference engine promises: one contract for local, remote and scripted engines.

Nothing here imports torch, transformers or Django, so that importing it is instant.

How a stream ends:
- The last chunk carries `finish`, `usage` and `timings`; no chunk follows it.
- A request that failed alone ends with FinishReason.ERROR and one sentence in `error`; the text
  that came before stands, and its neighbours do not notice.
- What kept a request from starting (PromptTooLong, ModelNotFound, RemoteFailed), or what ended the
  engine itself (EngineDead), is raised as an EngineError from the iterator.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

TICK_S = 0.25
MAX_STOP_STRINGS = 16
MAX_SEED = 2**63 - 1
MAX_TEMPERATURE = 2.0


class FinishReason(StrEnum):
    """Why a stream ended."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"
    ERROR = "error"
    DEADLINE = "deadline"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn.

    temperature: 0 (greedy) to 2. top_p: above 0, at most 1. top_k: None, or at least 1.
    max_tokens: the most tokens of the answer, prefill included; an engine cuts it to what its
    context has left. stop: strings that end the answer and are not part of it.
    seed: None draws a fresh one. The local engine draws from a stream of its own for each request;
    remote engines pass it on and promise nothing.

    Raises ValueError with one sentence that says what to change.
    """

    temperature: float = 0.6
    top_p: float = 0.95
    top_k: int | None = None
    max_tokens: int = 40_960
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or not 0 <= self.temperature <= MAX_TEMPERATURE:
            raise ValueError("temperature must be a number from 0 (greedy) to 2.")
        if not _is_number(self.top_p) or not 0 < self.top_p <= 1:
            raise ValueError("top_p must be a number above 0 and at most 1.")
        if self.top_k is not None and (not _is_whole(self.top_k) or self.top_k < 1):
            raise ValueError("top_k must be a whole number of at least 1, or left out.")
        if not _is_whole(self.max_tokens) or self.max_tokens < 1:
            raise ValueError("max_tokens must be a whole number of at least 1.")
        if self.seed is not None and (not _is_whole(self.seed) or not 0 <= self.seed <= MAX_SEED):
            raise ValueError(f"seed must be a whole number from 0 to {MAX_SEED}, or left out.")
        self._check_stop()

    def _check_stop(self) -> None:
        if not isinstance(self.stop, tuple) or len(self.stop) > MAX_STOP_STRINGS:
            raise ValueError(f"stop must be a tuple of at most {MAX_STOP_STRINGS} strings.")
        if not all(isinstance(text, str) and text for text in self.stop):
            raise ValueError("every stop string must hold at least one character.")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One answer to generate.

    prefill: answer text that exists already (a run taken up again after a crash); generation goes
    on after it and chunks never repeat it. It counts towards `Sampling.max_tokens` and `Usage`.
    deadline_s: seconds from the call of `stream` after which the answer is cut (DEADLINE).
    id: only a name for logs; need not be unique.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    prefill: str = ""
    deadline_s: float | None = None
    id: str = ""

    def __post_init__(self) -> None:
        if not self.messages:
            raise ValueError("A request needs at least one message.")
        if self.deadline_s is not None and not self.deadline_s > 0:
            raise ValueError("deadline_s must be above 0, or left out.")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written, special tokens included. completion_tokens includes the prefill."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds from the call of `stream`. first_token_s is None when none came."""

    queued_s: float
    first_token_s: float | None
    total_s: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next piece of text: whole characters, no special tokens, empty on a tick.

    completion_tokens: how many tokens the answer has so far (prefill included).
    """

    text: str
    completion_tokens: int = 0
    finish: FinishReason | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    error: str = ""


class EngineError(Exception):
    """An engine cannot do what was asked; the message says in one sentence what to do."""


class PromptTooLong(EngineError):
    """The prompt leaves no room for an answer. over_tokens: how many tokens to cut, at least 1."""

    def __init__(self, over_tokens: int, context_tokens: int) -> None:
        self.over_tokens = over_tokens
        self.context_tokens = context_tokens
        super().__init__(
            f"The prompt is {over_tokens} tokens too long for this model's context of "
            f"{context_tokens} tokens: shorten it."
        )

    def __reduce__(self) -> tuple[type["PromptTooLong"], tuple[int, int]]:
        return type(self), (self.over_tokens, self.context_tokens)


class ModelNotFound(EngineError):
    """No such model at the place that was named."""


class WeightsBroken(EngineError):
    """The model's files are there but cannot be used."""


class EngineDead(EngineError):
    """The generation loop has ended for good: restart the process."""


class RemoteFailed(EngineError):
    """The remote server could not be reached, or refused, before anything was generated."""


@runtime_checkable
class Engine(Protocol):
    """A model that answers. Every method may be called from many threads at once.

    model: the name that pages and APIs show. context_tokens: prompt and answer together.
    can_resume: whether Request.prefill is honoured.
    """

    model: str
    context_tokens: int
    can_resume: bool

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        """Text as it is generated; all callers' requests share one batch.

        Yields an empty chunk at least every TICK_S seconds while nothing arrives, so that the
        caller regains control. Closing the generator cancels the request and frees its memory.
        Raises EngineError (see the module's text) when iterated.
        """
        ...

    def count_tokens(self, request: Request) -> int:
        """Tokens of the prompt as the model would read it (an estimate for remote engines)."""
        ...

    def running(self) -> int:
        """Requests that are being generated now."""
        ...

    def waiting(self) -> int:
        """Requests taken in but not started."""
        ...

    def healthy(self) -> bool:
        """False when no request could be served: the worker process should end and start anew."""
        ...

    def close(self) -> None:
        """End every request (CANCELLED) and free everything. May be called twice."""
        ...
