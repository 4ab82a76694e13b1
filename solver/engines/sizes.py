"""How many requests and how many tokens fit: from the model's shape and the free memory."""

import os
from dataclasses import dataclass
from typing import Any

import torch

from .options import EngineOptions

CPU_SLOTS = 16
GPU_MOST_SLOTS = 64
# What an answer is reckoned at when slots are counted. Longer ones are no danger: when the cache
# runs full the youngest request is put back and read in again later.
TYPICAL_TOKENS = 8192
CPU_SHARE = 0.05
GPU_SHARE = 0.8
LONGEST_CONTEXT = 65_536


@dataclass(frozen=True, slots=True)
class Sizes:
    """cache_tokens None: whatever memory_share of the device's free memory holds."""

    slots: int
    context_tokens: int
    cache_tokens: int | None
    memory_share: float | None


def choose_sizes(model: Any, options: EngineOptions) -> Sizes:
    """Settings first; what they leave open follows from the machine."""
    config = model.config.get_text_config()
    most = getattr(config, "max_position_embeddings", None) or LONGEST_CONTEXT
    context_tokens = min(options.context_tokens or LONGEST_CONTEXT, most)
    is_cpu = model.device.type == "cpu"
    share = options.memory_share or (CPU_SHARE if is_cpu else GPU_SHARE)
    fit_tokens = int(free_bytes(model.device) * share) // token_bytes(config, model.dtype)
    slots = options.slots or _slots(is_cpu, options.cache_tokens or fit_tokens, context_tokens)
    cache_tokens = options.cache_tokens
    if cache_tokens is None and is_cpu:
        cache_tokens = max(context_tokens, min(fit_tokens, slots * context_tokens))
    return Sizes(slots, context_tokens, cache_tokens, None if is_cpu else share)


def token_bytes(config: Any, dtype: torch.dtype) -> int:
    """Bytes that one token takes in the key-value cache."""
    heads = config.num_attention_heads
    key_heads = getattr(config, "num_key_value_heads", None) or heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return int(2 * config.num_hidden_layers * key_heads * head_size * dtype.itemsize)


def free_bytes(device: torch.device) -> int:
    """Memory that is free now on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _slots(is_cpu: bool, cache_tokens: int, context_tokens: int) -> int:
    if is_cpu:
        return CPU_SLOTS
    return max(1, min(GPU_MOST_SLOTS, cache_tokens // min(TYPICAL_TOKENS, context_tokens)))
