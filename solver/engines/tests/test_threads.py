import threading
import time
from pathlib import Path

import pytest
import torch

from ..base import EngineError
from ..threads import in_passing_thread

ENDS_WITHIN_S = 30.0


def threads_of_this_process() -> set[str]:
    return {task.name for task in Path("/proc/self/task").iterdir()}


def test_what_is_returned_or_raised_comes_back():
    assert in_passing_thread(lambda: 3) == 3
    assert in_passing_thread(threading.get_ident) != threading.get_ident()

    def fail() -> None:
        raise EngineError("no memory")

    with pytest.raises(EngineError, match="no memory"):
        in_passing_thread(fail)


def test_who_computed_while_opening_leaves_no_helpers():
    before, threads = threads_of_this_process(), torch.get_num_threads()

    def compute() -> set[str]:
        torch.set_num_threads(3)
        torch.randn(600, 600) @ torch.randn(600, 600)
        return threads_of_this_process() - before

    try:
        seen = in_passing_thread(compute)
        assert len(seen) >= 3  # its own, and two helpers
        until = time.monotonic() + ENDS_WITHIN_S
        while (left := seen & threads_of_this_process()) and time.monotonic() < until:
            time.sleep(0.01)
        assert not left
    finally:
        torch.set_num_threads(threads)
