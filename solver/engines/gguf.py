"""GGUF files: de-quantised once and kept in the hub's format, which loads in under a second."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from .base import ModelNotFound, WeightsBroken
from .folders import check_room, write_whole
from .options import EngineOptions

MAGIC = b"GGUF"
# Four bits for each weight become sixteen, and some room for what else is in the file.
GROWTH = 5


def converted(source: Path, options: EngineOptions) -> Path:
    """The folder made of this file; made now (20 s for the demonstration model) if need be."""
    if not source.is_file():
        raise ModelNotFound(f"There is no file {source}: check the path.")
    with source.open("rb") as opened:
        if opened.read(4) != MAGIC:
            raise WeightsBroken(f"{source} is not a GGUF file: download it again.")
    stat = source.stat()
    # The size stands for the content: a file downloaded again has a new time and the same weights.
    mark = hashlib.sha256(f"{source.name} {stat.st_size}".encode()).hexdigest()[:12]
    folder = options.models_dir / f"gguf-{source.stem}-{mark}"
    if not folder.is_dir():
        check_room(options.models_dir, stat.st_size * GROWTH)
        options.progress(f"converting {source.name}", 0, stat.st_size)
        write_whole(folder, lambda draft: _convert(source, draft))
        options.progress(f"converting {source.name}", stat.st_size, stat.st_size)
    return folder


def _convert(source: Path, target: Path) -> None:
    try:
        import gguf  # Transformers needs it to read these files
    except ImportError as error:
        raise ModelNotFound(
            "Reading GGUF files needs a package: run `pip install gguf`."
        ) from error
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    try:
        with _each_once(gguf, "GGUFReader", "get_tensor_name_map"):
            model = AutoModelForCausalLM.from_pretrained(
                source.parent,
                gguf_file=source.name,
                dtype=torch.bfloat16,
                quantization_config=GgufConfig(gguf_file=source.name, dequantize=True),
            )
            tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    except Exception as error:
        # The readers trip over broken files in every way there is: index, value, memory map.
        raise WeightsBroken(
            f"{source} cannot be read ({type(error).__name__}: {error}): it is cut short or of a "
            "kind that Transformers does not know; download it again."
        ) from error
    # The quantizer would refuse to save what is no longer quantised.
    model.hf_quantizer = None
    model.config.__dict__.pop("quantization_config", None)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


@contextmanager
def _each_once(module: Any, *names: str) -> Iterator[None]:
    """While this lasts, calls with the same arguments are made once.

    Transformers reads the file for the configuration, the weights and the tokenizer each, and makes
    the same table of names for every one of the model's modules: two thirds of the time.
    """
    before = {name: getattr(module, name) for name in names}
    for name, function in before.items():
        setattr(module, name, cache(function))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(module, name, function)
