"""Open an engine by its name."""

from pathlib import Path

from .base import Engine, ModelNotFound
from .options import EngineOptions
from .scripted import scripted_engine
from .weights import DEMO_NAME, demo_folder

CPU_SLOTS = 16
CPU_MEMORY_SHARE = 0.1


def open_engine(spec: str, options: EngineOptions | None = None) -> Engine:
    """The engine for `auto`, `demo`, a local folder, a hub id, `modelscope:ID`, `s3://…`, a .gguf
    file, `scripted:NAME?rate=…` or `http(s)://host/v1#model`.

    Loading may take minutes and many gigabytes. Raises ModelNotFound or WeightsBroken with one
    sentence that says what to do.
    """
    options = options or EngineOptions()
    if spec.startswith("scripted:"):
        return scripted_engine(spec, options)
    if spec in {"auto", "demo"}:
        return open_folder(demo_folder(options.models_dir), options, options.name or DEMO_NAME)
    folder = Path(spec).expanduser()
    if folder.is_dir():
        return open_folder(folder, options, options.name or folder.name)
    raise ModelNotFound(f"There is no model at {spec}: name a folder, a hub id or a server.")


def open_folder(folder: Path, options: EngineOptions, name: str) -> Engine:
    """A local engine over weights in the hub's format."""
    from .batch import Batch, BatchSize
    from .loading import load
    from .local import LocalEngine

    loaded = load(folder, options)
    config = loaded.model.config.get_text_config()
    context_tokens = options.context_tokens or config.max_position_embeddings
    slots = options.slots or CPU_SLOTS
    cache_tokens = options.cache_tokens or slots * min(context_tokens, 2048)
    batch = Batch(
        loaded.model, BatchSize(slots, cache_tokens, options.memory_share), loaded.eos_ids
    )
    return LocalEngine(
        model=name,
        batch=batch,
        tokenizer=loaded.tokenizer,
        context_tokens=context_tokens,
        slots=slots,
    )
