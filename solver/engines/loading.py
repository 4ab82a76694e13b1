"""A model and its tokenizer in memory: device, dtype and attention chosen by the machine."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from .base import EngineError, WeightsBroken
from .options import EngineOptions


@dataclass(frozen=True, slots=True)
class Loaded:
    """eos_ids: every token that ends an answer."""

    model: Any
    tokenizer: Any
    eos_ids: tuple[int, ...]


def load(folder: Path, options: EngineOptions) -> Loaded:
    """Read weights in the hub's format from a folder. Raises WeightsBroken with what to do."""
    set_threads(options.threads)
    device = pick_device(options.device)
    dtype = pick_dtype(options.dtype, device)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=None if options.attention == "auto" else options.attention,
            trust_remote_code=False,
        ).to(device)
    except torch.OutOfMemoryError as error:
        raise EngineError(
            f"{folder.name} does not fit into the memory of {device}: take a smaller model or "
            "another device."
        ) from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise WeightsBroken(f"{folder} cannot be loaded ({_first_line(error)}).") from error
    return Loaded(model.eval(), tokenizer, eos_ids(model, tokenizer))


def eos_ids(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """The generation config's and the tokenizer's end tokens together."""
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return tuple(
        sorted({token for token in [*listed, tokenizer.eos_token_id] if token is not None})
    )


def set_threads(threads: int | None) -> None:
    """Torch's threads for one process; more than one for each core only costs time."""
    torch.set_num_threads(threads or len(os.sched_getaffinity(0)))


def pick_device(wanted: str) -> torch.device:
    """The device named, or the best one there is."""
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def pick_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes in it, else float16 on GPUs and float32 on CPUs."""
    if wanted != "auto":
        named = getattr(torch, wanted)
        assert isinstance(named, torch.dtype)
        return named
    if device.type == "cuda":
        native = torch.cuda.get_device_capability(device) >= (8, 0) or torch.version.hip
        return torch.bfloat16 if native else torch.float16
    if device.type == "cpu":
        return torch.bfloat16 if _computes_bfloat16() else torch.float32
    return torch.float16


def _computes_bfloat16() -> bool:
    """Whether the processor has instructions for it. Asked of the processor, not of a clock: a
    busy moment must not change what a seed and a greedy prompt give.
    """
    known: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16") or known.get("sve_bf16"))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
