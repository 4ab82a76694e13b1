"""Linear layers whose weights lie in memory as oneDNN's kernels read them.

`torch.nn.Linear` lays float32 weights out anew for every step, which for a batch of few tokens
takes as long as the product. 16 tokens, two AVX2 cores, 135M parameters: the layers of one step 73
and 50 ms, the output layer 25 and 10 ms. The operators are those that torch's own compiler
calls for frozen weights on a processor.
"""

import ctypes
import platform
from contextlib import suppress
from typing import Any

import torch
from torch import nn

# The layout is chosen for so many rows, and serves any number.
TYPICAL_ROWS = 16


class PrepackedLinear(nn.Module):
    """As the layer that it is made from, without its parameters: for inference only."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features = linear.in_features
        self.out_features = linear.out_features
        self._bias = None if linear.bias is None else linear.bias.detach()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), TYPICAL_ROWS)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """rows: [..., in_features]; returns [..., out_features]."""
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            rows, self._weight, self._bias, "none", [], ""
        )
        return product


def prepack(model: Any) -> int:
    """Put prepacked layers in the place of the model's own where that was seen to pay: float32 on
    an x86 processor. Returns how many. The own weights are freed unless something shares them.
    """
    if not _pays(model):
        return 0
    # Not those that are made from nn.Linear: they may compute something else.
    found = [
        (parent, name)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if type(layer) is nn.Linear
    ]
    with torch.inference_mode():
        for parent, name in found:
            setattr(parent, name, PrepackedLinear(getattr(parent, name)))
            _give_back_memory()
    return len(found)


def _give_back_memory() -> None:
    """GNU's allocator keeps what is freed for itself: the model would take its memory twice."""
    with suppress(OSError, AttributeError):  # of another C library
        ctypes.CDLL(None).malloc_trim(0)


def _pays(model: Any) -> bool:
    return (
        model.device.type == "cpu"
        and model.dtype == torch.float32
        and platform.machine() in {"x86_64", "AMD64"}
        and bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    )
