"""Open an engine by its name."""

import importlib.util
import os
from typing import Any

from .base import Engine, ModelNotFound
from .options import EngineOptions
from .scripted import scripted_engine
from .threads import in_passing_thread
from .weights import VIBETHINKER, find_weights


def open_engine(spec: str, options: EngineOptions | None = None) -> Engine:
    """The engine for `auto`, `demo`, a local folder, a hub id, `modelscope:ID`, `s3://…`, a .gguf
    file, `scripted:NAME?rate=…` or `http(s)://host/v1#model`.

    `auto` is VibeThinker-1.5B where there is a CUDA device, else the demonstration model. Loading
    may take minutes and many gigabytes. Raises ModelNotFound or WeightsBroken with one sentence
    that says what to do.
    """
    options = options or EngineOptions()
    if spec.startswith("scripted:"):
        return scripted_engine(spec, options)
    if spec.startswith(("http://", "https://")):
        from .remote import RemoteEngine

        return RemoteEngine(spec, options)
    if (
        importlib.util.find_spec("torch") is None
        or importlib.util.find_spec("transformers") is None
    ):
        raise ModelNotFound(
            "Running a model here needs torch and transformers: install them, or name a server "
            "(http://host/v1#model)."
        )
    if options.is_apart and os.name == "posix":
        from .apart import EngineApart

        return EngineApart(spec, options)
    return in_passing_thread(lambda: _open_here(spec, options))


def _open_here(spec: str, options: EngineOptions) -> Engine:
    from .loading import load

    weights = find_weights(_automatic() if spec == "auto" else spec, options)
    return open_loaded(load(weights.folder, options), options, options.name or weights.name)


def open_loaded(loaded: Any, options: EngineOptions, name: str) -> Engine:
    """A local engine over a model in memory (loading.Loaded), which is its own from then on."""
    from .batch import Batch, BatchSize
    from .linear import prepack
    from .local import LocalEngine
    from .sizes import choose_sizes

    prepack(loaded.model)
    sizes = choose_sizes(loaded.model, options)
    size = BatchSize(sizes.slots, sizes.cache_tokens, sizes.memory_share)
    batch = Batch(loaded.model, size, loaded.eos_ids)
    return LocalEngine(
        model=name,
        batch=batch,
        tokenizer=loaded.tokenizer,
        context_tokens=sizes.context_tokens,
        slots=sizes.slots,
    )


def _automatic() -> str:
    import torch

    return VIBETHINKER if torch.cuda.is_available() else "demo"
