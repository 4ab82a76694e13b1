"""An engine that speaks a written script: for tests and for demonstrations of load. No torch."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from .base import (
    TICK_S,
    Chunk,
    EngineDead,
    FinishReason,
    ModelNotFound,
    PromptTooLong,
    Request,
    Timings,
    Usage,
)
from .dialogue import Dialogue
from .options import EngineOptions
from .scripts import script_of, tokens_of
from .stopping import StopGate

Script = str | list[tuple[str, float]] | Callable[[Request], str]

DEFAULT_SLOTS = 64


@dataclass(frozen=True, slots=True)
class Failure:
    """After `after_tokens` tokens: end this stream with an error, or the engine with EngineDead."""

    after_tokens: int
    message: str = "The script says that this request fails."
    kills_engine: bool = False


@dataclass(slots=True)
class _Run:
    """One stream's own counters."""

    request: Request
    started: float
    prompt_tokens: int
    done_tokens: int = 0
    began: float | None = None
    first_token: float | None = None

    def last(self, finish: FinishReason, text: str = "", error: str = "") -> Chunk:
        now = time.perf_counter()
        queued_s = (self.began or now) - self.started
        first_s = None if self.first_token is None else self.first_token - self.started
        return Chunk(
            text,
            self.done_tokens,
            finish,
            Usage(self.prompt_tokens, self.done_tokens),
            Timings(queued_s, first_s, now - self.started),
            error,
        )


def scripted_engine(spec: str, options: EngineOptions) -> "ScriptedEngine":
    """The engine of `scripted:NAME?rate=20&tokens=400`, or of `scripted:Any other text.`

    `scripted:@PATH` answers by a file, see `dialogue`.
    NAME is `worked` (a short solution) or `long` (one of 40,000 tokens, half of it reasoning).
    rate: tokens a second of each answer (none: at once). tokens: about how long the answer is;
    `worked` is said again and again. dies: the engine dies when an answer has so many tokens.
    Raises ModelNotFound for options that are no numbers.
    """
    name, _, query = spec.removeprefix("scripted:").partition("?")
    if name.startswith("@"):
        dialogue = Dialogue(name[1:])
        return ScriptedEngine(dialogue, rate=dialogue.rate, model=options.name or "scripted")
    if script_of(name, 0) is None:
        return ScriptedEngine(spec.removeprefix("scripted:"), model=options.name or spec)
    try:
        wanted = {key: float(value) for key, value in parse_qsl(query, strict_parsing=bool(query))}
        rate, tokens = wanted.pop("rate", None), int(wanted.pop("tokens", 0))
        dies = int(wanted.pop("dies", 0))
    except ValueError:
        wanted = {query: 0.0}
    if wanted:
        raise ModelNotFound(f"{spec}: write it like scripted:{name}?rate=20&tokens=400.")
    return ScriptedEngine(
        script_of(name, tokens) or "",
        rate=rate,
        slots=options.slots or DEFAULT_SLOTS,
        model=options.name or spec,
        failure=Failure(dies, "The script ends the engine.", kills_engine=True) if dies else None,
    )


