"""Fields that several calls have, and what is done about those that we do not serve.

What OpenAI's clients send as a matter of course, and which changes nothing here, is taken and
ignored. What would change the answer there and cannot here is refused, by its name, unless it has
the value that changes nothing.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from solver.api.bodies import Body
from solver.engines.base import MAX_SEED
from solver.models.problem import Kind

MAX_ANSWERS: Final = 8
MAX_STOPS: Final = 16
NOTHING: Final[tuple[Any, ...]] = (None, [], {}, "")
NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {
    "frequency_penalty": (None, 0, 0.0),
    "presence_penalty": (None, 0, 0.0),
    "logit_bias": NOTHING,
    "logprobs": (None, False, 0),
    "top_logprobs": (None, 0),
    "tools": NOTHING,
    "tool_choice": (None, "none", "auto"),
    "functions": NOTHING,
    "function_call": (None, "none", "auto"),
    "modalities": (None, ["text"]),
    "audio": (None,),
    "prediction": (None,),
    "web_search_options": (None,),
    "suffix": (None, ""),
    "echo": (None, False),
    "best_of": (None, 1),
    "previous_response_id": (None,),
    "conversation": (None,),
    "background": (None, False),
    "include": NOTHING,
    "truncation": (None, "disabled"),
    "prompt": (None,),
    "max_tool_calls": (None,),
}


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("every stop text must hold at least one character")
    return text


StopText = Annotated[str, AfterValidator(_not_blank)]
Stop = StopText | Annotated[list[StopText], Field(max_length=MAX_STOPS)] | None


class StreamOptions(Body):
    include_usage: bool = False
    include_obfuscation: bool | None = None


class Wishes(Body):
    """Our own extra field. kind: which of our solvers is asked, and how its answer is checked."""

    kind: Literal["maths", "code"] | None = None

    @property
    def known_kind(self) -> Kind | None:
        return Kind(self.kind) if self.kind else None


class Sampled(Body):
    """What all calls that generate text have."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    top_k: Annotated[int, Field(ge=1)] | None = None
    stream: bool | None = False
    vibesite: Wishes = Wishes()
    # Sent as a matter of course; they change nothing here.
    user: str | None = None
    metadata: dict[str, Any] | None = None
    store: bool | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    parallel_tool_calls: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_neutral(cls, values: Any) -> Any:
        """Leave out what has the value that changes nothing; the rest is refused as unknown."""
        if not isinstance(values, dict):
            return values
        return {
            name: value
            for name, value in values.items()
            if not (name in NEUTRAL and name not in cls.model_fields and _is_neutral(name, value))
        }

    def drawing(self) -> dict[str, Any]:
        """Sampling options that were given."""
        given = {"temperature": self.temperature, "top_p": self.top_p, "top_k": self.top_k}
        return {name: value for name, value in given.items() if value is not None}


def stops(stop: Stop) -> list[str]:
    if stop is None:
        return []
    return [stop] if isinstance(stop, str) else list(dict.fromkeys(stop))


def seed_for(seed: int | None, index: int) -> int | None:
    """Another one for each of several answers; OpenAI's seeds may be negative, ours not."""
    return None if seed is None else (seed + index) % MAX_SEED


def _is_neutral(name: str, value: Any) -> bool:
    return any(value == neutral and type(value) is type(neutral) for neutral in NEUTRAL[name])
