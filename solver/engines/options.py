"""What callers may say about an engine. Ground code reads no environment but the HF_ variables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# (what is being done, how many bytes are done, of how many or None when that is not known)
Progress = Callable[[str, int, int | None], None]


def quietly(_doing: str, _done_bytes: int, _of_bytes: int | None) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """For servers that speak OpenAI's protocol.

    base_urls: more servers for the same model, besides the one in the spec.
    attempts: how often one request is tried before its first token. timeouts in seconds:
    connect; first token; silence between two pieces; the whole answer.
    can_resume: the server continues a final assistant message (vLLM, SGLang), so that
    Request.prefill works. extra: fields added to every request body.
    """

    api_key: str = ""
    base_urls: tuple[str, ...] = ()
    connections: int = 64
    attempts: int = 4
    backoff_s: float = 0.5
    connect_timeout_s: float = 5.0
    first_token_timeout_s: float = 600.0
    silence_timeout_s: float = 120.0
    total_timeout_s: float = 7200.0
    out_s: float = 10.0
    context_tokens: int = 40_960
    can_resume: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to open an engine; every field has a default that the machine itself decides.

    models_dir: where downloaded and converted weights are kept.
    name: the name to show instead of the one found in the spec.
    device: auto, cpu, cuda, cuda:1, mps. dtype: auto, bfloat16, float16, float32.
    attention: auto, or an attention implementation of Transformers.
    threads: CPU threads for torch (None: one for each core this process may use).
    slots: requests in the batch at once (None: from the cache's size).
    context_tokens: prompt and answer together (None: what the model and the cache allow).
    cache_tokens: tokens that the key-value cache holds for all requests together (None: from free
    memory). memory_share: the part of free memory that the cache may take.
    revision: branch, tag or commit of a hub model. s3: arguments of boto3's client for s3:// specs.
    is_apart: a model on this machine gets a process of its own (see apart), where the system can.
    """

    models_dir: Path = Path("var/models")
    name: str = ""
    device: str = "auto"
    dtype: str = "auto"
    attention: str = "auto"
    threads: int | None = None
    slots: int | None = None
    context_tokens: int | None = None
    cache_tokens: int | None = None
    memory_share: float | None = None
    revision: str | None = None
    s3: Mapping[str, Any] = field(default_factory=dict)
    progress: Progress = quietly
    is_apart: bool = False
    remote: RemoteOptions = field(default_factory=RemoteOptions)

    def __post_init__(self) -> None:
        for name in ("threads", "slots", "context_tokens", "cache_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, or left out.")
        if self.memory_share is not None and not 0 < self.memory_share <= 1:
            raise ValueError("memory_share must be above 0 and at most 1.")
        if self.dtype not in {"auto", "bfloat16", "float16", "float32"}:
            raise ValueError("dtype must be auto, bfloat16, float16 or float32.")
