"""The calls that are no DRF views, for the OpenAPI description: classic and OpenAI-compatible.

Their requests are described by the very models that validate them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from solver.api.batches.views import BatchBody
from solver.api.classic import InferenceBody, PredictBody
from solver.api.openai.chat import ChatBody
from solver.api.openai.completions import CompletionBody
from solver.api.openai.responses import ResponseBody

REF: Final = "#/components/schemas/{model}"
SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"apiKey": []}, {"cookieAuth": []}]
TEXT: Final = {"type": "string"}
YES: Final = {"type": "boolean", "const": True}


def shape(required: Mapping[str, Any], closed: bool = False) -> dict[str, Any]:
    """An object with all of these fields; closed: and no others, as the contract says."""
    found = {"type": "object", "required": list(required), "properties": dict(required)}
    return {**found, "additionalProperties": False} if closed else found


OPENAI_ERROR: Final = shape(
    {
        "error": shape(
            {
                "message": TEXT,
                "type": TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            }
        )
    }
)
CLASSIC_ERROR: Final = shape({"success": {"const": False}, "error": TEXT}, closed=True)
PREDICT_ERROR: Final = shape({"error": TEXT}, closed=True)
CLASSIC_STATUSES: Final = ("400", "401", "405", "429", "500", "504")
OPENAI_STATUSES: Final = (
    "400",
    "401",
    "403",
    "404",
    "405",
    "409",
    "413",
    "422",
    "429",
    "500",
    "503",
    "504",
)


QUERIES: Final[dict[str, dict[str, Any]]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    "after": TEXT,
    "purpose": TEXT,
}


@dataclass(frozen=True)
class Operation:
    """One call. `answer` is the schema of a 200."""

    path: str
    method: str
    id: str
    tag: str
    summary: str
    answer: Mapping[str, Any]
    error: Mapping[str, Any] = field(default_factory=lambda: OPENAI_ERROR)
    statuses: tuple[str, ...] = OPENAI_STATUSES
    body: type[BaseModel] | None = None
    example: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    query: tuple[str, ...] = ()
    streams: bool = False
    media: str = "application/json"
    is_open: bool = False

    def described(self) -> dict[str, Any]:
        contents: dict[str, Any] = {self.media: {"schema": dict(self.answer)}}
        if self.streams:
            contents["text/event-stream"] = {"schema": {"type": "object"}}
        refusal = {"application/json": {"schema": dict(self.error)}}
        responses = {
            "200": {"description": "The answer.", "content": contents},
            **{one: {"description": "Refused.", "content": refusal} for one in self.statuses},
        }
        found: dict[str, Any] = {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "security": [] if self.is_open else SECURITY,
            "responses": responses,
        }
        if "{" in self.path:
            name = self.path.partition("{")[2].partition("}")[0]
            found["parameters"] = [{"name": name, "in": "path", "required": True, "schema": TEXT}]
        if self.query:
            found["parameters"] = [
                {"name": name, "in": "query", "schema": QUERIES[name]} for name in self.query
            ]
        if self.form:
            content = {"multipart/form-data": {"schema": dict(self.form)}}
            found["requestBody"] = {"required": True, "content": content}
        if self.body:
            ref = {"schema": {"$ref": REF.format(model=self.body.__name__)}}
            example = {"example": dict(self.example)} if self.example else {}
            content = {"application/json": {**ref, **example}}
            found["requestBody"] = {"required": True, "content": content}
        return found


FILE: Final = shape({"id": TEXT, "object": {"const": "file"}, "filename": TEXT, "purpose": TEXT})
BATCH: Final = shape({"id": TEXT, "object": {"const": "batch"}, "endpoint": TEXT, "status": TEXT})
LIST: Final = shape(
    {"object": {"const": "list"}, "data": {"type": "array"}, "has_more": {"type": "boolean"}}
)
CHAT_EXAMPLE: Final = {
    "model": "vibesite",
    "messages": [{"role": "user", "content": "Solve for $x$: $x^2 - 5x + 6 = 0$"}],
}
OPERATIONS: Final = (
    Operation(
        "/v1/inference",
        "post",
        "inference",
        "Classic",
        "Ask the model",
        shape({"success": YES, "result": TEXT, "model": TEXT}, closed=True),
        CLASSIC_ERROR,
        CLASSIC_STATUSES,
        InferenceBody,
        {"prompt": "Reverse a string in Python."},
    ),
    Operation(
        "/v1/health",
        "get",
        "health",
        "Classic",
        "Whether a model is ready",
        shape({"status": TEXT, "model": TEXT}, closed=True),
        shape({"status": TEXT, "model": TEXT}, closed=True),
        ("503",),
        is_open=True,
    ),
    Operation(
        "/predict",
        "post",
        "predict",
        "Classic",
        "Ask a question",
        shape({"input": TEXT, "system_prompt": TEXT, "response": TEXT, "success": YES}, True),
        PREDICT_ERROR,
        CLASSIC_STATUSES,
        PredictBody,
        {"question": "Reverse a string in Python."},
    ),
    Operation(
        "/v1/models",
        "get",
        "models",
        "OpenAI-compatible",
        "List models",
        shape(
            {"object": {"const": "list"}, "data": {"type": "array", "items": shape({"id": TEXT})}}
        ),
    ),
    Operation(
        "/v1/models/{model}",
        "get",
        "model",
        "OpenAI-compatible",
        "Read a model",
        shape({"id": TEXT, "object": {"const": "model"}}),
    ),
    Operation(
        "/v1/chat/completions",
        "post",
        "chat_completions",
        "OpenAI-compatible",
        "Chat completions",
        shape({"id": TEXT, "object": TEXT, "choices": {"type": "array"}}),
        body=ChatBody,
        example=CHAT_EXAMPLE,
        streams=True,
    ),
    Operation(
        "/v1/completions",
        "post",
        "completions",
        "OpenAI-compatible",
        "Completions",
        shape({"id": TEXT, "object": TEXT, "choices": {"type": "array"}}),
        body=CompletionBody,
        example={"model": "vibesite", "prompt": "2 + 3 = "},
        streams=True,
    ),
    Operation(
        "/v1/responses",
        "post",
        "responses",
        "OpenAI-compatible",
        "Responses",
        shape({"id": TEXT, "object": TEXT, "output": {"type": "array"}}),
        body=ResponseBody,
        example={"model": "vibesite", "input": "What is $2 + 3$?"},
        streams=True,
    ),
    Operation(
        "/v1/files",
        "post",
        "files_create",
        "Batches",
        "Upload a file",
        FILE,
        form={
            **shape({"file": {"type": "string", "format": "binary"}, "purpose": {"const": "batch"}})
        },
    ),
    Operation(
        "/v1/files",
        "get",
        "files_list",
        "Batches",
        "List files",
        LIST,
        query=("limit", "after", "purpose"),
    ),
    Operation("/v1/files/{file_id}", "get", "files_read", "Batches", "Read a file's facts", FILE),
    Operation(
        "/v1/files/{file_id}",
        "delete",
        "files_delete",
        "Batches",
        "Delete a file",
        shape({"id": TEXT, "deleted": YES}),
    ),
    Operation(
        "/v1/files/{file_id}/content",
        "get",
        "files_content",
        "Batches",
        "Read a file",
        {},
        media="application/jsonl",
    ),
    Operation(
        "/v1/batches",
        "post",
        "batches_create",
        "Batches",
        "Run a batch",
        BATCH,
        body=BatchBody,
        example={
            "input_file_id": "file-0123456789",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
        },
    ),
    Operation(
        "/v1/batches",
        "get",
        "batches_list",
        "Batches",
        "List batches",
        LIST,
        query=("limit", "after"),
    ),
    Operation("/v1/batches/{batch_id}", "get", "batches_read", "Batches", "Read a batch", BATCH),
    Operation(
        "/v1/batches/{batch_id}/cancel",
        "post",
        "batches_cancel",
        "Batches",
        "Cancel a batch",
        BATCH,
    ),
)


def paths() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in OPERATIONS:
        found.setdefault(one.path, {})[one.method] = one.described()
    return found


def schemas() -> dict[str, Any]:
    """Of all request bodies, with what they refer to."""
    bodies = [(one.body, "validation") for one in OPERATIONS if one.body]
    _, found = models_json_schema(bodies, ref_template=REF)  # type: ignore[arg-type]
    definitions: dict[str, Any] = found["$defs"]
    return definitions
