"""How one call of the API is described in OpenAPI."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

REF: Final = "#/components/schemas/{model}"
SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"apiKey": []}, {"cookieAuth": []}]
TEXT: Final = {"type": "string"}
QUERIES: Final[dict[str, dict[str, Any]]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    "after": TEXT,
    "purpose": TEXT,
}


def shape(required: Mapping[str, Any], closed: bool = False) -> dict[str, Any]:
    """An object with all of these fields; closed: and no others, as the contract says."""
    found = {"type": "object", "required": list(required), "properties": dict(required)}
    return {**found, "additionalProperties": False} if closed else found


@dataclass(frozen=True)
class Refusals:
    """The statuses that a call may refuse with, and the schema of what it then says."""

    error: Mapping[str, Any]
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One call. `answer` is the schema of a 200."""

    path: str
    method: str
    id: str
    summary: str
    answer: Mapping[str, Any]
    refusals: Refusals
    body: type[BaseModel] | None = None
    example: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    query: tuple[str, ...] = ()
    streams: bool = False
    media: str = "application/json"
    is_open: bool = False

    def described(self, tag: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "operationId": self.id,
            "tags": [tag],
            "summary": self.summary,
            "security": [] if self.is_open else SECURITY,
            "responses": self._responses(),
        }
        parameters, body = self._parameters(), self._request_body()
        if parameters:
            found["parameters"] = parameters
        if body:
            found["requestBody"] = {"required": True, "content": body}
        return found

    def _responses(self) -> dict[str, Any]:
        contents: dict[str, Any] = {self.media: {"schema": dict(self.answer)}}
        if self.streams:
            contents["text/event-stream"] = {"schema": {"type": "object"}}
        refusal = {"application/json": {"schema": dict(self.refusals.error)}}
        return {
            "200": {"description": "The answer.", "content": contents},
            **{
                status: {"description": "Refused.", "content": refusal}
                for status in self.refusals.statuses
            },
        }

    def _parameters(self) -> list[dict[str, Any]]:
        if "{" in self.path:
            name = self.path.partition("{")[2].partition("}")[0]
            return [{"name": name, "in": "path", "required": True, "schema": TEXT}]
        return [{"name": name, "in": "query", "schema": QUERIES[name]} for name in self.query]

    def _request_body(self) -> dict[str, Any]:
        if self.form:
            return {"multipart/form-data": {"schema": dict(self.form)}}
        if self.body:
            ref = {"schema": {"$ref": REF.format(model=self.body.__name__)}}
            example = {"example": dict(self.example)} if self.example else {}
            return {"application/json": {**ref, **example}}
        return {}
