import copy
import platform
import subprocess
import sys

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM

from ..linear import PrepackedLinear, prepack

on_x86 = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="elsewhere the model's own layers stay"
)


@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 24), (16, 24), (1, 100, 24)])
def test_a_prepacked_layer_computes_the_same(has_bias, shape):
    linear = nn.Linear(24, 40, bias=has_bias)
    rows = torch.randn(shape)
    with torch.inference_mode():
        torch.testing.assert_close(PrepackedLinear(linear)(rows), linear(rows))


@on_x86
def test_a_model_says_the_same_and_keeps_its_weights_once(tiny_folder):
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()
    before = copy.deepcopy(model)
    linears = sum(isinstance(module, nn.Linear) for module in before.modules())
    assert prepack(model) == linears > 1
    assert not [name for name, _ in model.named_parameters() if "proj" in name]
    tokens = torch.arange(3, 40).unsqueeze(0)
    with torch.inference_mode():
        torch.testing.assert_close(model(tokens).logits, before(tokens).logits)
    assert prepack(model) == 0


GROWTH = """
import psutil, torch
from torch import nn
from solver.engines.linear import prepack

class Model(nn.Sequential):
    device, dtype = torch.device("cpu"), torch.float32

def used():
    return psutil.Process().memory_info().rss

prepack(Model(nn.Linear(64, 64)))
# As loading does: from then on the allocator keeps pieces of up to this size.
torch.ones(7_000_000)
model = Model(*[nn.Linear(1024, 1024, bias=False) for _ in range(40)])
weights = sum(parameter.nbytes for parameter in model.parameters())
before = used()
prepack(model)
print((used() - before) / weights)
"""


@on_x86
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only its memory is given back")
def test_a_model_is_not_kept_twice():
    said = subprocess.run(
        [sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True
    )
    assert float(said.stdout) < 0.3


def test_half_precision_stays_as_it_is(tiny_folder):
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.bfloat16)
    assert prepack(model) == 0


@on_x86
def test_the_engine_computes_with_prepacked_layers(local_engine):
    model = local_engine._batch._manager.model
    assert any(isinstance(module, PrepackedLinear) for module in model.modules())
    assert not any(type(module) is nn.Linear for module in model.modules())
