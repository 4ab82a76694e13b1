"""Times streams: many requests at once, each from a thread of its own."""

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

    tokens_per_s counts all requests' tokens from the first submission to the last token.
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


def measure(mode: str, ask: Ask, requests: list[Request]) -> Row:
    """Put all requests at once and watch until the last has ended."""
    sightings: list[list[Sighting]] = [[] for _ in requests]
    errors: list[str] = []

    def one(index: int) -> None:
        try:
            sightings[index].extend(ask(requests[index]))
        except Exception as error:  # noqa: BLE001  the table reports it
            errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=one, args=(index,)) for index in range(len(requests))]
    started, cpu_started = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu_s = time.process_time() - cpu_started
    row = summarise(mode, started, sightings, cpu_s)
    row.errors = errors
    return row


def summarise(mode: str, started: float, sightings: list[list[Sighting]], cpu_s: float) -> Row:
    """Figures from what was seen of every request."""
    firsts = [_first(seen) - started for seen in sightings if _has_token(seen)]
    gaps = [gap for seen in sightings for gap in _gaps(seen)]
    tokens = sum(seen[-1][1] for seen in sightings if seen)
    ended = max((seen[-1][0] for seen in sightings if seen), default=started)
    wall_s = max(ended - started, 1e-9)
    return Row(
        mode,
        len(sightings),
        tokens / wall_s,
        quantile(firsts, 0.5),
        quantile(firsts, 0.95),
        quantile(gaps, 0.5),
        quantile(gaps, 0.95),
        tokens,
        wall_s,
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


def _gaps(seen: list[Sighting]) -> Iterator[float]:
    before: Sighting | None = None
    for at, tokens in seen:
        if before and tokens > before[1]:
            span = (at - before[0]) / (tokens - before[1])
            yield from [span] * (tokens - before[1])
        if tokens and (before is None or tokens > before[1]):
            before = (at, tokens)
