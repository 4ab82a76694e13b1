"""Attention over a packed batch on the CPU: each request attends to its own tokens only.

Transformers' own way without a flash kernel multiplies every query with every cached key of every
request and masks the rest away. For 16 requests of 1,024 tokens (2 cores, bfloat16) one layer took
34 ms so, and 7 ms as below; and no mask the size of the cache has to be kept.
"""

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

PACKED = "packed_sdpa"


def is_packable(config: Any) -> bool:
    """Whether every layer attends to the whole text (no sliding windows)."""
    kinds = getattr(config, "layer_types", None)
    if kinds is None:
        return getattr(config, "sliding_window", None) is None
    return set(kinds) == {"full_attention"}


def packed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    cache: Any = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """query: [1, heads, tokens of all requests, size]; key, value: likewise, with key heads.

    `cu_seq_lens_q` and `cu_seq_lens_k` say where each request begins. Returns
    [1, tokens, heads, size].
    """
    key, value = cache.update(
        key_states=key, value_states=value, layer_idx=module.layer_idx, kwargs=kwargs
    )
    query_ends = kwargs["cu_seq_lens_q"].tolist()
    key_ends = kwargs["cu_seq_lens_k"].tolist()
    output = torch.empty_like(query)
    for i in range(len(query_ends) - 1):
        mine = slice(query_ends[i], query_ends[i + 1])
        known = slice(key_ends[i], key_ends[i + 1])
        output[:, :, mine] = _attend(
            query[:, :, mine], key[:, :, known], value[:, :, known], scaling
        )
    return output.transpose(1, 2), None


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None
) -> torch.Tensor:
    """One request: its last tokens against all of its tokens."""
    _, heads, new, size = query.shape
    key_heads, known = key.shape[1], key.shape[2]
    if new == 1:
        # The heads that share a key head become rows of one product: nothing is copied.
        rows = query.reshape(1, key_heads, heads // key_heads, size)
        return scaled_dot_product_attention(rows, key, value, scale=scaling).reshape(query.shape)
    causal = None
    if new < known:
        causal = torch.ones(new, known, dtype=torch.bool, device=query.device).tril(known - new)
    return scaled_dot_product_attention(
        query, key, value, causal, is_causal=causal is None, scale=scaling, enable_gqa=True
    )


AttentionInterface.register(PACKED, packed_attention)
