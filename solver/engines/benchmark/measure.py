"""Times streams: several people ask at once, each from a thread of their own."""

import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from ..base import Engine, EngineError, Request

# Seconds since some start at which a token count was seen: (time, tokens so far).
Sighting = tuple[float, int]
Ask = Callable[[Request], Iterator[Sighting]]


@dataclass(slots=True)
class Row:
    """One mode at one number of concurrent requests. Times in seconds; None: not measured.

    tokens_per_s counts all requests' tokens from the first submission to the last token; of people
    who ask more than once (`summarise`) those that came while all of them were asking.
    gap: time between two tokens of one request, tokens that came together counted as evenly spread.
    """

    mode: str
    concurrent: int
    tokens_per_s: float
    first_p50_s: float | None
    first_p95_s: float | None
    gap_p50_s: float | None
    gap_p95_s: float | None
    tokens: int
    wall_s: float
    cpu_s: float
    peak_memory_mb: float | None = None
    errors: list[str] = field(default_factory=list)


def ask_engine(engine: Engine) -> Ask:
    """How to watch an engine's stream."""

    def ask(request: Request) -> Iterator[Sighting]:
        with closing(engine.stream(request)) as stream:
            for chunk in stream:
                if chunk.error:
                    raise EngineError(chunk.error)
                yield time.perf_counter(), chunk.completion_tokens

    return ask


@dataclass(slots=True)
class Watch:
    """One request: when it was put (`time.perf_counter`), and what was seen of it."""

    begun: float
    seen: list[Sighting] = field(default_factory=list)


def measure(
    mode: str, ask: Ask, requests: list[Request], at_once: int, stagger_s: float = 0.0
) -> Row:
    """Put `requests` from `at_once` people and watch until the last has ended.

    Each puts the next when the one before has ended. The first ones are put all together, or
    `stagger_s` seconds after one another.
    """
    people: list[list[Watch]] = [[] for _ in range(at_once)]
    errors: list[str] = []
    started, cpu_started = time.perf_counter(), time.process_time()

    def one(person: int) -> None:
        # The pace of a class, not a wait for anything.
        time.sleep(max(0.0, started + person * stagger_s - time.perf_counter()))
        for request in requests[person::at_once]:
            watch = Watch(time.perf_counter())
            people[person].append(watch)
            try:
                watch.seen.extend(ask(request))
            except Exception as error:  # noqa: BLE001  the table reports it
                errors.append(f"{type(error).__name__}: {error}")

    # Daemons: a benchmark that is interrupted does not wait for its answers.
    threads = [
        threading.Thread(target=one, args=(person,), daemon=True) for person in range(at_once)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = summarise(mode, people, time.process_time() - cpu_started)
    row.errors = errors
    return row


def summarise(mode: str, people: list[list[Watch]], cpu_s: float) -> Row:
    """Figures from what was seen of every request, a list for each person.

    Where people ask more than once, the beginning and the end, at which only some of them ask, are
    left out of tokens_per_s.
    """
    watches = [watch for person in people for watch in person]
    firsts = [_first(watch.seen) - watch.begun for watch in watches if _has_token(watch.seen)]
    gaps = [gap for watch in watches for gap in _gaps(watch.seen)]
    tokens = sum(watch.seen[-1][1] for watch in watches if watch.seen)
    begun = min(person[0].begun for person in people)
    ends = [_ended(person, begun) for person in people]
    start, end = begun, max(ends)
    all_ask = max(person[0].begun for person in people), min(ends)
    if len(watches) > len(people) and all_ask[0] < all_ask[1]:
        start, end = all_ask
    in_time = sum(_tokens_by(watch, end) - _tokens_by(watch, start) for watch in watches)
    return Row(
        mode,
        len(people),
        in_time / max(end - start, 1e-9),
        quantile(firsts, 0.5),
        quantile(firsts, 0.95),
        quantile(gaps, 0.5),
        quantile(gaps, 0.95),
        tokens,
        max(max(ends) - begun, 1e-9),
        cpu_s,
        peak_memory_mb(),
    )


def quantile(values: list[float], share: float) -> float | None:
    """The value that `share` of all values stay below; None without values."""
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def peak_memory_mb() -> float:
    """Of this process so far (GPU: of the device's allocator), in MB."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _has_token(seen: list[Sighting]) -> bool:
    return bool(seen) and seen[-1][1] > 0


def _first(seen: list[Sighting]) -> float:
    return next(at for at, tokens in seen if tokens > 0)


def _ended(person: list[Watch], otherwise: float) -> float:
    return max((watch.seen[-1][0] for watch in person if watch.seen), default=otherwise)


def _tokens_by(watch: Watch, moment: float) -> float:
    """Tokens that had come by then, those of one sighting counted as evenly spread since the last.

    The first token is spread over nothing: until it comes there are none.
    """
    before: Sighting = (watch.begun, 0)
    for at, tokens in watch.seen:
        if at > moment:
            if not before[1]:
                return 0.0
            share = (moment - before[0]) / (at - before[0])
            return before[1] + (tokens - before[1]) * share
        before = (at, tokens)
    return float(before[1])


def _gaps(seen: list[Sighting]) -> Iterator[float]:
    before: Sighting | None = None
    for at, tokens in seen:
        if before and tokens > before[1]:
            span = (at - before[0]) / (tokens - before[1])
            yield from [span] * (tokens - before[1])
        if tokens and (before is None or tokens > before[1]):
            before = (at, tokens)
