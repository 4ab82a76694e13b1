"""Short ways to ask an engine something in tests."""

import threading
import time
from collections.abc import Callable
from typing import Any

from ..base import Engine, Message, Request, Sampling


def ask(text: str = "What is 2 + 2?", **settings) -> Request:
    """A greedy request of one message; what is no field of Sampling goes to the request."""
    own = {name: settings.pop(name) for name in ("prefill", "deadline_s", "id") if name in settings}
    sampling = Sampling(**{"temperature": 0, "max_tokens": 16, **settings})
    return Request((Message("user", text),), sampling, **own)


def answer(engine: Engine, request: Request) -> tuple[str, Any]:
    """The whole text and the last chunk."""
    chunks = list(engine.stream(request))
    assert all(chunk.finish is None for chunk in chunks[:-1])
    return "".join(chunk.text for chunk in chunks), chunks[-1]


def answer_all(engine: Engine, requests: list[Request]) -> list[Any]:
    """Every request from a thread of its own, all at once; what they raised in their place."""
    results: list[Any] = [RuntimeError("no answer")] * len(requests)

    def one(index: int) -> None:
        try:
            results[index] = answer(engine, requests[index])
        except Exception as error:  # noqa: BLE001  the test looks at it
            results[index] = error

    threads = [threading.Thread(target=one, args=(index,)) for index in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def wait_until(claim: Callable[[], bool], timeout_s: float = 60.0) -> float:
    """Seconds until the claim became true; fails when it does not."""
    started = time.perf_counter()
    while not claim():
        assert time.perf_counter() - started < timeout_s, "it did not happen in time"
        time.sleep(0.005)
    return time.perf_counter() - started
