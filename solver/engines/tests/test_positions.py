"""Pages read from a cache of Transformers, against its own positions of every token."""

from types import SimpleNamespace
from typing import Any

import torch
from transformers import Qwen2Config
from transformers.generation.continuous_batching.cache_allocators import (
    CachePool,
    FullAttentionCacheAllocator,
)

from solver.engines.positions import Positions

LAYERS, KEY_HEADS, SIZE, PAGE_TOKENS, SECTORS = 3, 2, 8, 4, 20
TABLES = {"first": [9, 4, 17], "second": [4, 2]}


def cache_of_random_keys() -> SimpleNamespace:
    allocator = FullAttentionCacheAllocator(
        0,
        Qwen2Config(num_hidden_layers=LAYERS, num_attention_heads=4, hidden_size=4 * SIZE),
        KEY_HEADS,
        torch.float32,
        PAGE_TOKENS,
        list(range(LAYERS)),
        allow_block_sharing=True,
    )
    whole = torch.randn((SECTORS + 2) * allocator.bytes_per_block // 4).view(torch.uint8)
    sector = allocator.bytes_per_block
    allocator.register_cache_tensor(sector, SECTORS * sector, whole, CachePool(SECTORS, 1))
    allocator.block_table = TABLES
    return SimpleNamespace(cache_allocators={"full_attention": allocator})


def step_of(**tokens: int) -> SimpleNamespace:
    """The inputs of a step in which each request has so many tokens."""
    states = [
        SimpleNamespace(request_id=name, position_offset=count) for name, count in tokens.items()
    ]
    return SimpleNamespace(
        requests_in_batch=[SimpleNamespace(state=state) for state in states],
        prepare_batch_tensors=lambda **_: None,
    )


def test_pages_hold_what_every_token_s_position_holds() -> None:
    cache = cache_of_random_keys()
    (allocator,) = cache.cache_allocators.values()
    positions = Positions(cache, step_of(second=8, first=10))
    for name, read in zip(("second", "first"), positions.of_step(), strict=True):
        index = torch.tensor(allocator.get_read_indices(name, read.tokens - 1, 1))
        for layer in range(LAYERS):
            stored = allocator._kv_token_views[layer]
            for found, wanted in zip(
                positions.read(layer, positions.pages(read.blocks)), stored, strict=True
            ):
                mine = found[0, :, : read.tokens].transpose(0, 1)
                assert torch.equal(mine, wanted.index_select(0, index))


def test_only_pages_with_tokens_are_read() -> None:
    positions = Positions(cache_of_random_keys(), step_of(first=8))
    (read,) = positions.of_step()
    assert (read.blocks, read.tokens) == (TABLES["first"][:2], 8)


def test_no_token_s_position_is_listed() -> None:
    prepared: list[dict[str, Any]] = []
    inputs = step_of(first=8)
    inputs.prepare_batch_tensors = lambda **kwargs: prepared.append(kwargs)
    Positions(cache_of_random_keys(), inputs)
    inputs.prepare_batch_tensors(requests_in_batch=[], max_kv_read=8)
    assert prepared == [{"requests_in_batch": [], "max_kv_read": 0}]
