"""Where in the cache the keys of a step's requests lie, page by page.

Transformers lists every single position for each step, in Python: for a request of 20,000 tokens
that took longer than attending to them. Here a step costs one number for each page.
Written against Transformers 5.23, for layers that attend to the whole text.
"""

from dataclasses import dataclass
from typing import Any

import torch

# Where one request's keys begin and end.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reads:
    """positions: in the cache, of all pages of all requests; keys: each request's part of it."""

    positions: torch.Tensor
    keys: list[Span]


class Positions:
    """Of the step that is being computed, for whoever computes it."""

    def __init__(self, cache: Any, inputs: Any) -> None:
        """cache, inputs: the batch's PagedAttentionCache, which makes no lists any more, and its
        ContinuousBatchingIOs.
        """
        (self._allocator,) = cache.cache_allocators.values()
        self._allocator.get_read_indices = _none
        self._inputs = inputs
        self._page = torch.arange(self._allocator.tokens_per_page)

    def of_step(self) -> Reads:
        """In the order in which the step has the requests."""
        page_tokens = len(self._page)
        pages: list[int] = []
        keys: list[Span] = []
        for request in self._inputs.requests_in_batch:
            known = request.state.position_offset
            begin = len(pages) * page_tokens
            table = self._allocator.block_table[request.state.request_id]
            pages += table[: -(-known // page_tokens)]
            keys.append((begin, begin + known))
        begins = torch.tensor(pages).unsqueeze(1) * self._allocator.block_physical_stride
        return Reads((begins + self._page).flatten(), keys)


def _none(_request_id: str, _past_length: int, _query_length: int) -> list[int]:
    return []
