"""What came in: JSON within limits, then a model of the call. Refusals name the field."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from pydantic import BaseModel, ConfigDict, ValidationError

from solver.api.errors import ApiError, invalid

Parsed = TypeVar("Parsed", bound=BaseModel)


class Body(BaseModel):
    """Unknown fields are refused, and a text is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty one. Raises ApiError."""
    body = read_bytes(request, settings.API_MAX_BODY_BYTES)
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is not UTF-8"
        raise invalid(f"The body is not valid JSON: {reason}.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise invalid("The body must be a JSON object.", code="invalid_json")
    check_values(value)
    return value


def read_bytes(request: HttpRequest, limit: int) -> bytes:
    """Raises ApiError for a body above the limit."""
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > limit:
        message = f"The body is larger than {limit} bytes. Send less at once."
        raise ApiError(413, "body_too_large", message)
    return body


def parse(model: type[Parsed], values: dict[str, Any]) -> Parsed:
    """Raises ApiError for the first field that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"] if not _is_branch(part))
    if first["type"] == "missing":
        raise invalid(f"Missing required field '{field}'.", field, "missing_field")
    if first["type"] == "extra_forbidden":
        message = f"Unknown or unsupported field '{field}'. Leave it out."
        raise invalid(message, field, "unknown_field")
    reason = first["msg"].removeprefix("Value error, ")
    raise invalid(f"'{field}': {reason}" if field else reason, field or None)


def texts_of(value: Any) -> Iterator[str]:
    """Every text in it, names of fields included."""
    return (text for text, _depth in _walk(value) if text)


def _is_branch(part: object) -> bool:
    """Pydantic names the alternative of a union that it tried, which is no field of ours."""
    return isinstance(part, str) and (part in {"str", "int", "float"} or "[" in part)


def _refuse_constant(name: str) -> NoReturn:
    raise invalid(f"The body is not valid JSON: {name} is no number.", code="invalid_json")


def _too_deep() -> ApiError:
    limit = settings.API_MAX_JSON_DEPTH
    return invalid(f"The JSON is nested deeper than {limit} levels.", code="json_too_deep")


def check_values(value: Any) -> None:
    """No depth that later code would stumble over, no text that cannot be stored."""
    for text, depth in _walk(value):
        if depth > settings.API_MAX_JSON_DEPTH:
            raise _too_deep()
        if "\0" in text:
            message = "A text holds a NUL character (U+0000). Delete it."
            raise invalid(message, code="control_character")
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            message = "A text holds half a character (a lone surrogate). Send whole characters."
            raise invalid(message, code="control_character")


def _walk(value: Any) -> Iterator[tuple[str, int]]:
    """Every text with its depth, and an empty one for each object and list."""
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            yield item, depth
        elif isinstance(item, dict | list):
            yield "", depth
            inner = [*item.keys(), *item.values()] if isinstance(item, dict) else item
            waiting += [(part, depth + 1) for part in inner]
