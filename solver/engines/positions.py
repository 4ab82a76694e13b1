"""Where in the cache the keys of a step's requests lie, and reading them, page by page.

Transformers lists every single position for each step, in Python: for a request of 20,000 tokens
that took longer than attending to them. Here a step costs one number for each page, and a page is
copied as a whole.
Written against Transformers 5.23, for layers that attend to the whole text.
"""

from array import array
from dataclasses import dataclass
from typing import Any

import torch

# Where a request's new tokens begin and end in the step.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Read:
    """What one request attends to. blocks: of the cache, in order, each a page in every layer;
    tokens: how many they hold of this request, the rest of the last one being anything.
    """

    blocks: list[int]
    tokens: int


class Positions:
    """Of the step that is being computed, for whoever computes it."""

    def __init__(self, cache: Any, inputs: Any) -> None:
        """cache, inputs: the batch's PagedAttentionCache and its ContinuousBatchingIOs, which lists
        no positions to read any more.
        """
        (self._allocator,) = cache.cache_allocators.values()
        self._inputs = inputs
        self._prepare = inputs.prepare_batch_tensors
        inputs.prepare_batch_tensors = self._prepare_without_reads
        self.page_tokens: int = self._allocator.tokens_per_page
        # Between two blocks of a request lie the keys and values of the other layers.
        self._stride = self._allocator.block_physical_stride // self.page_tokens

    def of_step(self) -> list[Read]:
        """In the order in which the step has the requests."""
        return [self._of(request.state) for request in self._inputs.requests_in_batch]

    def pages(self, blocks: list[int]) -> torch.Tensor:
        """These blocks as `read` wants them, whichever the layer."""
        # A list that torch.tensor converts takes six times as long.
        pages: torch.Tensor = torch.frombuffer(array("q", blocks), dtype=torch.int64)
        return pages.mul_(self._stride)

    def read(self, layer: int, pages: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values, copied page after page: [1, key heads, tokens of the pages, size]."""
        keys, values = (
            part.index_select(0, pages).flatten(0, 1).transpose(0, 1).unsqueeze(0)
            for part in self._allocator.get_cache_for_block_table(layer)
        )
        return keys, values

    def _of(self, state: Any) -> Read:
        tokens = state.position_offset
        table = self._allocator.block_table[state.request_id]
        return Read(table[: -(-tokens // self.page_tokens)], tokens)

    def _prepare_without_reads(self, **kwargs: Any) -> None:
        self._prepare(**kwargs | {"max_kv_read": 0})
