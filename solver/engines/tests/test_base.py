import subprocess
import sys

import pytest

from ..base import Message, Request, Sampling


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"temperature": True},
        {"top_p": 0},
        {"top_p": 1.01},
        {"top_k": 0},
        {"top_k": 1.5},
        {"max_tokens": 0},
        {"seed": -1},
        {"seed": 2**63},
        {"stop": ("",)},
        {"stop": ["a"]},
        {"stop": ("a",) * 17},
    ],
)
def test_sampling_out_of_range_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        Sampling(**wrong)


def test_request_needs_messages_and_a_real_deadline():
    with pytest.raises(ValueError, match="message"):
        Request(())
    with pytest.raises(ValueError, match="deadline_s"):
        Request((Message("user", "a"),), deadline_s=0)


def test_contract_loads_without_torch_or_django():
    """The package runs on machines that have neither; remote and scripted need no torch."""
    code = (
        "import sys, solver.engines.choose, solver.engines.remote;"
        "print(sorted({'torch', 'transformers', 'django', 'boto3'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