class ScriptedEngine:
    """Says `script` to every request, `rate` tokens a second for each (None: at once).

    script: a text; a list of (text, delay in seconds before it); or a function from the request to
    a text. Honours max_tokens, stop strings, deadline, prefill (what the prefill already says is
    left out) and cancellation. At most `slots` requests speak at once; the others wait.
    """

    def __init__(
        self,
        script: Script,
        *,
        rate: float | None = None,
        slots: int = DEFAULT_SLOTS,
        model: str = "scripted",
        context_tokens: int = 65_536,
        failure: Failure | None = None,
    ) -> None:
        self.model = model
        self.context_tokens = context_tokens
        self.can_resume = True
        self._script = script
        self._rate = rate
        self._failure = failure
        self._free_slots = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._running = 0
        self._waiting = 0
        self._dead = threading.Event()
        self._closed = threading.Event()

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        """See Engine.stream."""
        run = _Run(request, time.perf_counter(), self.count_tokens(request))
        over_tokens = run.prompt_tokens - self.context_tokens + 1
        if over_tokens > 0:
            raise PromptTooLong(over_tokens, self.context_tokens)
        if not (yield from self._wait_for_slot(run)):
            yield run.last(self._interruption(run) or FinishReason.CANCELLED)
            return
        try:
            yield from self._speak(run)
        finally:
            self._count(running=-1)
            self._free_slots.release()

    def count_tokens(self, request: Request) -> int:
        """Words of all messages."""
        return sum(len(tokens_of(message.content)) for message in request.messages)

    def running(self) -> int:
        """See Engine.running."""
        return self._running

    def waiting(self) -> int:
        """See Engine.waiting."""
        return self._waiting

    def healthy(self) -> bool:
        """False once the script killed the engine, or after close."""
        return not self._dead.is_set() and not self._closed.is_set()

    def close(self) -> None:
        """See Engine.close."""
        self._closed.set()

    def _count(self, running: int = 0, waiting: int = 0) -> None:
        with self._lock:
            self._running += running
            self._waiting += waiting

    def _wait_for_slot(self, run: _Run) -> Generator[Chunk, None, bool]:
        self._count(waiting=1)
        try:
            while not self._free_slots.acquire(timeout=TICK_S / 2):
                if self._interruption(run):
                    return False
                yield Chunk("")
        finally:
            self._count(waiting=-1)
        self._count(running=1)
        run.began = time.perf_counter()
        return True

    def _interruption(self, run: _Run) -> FinishReason | None:
        if self._dead.is_set():
            raise EngineDead("The scripted engine has died as its script says: restart it.")
        if self._closed.is_set():
            return FinishReason.CANCELLED
        deadline_s = run.request.deadline_s
        if deadline_s is not None and time.perf_counter() - run.started > deadline_s:
            return FinishReason.DEADLINE
        return None

    def _speak(self, run: _Run) -> Generator[Chunk, None, None]:
        gate = StopGate(run.request.sampling.stop)
        run.done_tokens = len(tokens_of(run.request.prefill))
        for token, delay_s in self._pieces(run.request):
            if run.done_tokens >= run.request.sampling.max_tokens:
                yield run.last(FinishReason.LENGTH, gate.flush())
                return
            if self._failure and run.done_tokens >= self._failure.after_tokens:
                yield self._fail(run, self._failure)
                return
            interruption = yield from self._pause(run, delay_s)
            if interruption:
                yield run.last(interruption)
                return
            run.done_tokens += 1
            run.first_token = run.first_token or time.perf_counter()
            text = gate.feed(token)
            if gate.stopped:
                yield run.last(FinishReason.STOP, text)
                return
            yield Chunk(text, run.done_tokens)
        yield run.last(FinishReason.STOP, gate.flush())

    def _fail(self, run: _Run, failure: Failure) -> Chunk:
        if failure.kills_engine:
            self._dead.set()
            raise EngineDead(failure.message)
        return run.last(FinishReason.ERROR, error=failure.message)

    def _pieces(self, request: Request) -> Iterator[tuple[str, float]]:
        pace_s = 1 / self._rate if self._rate else 0.0
        script = self._script(request) if callable(self._script) else self._script
        lines = [(script, 0.0)] if isinstance(script, str) else script
        skip = len(request.prefill)
        for text, delay_s in lines:
            rest = text[skip:]
            skip = max(0, skip - len(text))
            before_s = delay_s
            for token in tokens_of(rest):
                yield token, before_s + pace_s
                before_s = 0.0

    def _pause(self, run: _Run, delay_s: float) -> Generator[Chunk, None, FinishReason | None]:
        until = time.perf_counter() + delay_s
        while True:
            interruption = self._interruption(run)
            left_s = until - time.perf_counter()
            if interruption or left_s <= 0:
                return interruption
            self._closed.wait(min(left_s, TICK_S / 2))
            if left_s > TICK_S / 2:
                yield Chunk("", run.done_tokens)
