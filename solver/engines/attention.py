"""Attention over a packed batch on the CPU: each request attends to its own tokens only.

Transformers' own way without a flash kernel multiplies every query with every cached key of every
request and masks the rest away. For 16 requests of 1,024 tokens (2 cores, bfloat16) one layer took
34 ms so, and 7 ms as below; and no mask the size of the cache has to be kept.

Requests that get one more token are most of the work. Short ones of about the same length go
through one call: sixteen calls for sixteen requests cost more than what they compute. How far a
request's keys are padded follows from its own length alone, so that its rounding, and with it a
greedy answer, does not depend on who else is in the batch.
"""

import threading
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from .positions import Positions, Read, Span

PACKED = "packed_sdpa"
# Padded lengths, in whole pages. Above the last, a call of its own costs little beside what it
# computes.
WIDTHS = (128, 192, 256, 384, 512)


def is_packable(config: Any) -> bool:
    """Whether every layer attends to the whole text (no sliding windows)."""
    kinds = getattr(config, "layer_types", None)
    if kinds is None:
        return getattr(config, "sliding_window", None) is None
    return set(kinds) == {"full_attention"}


@dataclass(frozen=True, slots=True)
class _Together:
    """Requests with one new token each. rows: where their queries are; keys: where their padded
    keys are read; mask: [requests, 1, 1, width], for the padding.
    """

    rows: torch.Tensor
    keys: slice
    mask: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Step:
    """How one step's requests are computed, the same in every layer.

    pages: what to read from the cache, None if nothing is in it yet; alone: queries and keys of
    those that are computed singly.
    """

    pages: torch.Tensor | None
    together: list[_Together]
    alone: list[tuple[slice, slice]]


class _Steps(threading.local):
    """The step that this thread is computing: each batch has a thread of its own."""

    now: _Step


_steps = _Steps()


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

    `cu_seq_lens_q` says where each request begins, `cache.positions` (Positions) where its keys are
    in the cache. Returns [1, tokens, heads, size].
    """
    layer = module.layer_idx
    if layer == 0:
        queries = list(pairwise(kwargs["cu_seq_lens_q"].tolist()))
        _steps.now = _plan(query.dtype, queries, cache.positions)
    step = _steps.now
    cache.update(key_states=key, value_states=value, layer_idx=layer, kwargs=kwargs)
    if step.pages is not None:
        key, value = cache.positions.read(layer, step.pages)
    output = torch.empty_like(query)
    for group in step.together:
        output[0].index_copy_(1, group.rows, _attend_together(query, key, value, group, scaling))
    for mine, known in step.alone:
        output[:, :, mine] = _attend(
            query[:, :, mine], key[:, :, known], value[:, :, known], scaling
        )
    return output.transpose(1, 2), None


def _plan(dtype: torch.dtype, queries: list[Span], positions: Positions) -> _Step:
    """queries: where each request's new tokens begin and end."""
    page_tokens = positions.page_tokens
    requests = list(zip(queries, positions.of_step(), strict=True))
    if all(end - begin == read.tokens for (begin, end), read in requests):
        # Nothing is in the cache yet: the keys are those that just came, as they lie.
        return _Step(None, [], [(slice(*mine), slice(*mine)) for mine in queries])
    short: dict[int, list[tuple[int, Read]]] = {}
    alone, together = [], []
    blocks: list[int] = []
    for (begin, end), read in requests:
        width = _width(read.tokens) if end - begin == 1 else None
        if width is not None:
            short.setdefault(width, []).append((begin, read))
            continue
        at = len(blocks) * page_tokens
        alone.append((slice(begin, end), slice(at, at + read.tokens)))
        blocks += read.blocks
    for width, group in short.items():
        at = len(blocks) * page_tokens
        for _, read in group:
            # Any block will do for padding: its weight is nothing.
            blocks += read.blocks + read.blocks[:1] * (width // page_tokens - len(read.blocks))
        rows = torch.tensor([row for row, _ in group])
        ends = torch.tensor([read.tokens for _, read in group]).view(-1, 1, 1, 1)
        mask = torch.zeros(len(group), 1, 1, width, dtype=dtype)
        mask.masked_fill_(torch.arange(width) >= ends, float("-inf"))
        together.append(_Together(rows, slice(at, len(blocks) * page_tokens), mask))
    return _Step(positions.pages(blocks), together, alone)


def _width(keys: int) -> int | None:
    return next((width for width in WIDTHS if keys <= width), None)


def _attend_together(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    group: _Together,
    scaling: float | None,
) -> torch.Tensor:
    """One new token of each request of the group: [heads, requests, size]."""
    heads, size = query.shape[1], query.shape[3]
    count, width = group.mask.shape[0], group.mask.shape[3]
    key_heads = key.shape[1]
    # The heads that share a key head become rows of one product: nothing is copied.
    rows = query[0].index_select(1, group.rows).view(key_heads, heads // key_heads, count, size)
    keys, values = (
        part[0, :, group.keys].reshape(key_heads, count, width, size).transpose(0, 1)
        for part in (key, value)
    )
    output = scaled_dot_product_attention(
        rows.permute(2, 0, 1, 3), keys, values, group.mask, scale=scaling
    )
    return output.permute(1, 2, 0, 3).reshape(heads, count, size)


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None
) -> torch.Tensor:
    """One request: its last tokens against all of its tokens."""
    _, heads, new, size = query.shape
    key_heads, known = key.shape[1], key.shape[2]
    if new == 1:
        rows = query.reshape(1, key_heads, heads // key_heads, size)
        return scaled_dot_product_attention(rows, key, value, scale=scaling).reshape(query.shape)
    causal = None
    if new < known:
        causal = torch.ones(new, known, dtype=torch.bool, device=query.device).tril(known - new)
    return scaled_dot_product_attention(
        query, key, value, causal, is_causal=causal is None, scale=scaling, enable_gqa=True
    )


AttentionInterface.register(PACKED, packed_attention)
