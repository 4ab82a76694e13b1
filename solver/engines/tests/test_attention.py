"""Packed attention against each request computed by itself."""

from itertools import accumulate, pairwise
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from solver.engines.attention import WIDTHS, packed_attention
from solver.engines.batch import PAGE_TOKENS
from solver.engines.positions import Read

HEADS, KEY_HEADS, SIZE = 6, 2, 8
BLOCKS = 120
Requests = list[tuple[int, int]]  # new tokens and all tokens of each


class Cache:
    """Keys of many requests in scattered blocks. Stands for the batch's cache and its Positions."""

    page_tokens = PAGE_TOKENS

    def __init__(self) -> None:
        torch.manual_seed(7)
        self.stored = torch.randn(2, BLOCKS, PAGE_TOKENS, KEY_HEADS, SIZE)
        self.free = torch.randperm(BLOCKS).tolist()
        self.positions = self
        self.step: list[Read] = []

    def take(self, tokens: int) -> Read:
        """Blocks for one more request."""
        count = -(-tokens // PAGE_TOKENS)
        blocks, self.free = self.free[:count], self.free[count:]
        return Read(blocks, tokens)

    def of_step(self) -> list[Read]:
        return self.step

    def pages(self, blocks: list[int]) -> torch.Tensor:
        return torch.tensor(blocks)

    def read(self, _layer: int, pages: torch.Tensor) -> Any:
        return self.stored[:, pages].flatten(1, 2).transpose(1, 2).unsqueeze(1)

    def update(self, **_: Any) -> None:
        """What is new is stored already."""


def attend(cache: Cache, query: torch.Tensor, new: list[int], reads: list[Read]) -> torch.Tensor:
    """new: tokens of each request: [tokens, heads, size]."""
    cache.step = reads
    keys, values = (
        torch.cat([side[:, :, -count:] for side, count in zip(sides, new, strict=True)], dim=2)
        for sides in zip(*(known(cache, read) for read in reads), strict=True)
    )
    output, _ = packed_attention(
        type("Layer", (), {"layer_idx": 0}),
        query,
        keys,
        values,
        None,
        0.5,
        cache,
        cu_seq_lens_q=torch.tensor([0, *accumulate(new)]),
    )
    return output[0]


def known(cache: Cache, read: Read) -> tuple[torch.Tensor, torch.Tensor]:
    keys, values = cache.read(0, cache.pages(read.blocks))
    return keys[:, :, : read.tokens], values[:, :, : read.tokens]


def alone(cache: Cache, query: torch.Tensor, new: int, read: Read) -> torch.Tensor:
    keys, values = known(cache, read)
    seen = torch.ones(new, read.tokens, dtype=torch.bool).tril(read.tokens - new)
    output = scaled_dot_product_attention(query, keys, values, seen, scale=0.5, enable_gqa=True)
    return output[0].transpose(0, 1)


@pytest.mark.parametrize(
    "requests",
    [
        [(1, 1)],
        [(1, 200), (1, 140), (1, 3), (1, 192), (1, 193)],
        [(1, WIDTHS[-1]), (1, WIDTHS[-1] + 1), (1, 900)],
        [(1, 60), (40, 40), (1, 61), (7, 300), (1, 700)],
        [(40, 40), (1, 1), (7, 7)],
    ],
    ids=["one", "short", "long", "with prompts", "prompts alone"],
)
def test_each_request_attends_to_its_own_tokens(requests: Requests) -> None:
    cache = Cache()
    reads = [cache.take(tokens) for _, tokens in requests]
    query = torch.randn(1, HEADS, sum(new for new, _ in requests), SIZE)
    output = attend(cache, query, [new for new, _ in requests], reads)
    ends = accumulate((new for new, _ in requests), initial=0)
    for (begin, end), read in zip(pairwise(ends), reads, strict=True):
        wanted = alone(cache, query[:, :, begin:end], end - begin, read)
        torch.testing.assert_close(output[begin:end], wanted)


@pytest.mark.parametrize("tokens", [190, 900], ids=["short", "long"])
def test_neighbours_do_not_change_the_rounding(tokens: int) -> None:
    cache = Cache()
    reads = [cache.take(count) for count in (130, 700, tokens, 20, 150)]
    query = torch.randn(1, HEADS, len(reads), SIZE)
    with_others = attend(cache, query, [1] * len(reads), reads)
    by_itself = attend(cache, query[:, :, 2:3], [1], reads[2:3])
    assert torch.equal(with_others[2], by_itself[0])


def test_widths_are_whole_pages() -> None:
    assert not any(width % PAGE_TOKENS for width in WIDTHS)
