"""One long answer: does it slow down by more than attending to what was said costs?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..batch import PAGE_TOKENS
from .measure import peak_memory_mb
from .modes import Setting, engine
from .run import Plan, make_requests

PARTS = 8
REPEATS = 9


def run_long(setting: Setting, tokens: int) -> Iterator[dict[str, float]]:
    """One answer of so many tokens: a line for each eighth of it, as it comes.

    tokens: so far. ms_per_token: of this eighth. cpu_ms_per_token: the processor's time in it, of
    all threads, which does not count waiting for a busy processor. attention_ms: what of
    ms_per_token was attention, on CPUs. attention_alone_ms: what reading and attending take in the
    middle of the eighth by themselves, measured before. memory_mb: the process's peak so far.
    """
    part = tokens // PARTS
    is_cpu = setting.options.device != "cuda"
    alone = [alone_ms(setting, part * n - part // 2) for n in range(1, PARTS + 1) if is_cpu]
    with timed_attention() as clock, engine(setting) as ask:
        (request,) = make_requests(1, Plan(tokens=tokens, temperature=0))
        before, mark = _Mark(time.perf_counter(), time.process_time(), clock.spent_s), part
        for at, seen in ask(request):
            if seen >= mark:
                now = _Mark(at, time.process_time(), clock.spent_s)
                line = {
                    "tokens": seen,
                    "ms_per_token": (now.at_s - before.at_s) * 1e3 / part,
                    "cpu_ms_per_token": (now.cpu_s - before.cpu_s) * 1e3 / part,
                }
                if alone:
                    line["attention_ms"] = (now.attended_s - before.attended_s) * 1e3 / part
                    line["attention_alone_ms"] = alone.pop(0)
                yield line | {"memory_mb": peak_memory_mb()}
                before, mark = now, mark + part


@dataclass(frozen=True, slots=True)
class _Mark:
    """The clocks at the end of an eighth."""

    at_s: float
    cpu_s: float
    attended_s: float


@dataclass(slots=True)
class Clock:
    """Seconds that one thread has spent so far."""

    spent_s: float = 0


@contextmanager
def timed_attention() -> Iterator[Clock]:
    """Times our attention on CPUs, all layers together, while this is open: finding the pages,
    writing the new key, reading all of them and attending."""
    from transformers import AttentionInterface

    from ..attention import PACKED, packed_attention

    clock = Clock()

    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return packed_attention(*arguments, **named)
        finally:
            clock.spent_s += time.perf_counter() - began

    AttentionInterface.register(PACKED, timed)
    try:
        yield clock
    finally:
        AttentionInterface.register(PACKED, packed_attention)


def alone_ms(setting: Setting, tokens: int) -> float:
    """Milliseconds to read so many keys and values from a cache of pages in no order, and to attend
    to them with one token, in every layer."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention
    from transformers import AutoConfig

    config: Any = AutoConfig.from_pretrained(setting.folder)
    heads, key_heads = config.num_attention_heads, config.num_key_value_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    dtype = getattr(torch, setting.options.dtype)
    layers, blocks = config.num_hidden_layers, -(-tokens // PAGE_TOKENS)
    # A block holds a page of keys and a page of values for each layer.
    stored = torch.randn(2 * layers * blocks, PAGE_TOKENS, key_heads, size, dtype=dtype)
    order = torch.randperm(blocks) * 2 * layers
    query = torch.randn(1, key_heads, heads // key_heads, size, dtype=dtype)

    def once() -> float:
        began = time.perf_counter()
        for layer in range(layers):
            key, value = (
                stored[page:].index_select(0, order).flatten(0, 1).transpose(0, 1)[None]
                for page in (2 * layer, 2 * layer + 1)
            )
            scaled_dot_product_attention(query, key, value)
        return (time.perf_counter() - began) * 1e3

    with torch.inference_mode():
        return median(once() for _ in range(REPEATS))
