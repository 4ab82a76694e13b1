"""One long answer: does it slow down by more than attending to what was said costs?"""

import time
from collections.abc import Iterator
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

    tokens: so far. ms_per_token: of this eighth. attention_ms: what attention takes in the middle
    of it by itself, measured before; on CPUs. memory_mb: the process's peak so far.
    """
    part = tokens // PARTS
    is_cpu = setting.options.device != "cuda"
    alone = [attention_ms(setting, part * n - part // 2) for n in range(1, PARTS + 1) if is_cpu]
    with engine(setting) as ask:
        (request,) = make_requests(1, Plan(tokens=tokens, temperature=0))
        before, mark = time.perf_counter(), part
        for at, seen in ask(request):
            if seen >= mark:
                line = {"tokens": seen, "ms_per_token": (at - before) * 1e3 / part}
                if alone:
                    line["attention_ms"] = alone.pop(0)
                yield line | {"memory_mb": peak_memory_mb()}
                before, mark = at, mark + part


def attention_ms(setting: Setting, tokens: int) -> float:
    """Milliseconds to read so many keys and values from a cache of pages in no order, and to attend
    to them with one token, in every layer."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention
    from transformers import AutoConfig

    config: Any = AutoConfig.from_pretrained(setting.folder)
    heads, key_heads = config.num_attention_heads, config.num_key_value_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    dtype = getattr(torch, setting.options.dtype)
    pages = torch.arange(-(-tokens // PAGE_TOKENS) * PAGE_TOKENS).view(-1, PAGE_TOKENS)
    order = pages[torch.randperm(len(pages))].flatten()
    stored = torch.randn(2, len(order), key_heads, size, dtype=dtype)
    query = torch.randn(1, key_heads, heads // key_heads, size, dtype=dtype)

    def once() -> float:
        began = time.perf_counter()
        for _ in range(config.num_hidden_layers):
            key, value = (part.index_select(0, order).transpose(0, 1)[None] for part in stored)
            scaled_dot_product_attention(query, key, value)
        return (time.perf_counter() - began) * 1e3

    with torch.inference_mode():
        return median(once() for _ in range(REPEATS))
