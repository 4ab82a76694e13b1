"""Threads that compute, and what they cost one another."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def in_passing_thread(work: Callable[[], Result]) -> Result:
    """What `work` returns or raises, from a thread that ends with it.

    For whatever computes with torch while a model is opened. GNU's OpenMP gives every thread that
    computes in parallel helpers of its own, and keeps them as long as that thread lives. When all
    helpers together are more than the cores, none of them stays awake for the next product any
    more, and to wake one takes as long as a small product: a main thread that loaded the model and
    then waits made the batch's loop slower by a quarter with 16 requests and by 40% with one
    (135M parameters, two cores).
    Source: libgomp's `gomp_throttled_spin_count_var` in config/linux/wait.h and team.c.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised at the caller's
            outcome.set_exception(error)

    # A daemon: who interrupts a download does not wait for it.
    thread = Thread(target=run, name="opening", daemon=True)
    thread.start()
    thread.join()
    return outcome.result()
