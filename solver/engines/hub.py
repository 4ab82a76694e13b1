"""Weights from the Hugging Face hub (or a mirror of it) and from ModelScope.

HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE are honoured, as the hub's own client reads them.
"""

import os
from pathlib import Path
from typing import Any

from .base import ModelNotFound, WeightsBroken
from .folders import check_room, disk_errors
from .options import EngineOptions, Progress

ALLOWED = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model", "*.tiktoken")
OLD_WEIGHTS = "pytorch_model*.bin"


def from_hub(name: str, options: EngineOptions) -> Path:
    """Snapshot of one revision; files that are there already are not fetched again."""
    from huggingface_hub import snapshot_download

    has_own_cache = "HF_HOME" in os.environ or "HF_HUB_CACHE" in os.environ
    cache = None if has_own_cache else options.models_dir / "hub"
    arguments: dict[str, Any] = {
        "repo_id": name,
        "revision": options.revision,
        "cache_dir": cache,
        "allow_patterns": list(ALLOWED),
    }
    place = options.models_dir if cache is None else cache
    try:
        with disk_errors(place):
            plan = _plan(arguments)
            check_room(place, sum(file.file_size for file in plan if file.will_download))
            bar = progress_bar(f"downloading {name}", options.progress)
            return Path(snapshot_download(**arguments, tqdm_class=bar))
    except (OSError, ValueError) as error:
        raise _sentence(name, options, error) from error


def _plan(arguments: dict[str, Any]) -> list[Any]:
    """What would be fetched; adds the old format for a model that has no safetensors."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import DryRunError

    try:
        plan = snapshot_download(**arguments, dry_run=True)
    except DryRunError:
        return []  # offline or refused: the download itself says which, or finds all files here
    if not any(file.filename.endswith(".safetensors") for file in plan):
        arguments["allow_patterns"].append(OLD_WEIGHTS)
        plan = snapshot_download(**arguments, dry_run=True)
    return list(plan)


def progress_bar(doing: str, progress: Progress) -> Any:
    """A class like tqdm's that reports bytes to our callers instead of the terminal."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.counts_bytes = kwargs.get("unit") == "B"
            super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, count: float | None = 1) -> None:
            self.n += count or 0
            if self.counts_bytes:
                progress(doing, int(self.n), int(self.total) if self.total else None)

    return Bar


def _sentence(name: str, options: EngineOptions, error: Exception) -> Exception:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return ModelNotFound(
            f"The model {name} is behind a licence: accept it on its page and set HF_TOKEN."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelNotFound(
            f"The model {name} has no revision {options.revision!r}: name a branch, tag or commit "
            "that it has."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return ModelNotFound(f"The hub has no model {name}: check the name, or set HF_TOKEN.")
    if isinstance(error, errors.HFValidationError):
        return ModelNotFound(f"{name!r} is not a model's name: it looks like owner/name.")
    if isinstance(error, FileNotFoundError | ConnectionError | errors.HfHubHTTPError):
        return ModelNotFound(
            f"The model {name} is not on this machine and the hub cannot be reached "
            f"({_first_line(error)}): connect, set HF_ENDPOINT to a mirror, or name a folder."
        )
    return WeightsBroken(
        f"The model {name} could not be fetched ({_first_line(error)}): try again."
    )


def from_modelscope(name: str, options: EngineOptions) -> Path:
    """Snapshot from ModelScope; its client resumes and keeps files itself."""
    try:
        from modelscope import snapshot_download
    except ImportError as error:
        raise ModelNotFound(
            "Fetching from ModelScope needs its package: run `pip install modelscope`."
        ) from error
    options.progress(f"downloading {name}", 0, None)
    try:
        with disk_errors(options.models_dir):
            folder = snapshot_download(
                name, revision=options.revision, cache_dir=str(options.models_dir / "modelscope")
            )
    except Exception as error:
        # The client has no base class for its errors.
        raise ModelNotFound(
            f"ModelScope did not give {name} ({_first_line(error)}): check the name and the "
            "connection."
        ) from error
    return Path(folder)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
