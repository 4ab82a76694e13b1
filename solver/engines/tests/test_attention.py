"""Packed attention against each request computed by itself."""

from itertools import accumulate, pairwise
from typing import Any

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from solver.engines.attention import WIDTHS, packed_attention
from solver.engines.positions import Reads

HEADS, KEY_HEADS, SIZE = 6, 2, 8
ROOM = 4_000
Requests = list[tuple[int, int]]  # new tokens and all tokens of each


class Cache:
    """Keys of many requests in scattered places, read back as an index says."""

    reads: Reads

    def __init__(self) -> None:
        torch.manual_seed(7)
        self.stored = torch.randn(2, 1, KEY_HEADS, ROOM, SIZE)
        self.places = torch.randperm(ROOM)
        self.positions = self

    def of_step(self) -> Reads:
        return self.reads

    def update(
        self, kwargs: dict[str, Any], key_states: torch.Tensor, value_states: torch.Tensor, **_: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        (index,) = kwargs["read_index"]
        if not index.numel():
            return key_states, value_states
        keys, values = self.stored.index_select(3, index)
        return keys, values


def attend(cache: Cache, query: torch.Tensor, requests: Requests, first: int = 0) -> torch.Tensor:
    """Of requests whose keys begin at the cache's place number `first`: [tokens, heads, size]."""
    ends = [0, *accumulate(known for _, known in requests)]
    cache.reads = Reads(cache.places[first : first + ends[-1]], list(pairwise(ends)))
    keys, values = cache.stored.index_select(3, cache.reads.positions)
    output, _ = packed_attention(
        type("Layer", (), {"layer_idx": 0}),
        query,
        keys,
        values,
        None,
        0.5,
        cache,
        cu_seq_lens_q=torch.tensor([0, *accumulate(new for new, _ in requests)]),
    )
    return output[0]


def alone(cache: Cache, query: torch.Tensor, first: int, new: int, known: int) -> torch.Tensor:
    keys, values = cache.stored.index_select(3, cache.places[first : first + known])
    seen = torch.ones(new, known, dtype=torch.bool).tril(known - new)
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
    query = torch.randn(1, HEADS, sum(new for new, _ in requests), SIZE)
    output = attend(cache, query, requests)
    at = first = 0
    for new, known in requests:
        mine = slice(at, at + new)
        wanted = alone(cache, query[:, :, mine], first, new, known)
        torch.testing.assert_close(output[mine], wanted)
        at, first = at + new, first + known


def test_neighbours_do_not_change_the_rounding() -> None:
    cache = Cache()
    requests = [(1, 130), (1, 190), (1, 20), (1, 150)]
    query = torch.randn(1, HEADS, len(requests), SIZE)
    with_others = attend(cache, query, requests)
    by_itself = attend(cache, query[:, :, 1:2], requests[1:2], first=130)
    assert torch.equal(with_others[1], by_itself[0])
