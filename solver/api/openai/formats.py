"""`response_format`: the model is asked for JSON, and what it wrote is checked afterwards.

The model is not forced token by token: an answer that does not fit ends in a clear error.
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import jsonschema
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from pydantic import Field
from referencing import Registry
from referencing.exceptions import Unresolvable

from solver.api.bodies import Body
from solver.api.errors import DONT_RETRY, ApiError, invalid

# Its annotations leave its own types out.
EXTEND: Final[Any] = extend
MAX_SCHEMA_CHARS: Final = 50_000
# Enough for honest schemas; one made of references to references could take for ever.
MAX_REFERENCES: Final = 5_000
# Their regular expressions may take for ever.
REFUSED_KEYWORDS: Final = frozenset(
    {"pattern", "patternProperties", "$dynamicRef", "$recursiveRef"}
)
_FENCED: Final = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\Z", re.DOTALL)


class NamedSchema(Body):
    name: Annotated[str, Field(min_length=1, max_length=64)]
    description: str | None = None
    strict: bool | None = None
    json_schema: Annotated[dict[str, Any], Field(alias="schema")] = {}


class Format(Body):
    """As in chat completions."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: NamedSchema | None = None


class FlatFormat(Body):
    """As in responses, where the schema lies beside its name."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    name: str | None = None
    description: str | None = None
    strict: bool | None = None
    json_schema: Annotated[dict[str, Any] | None, Field(alias="schema")] = None


class Shape:
    """What an answer must look like. Raises ApiError for a schema that cannot be used."""

    def __init__(self, kind: str = "text", schema: dict[str, Any] | None = None) -> None:
        self.kind = kind
        self.schema = schema
        if kind == "json_schema":
            if schema is None:
                raise _refused("Give the schema of the answer.")
            _check_schema(schema)

    @property
    def instruction(self) -> str:
        """What the model is told, or ""."""
        if self.kind == "text":
            return ""
        told = "Answer with one JSON object and nothing else."
        if self.kind == "json_schema":
            told += f" It must fit this JSON schema:\n{json.dumps(self.schema)}"
        return told

    def check(self, content: str) -> str:
        """The answer without a fence around it. Raises ApiError where it does not fit."""
        if self.kind == "text":
            return content
        bare = content.strip()
        if fenced := _FENCED.match(bare):
            bare = fenced[1].strip()
        try:
            value = json.loads(bare)
        except (ValueError, RecursionError):
            raise _unmet("The model's answer is not JSON.") from None
        if self.kind == "json_object" and not isinstance(value, dict):
            raise _unmet("The model's answer is JSON, but not an object.")
        if self.schema is not None:
            _fit(value, self.schema)
        return bare


def _fit(value: Any, schema: dict[str, Any]) -> None:
    followed = 0

    def follow(validator: Validator, target: str, instance: Any, _schema: Any) -> Iterator[Any]:
        nonlocal followed
        followed += 1
        if followed > MAX_REFERENCES:
            raise RecursionError
        yield from validator._validate_reference(ref=target, instance=instance)  # type: ignore[attr-defined]

    counting = EXTEND(jsonschema.Draft202012Validator, {"$ref": follow})
    try:
        # A registry of its own: references to the network are not followed.
        error = next(counting(schema, registry=Registry()).iter_errors(value), None)
    except (RecursionError, Unresolvable) as failure:
        raise _refused("Its references cannot be resolved.") from failure
    if error is not None:
        place = error.json_path
        raise _unmet(f"The model's answer does not fit the schema at {place}: {error.validator}.")


def _check_schema(schema: dict[str, Any]) -> None:
    if len(json.dumps(schema)) > MAX_SCHEMA_CHARS:
        raise _refused(f"It has more than {MAX_SCHEMA_CHARS} characters.")
    refused = sorted(_keywords(schema) & REFUSED_KEYWORDS)
    if refused:
        raise _refused(f"The keyword '{refused[0]}' is not supported.")
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except (jsonschema.SchemaError, RecursionError) as error:
        reason = error.message if isinstance(error, jsonschema.SchemaError) else "it is too deep"
        raise _refused(f"It is not a JSON schema: {reason[:200]}") from None


def _keywords(schema: Any) -> set[str]:
    found: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            named = item.get("properties")
            found |= item.keys()
            # The names of properties are no keywords.
            waiting += [part for name, part in item.items() if name != "properties"]
            waiting += named.values() if isinstance(named, dict) else []
        elif isinstance(item, list):
            waiting += item
    return found


def _refused(reason: str) -> ApiError:
    return invalid(f"The schema cannot be used. {reason}", "response_format", "invalid_schema")


def _unmet(reason: str) -> ApiError:
    message = f"{reason} Ask again, or put the format into your own words."
    return ApiError(422, "response_format_unmet", message, "response_format", DONT_RETRY)
