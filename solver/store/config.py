"""`configs/model_config.json`: what an operator may turn without a restart.

Everything in it is optional; what it leaves out comes from the environment. A file that cannot be
used changes nothing: the last good one stays, and the alert names the line.
"""

import json
from typing import Any

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from solver.models.problem import Kind
from solver.store import bucket
from solver.store.cached import CachedObject
from solver.store.cached import Kind as ObjectKind
from solver.store.lines import line_of

MAX_CHARS = 64_000


class _Part(BaseModel):
    """Unknown keys are refused: a typing error must not pass for a setting."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Drawing(_Part):
    """How tokens are drawn."""

    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    top_p: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, ge=1, le=131_072)


class Route(Drawing):
    model: str | None = Field(default=None, min_length=1, max_length=200)


class Routes(_Part):
    maths: Route = Route()
    code: Route = Route()


class Limits(_Part):
    problem_chars: int | None = Field(default=None, ge=1, le=100_000)
    system_prompt_chars: int | None = Field(default=None, ge=1, le=100_000)
    samples: int | None = Field(default=None, ge=1, le=64)


class ModelConfig(Drawing):
    # Read when an inference worker starts; the rest counts from the next solution on.
    model: str | None = Field(default=None, min_length=1, max_length=200)
    routes: Routes = Routes()
    limits: Limits = Limits()

    def sampling(self, kind: Kind) -> dict[str, float | int]:
        """temperature, top_p and max_tokens: of the route, else of the file, else of settings."""
        route = self._route(kind)
        usual = {
            "temperature": settings.TEMPERATURE,
            "top_p": settings.TOP_P,
            "max_tokens": settings.MAX_TOKENS,
        }
        return {
            name: next(
                value
                for value in (getattr(route, name), getattr(self, name), fallback)
                if value is not None
            )
            for name, fallback in usual.items()
        }

    def model_of(self, kind: Kind) -> str:
        return self._route(kind).model or self.model or str(settings.MODEL)

    @property
    def problem_chars(self) -> int:
        return self.limits.problem_chars or int(settings.PROBLEM_MAX_CHARS)

    @property
    def system_prompt_chars(self) -> int:
        return self.limits.system_prompt_chars or int(settings.SYSTEM_PROMPT_MAX_CHARS)

    @property
    def most_samples(self) -> int:
        return self.limits.samples or int(settings.SAMPLES_MAX)

    def _route(self, kind: Kind) -> Route:
        return self.routes.code if kind is Kind.CODE else self.routes.maths


class ConfigRefused(ValueError):
    """The file cannot be used; the message names the line and says what to change."""


class _Odd(ValueError):
    """JSON that Python reads and we do not; `token` is found again in the text."""

    def __init__(self, token: str, message: str) -> None:
        super().__init__(message)
        self.token = token


def current() -> ModelConfig:
    """What counts now. May wait STORE_WAIT_S for the bucket, like `prompts.choose`."""
    return config_object.current() or ModelConfig()


def parse(body: bytes) -> ModelConfig:
    """Raises ConfigRefused."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ConfigRefused(f"model_config.json, line {line}: not UTF-8.") from None
    if len(text) > MAX_CHARS:
        raise ConfigRefused(f"model_config.json has more than {MAX_CHARS:,} characters.")
    values = _values(text)
    try:
        return ModelConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigRefused(_complaint(text, error)) from None


def _values(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ConfigRefused(
            f"model_config.json, line {error.lineno}: no JSON ({error.msg})."
        ) from None
    except _Odd as odd:
        line = text.count("\n", 0, text.rfind(odd.token)) + 1
        raise ConfigRefused(f"model_config.json, line {line}: {odd}.") from None
    except RecursionError:
        raise ConfigRefused("model_config.json is nested too deeply.") from None
    if not isinstance(values, dict):
        raise ConfigRefused("model_config.json, line 1: the file must hold one object, {…}.")
    return values


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise _Odd(f'"{twin}"', f"{twin[:40]!r} is said twice: keep one")
    return values


def _no_constant(name: str) -> float:
    raise _Odd(name, f"{name} is no number: write a finite one")


def _complaint(text: str, error: ValidationError) -> str:
    """Of the first thing that is wrong: one at a time is what a person mends."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = first["loc"]
    where = ".".join(str(part)[:40] for part in path)
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    line = line_of(text, path)
    says = "unknown key, remove it" if first["type"] == "extra_forbidden" else first["msg"]
    return f"model_config.json, line {line}: {where}: {says}{more}."


def _changes(old: ModelConfig | None, new: ModelConfig | None) -> dict[str, object]:
    """The values that differ, as 'name: before -> after'."""
    before, after = _flat(old), _flat(new)
    names = sorted(before.keys() | after.keys())
    return {
        "changes": [
            f"{name}: {before.get(name)} -> {after.get(name)}"
            for name in names
            if before.get(name) != after.get(name)
        ]
    }


def _flat(config: ModelConfig | None) -> dict[str, object]:
    flat: dict[str, object] = {}

    def walk(values: dict[str, Any], prefix: str) -> None:
        for name, value in values.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{name}.")
            else:
                flat[prefix + name] = value

    walk(config.model_dump(exclude_none=True) if config else {}, "")
    return flat


config_object: CachedObject[ModelConfig] = CachedObject(
    ObjectKind(bucket.CONFIGS, "model_config.json", "model config", parse, _changes)
)
