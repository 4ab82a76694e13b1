"""The calls that are no DRF views, for the OpenAPI description: classic and OpenAI-compatible.

Their requests are described by the very models that validate them.
"""

from itertools import chain
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from solver.api.batches.views import BatchBody
from solver.api.classic import InferenceBody, PredictBody
from solver.api.openai.chat import ChatBody
from solver.api.openai.completions import CompletionBody
from solver.api.openai.responses import ResponseBody
from solver.api.operation import REF, TEXT, Operation, Refusals, shape

YES: Final = {"type": "boolean", "const": True}
ARRAY: Final = {"type": "array"}
TEXT_OR_NULL: Final = {"type": ["string", "null"]}

CLASSIC_STATUSES: Final = ("400", "401", "405", "429", "500", "504")
INFERENCE: Final = Refusals(
    shape({"success": {"const": False}, "error": TEXT}, closed=True), CLASSIC_STATUSES
)
PREDICT: Final = Refusals(shape({"error": TEXT}, closed=True), CLASSIC_STATUSES)
OPENAI_ERROR: Final = shape(
    {"message": TEXT, "type": TEXT, "param": TEXT_OR_NULL, "code": TEXT_OR_NULL}
)
OPENAI: Final = Refusals(
    shape({"error": OPENAI_ERROR}),
    tuple(sorted({*CLASSIC_STATUSES, "403", "404", "409", "413", "422", "503"})),
)

HEALTH: Final = shape({"status": TEXT, "model": TEXT}, closed=True)
COMPLETION: Final = shape({"id": TEXT, "object": TEXT, "choices": ARRAY})
FILE: Final = shape({"id": TEXT, "object": {"const": "file"}, "filename": TEXT, "purpose": TEXT})
BATCH: Final = shape({"id": TEXT, "object": {"const": "batch"}, "endpoint": TEXT, "status": TEXT})
LIST: Final = shape({"object": {"const": "list"}, "data": ARRAY, "has_more": {"type": "boolean"}})

CLASSIC_CALLS: Final = (
    Operation(
        "/v1/inference",
        "post",
        "inference",
        "Ask the model",
        shape({"success": YES, "result": TEXT, "model": TEXT}, closed=True),
        INFERENCE,
        body=InferenceBody,
        example={"prompt": "Reverse a string in Python."},
    ),
    Operation(
        "/v1/health",
        "get",
        "health",
        "Whether a model is ready",
        HEALTH,
        Refusals(HEALTH, ("503",)),
        is_open=True,
    ),
    Operation(
        "/predict",
        "post",
        "predict",
        "Ask a question",
        shape({"input": TEXT, "system_prompt": TEXT, "response": TEXT, "success": YES}, True),
        PREDICT,
        body=PredictBody,
        example={"question": "Reverse a string in Python."},
    ),
)
OPENAI_CALLS: Final = (
    Operation(
        "/v1/models",
        "get",
        "models",
        "List models",
        shape({"object": {"const": "list"}, "data": {**ARRAY, "items": shape({"id": TEXT})}}),
        OPENAI,
    ),
    Operation(
        "/v1/models/{model}",
        "get",
        "model",
        "Read a model",
        shape({"id": TEXT, "object": {"const": "model"}}),
        OPENAI,
    ),
    Operation(
        "/v1/chat/completions",
        "post",
        "chat_completions",
        "Chat completions",
        COMPLETION,
        OPENAI,
        body=ChatBody,
        example={
            "model": "vibesite",
            "messages": [{"role": "user", "content": "Solve for $x$: $x^2 - 5x + 6 = 0$"}],
        },
        streams=True,
    ),
    Operation(
        "/v1/completions",
        "post",
        "completions",
        "Completions",
        COMPLETION,
        OPENAI,
        body=CompletionBody,
        example={"model": "vibesite", "prompt": "2 + 3 = "},
        streams=True,
    ),
    Operation(
        "/v1/responses",
        "post",
        "responses",
        "Responses",
        shape({"id": TEXT, "object": TEXT, "output": ARRAY}),
        OPENAI,
        body=ResponseBody,
        example={"model": "vibesite", "input": "What is $2 + 3$?"},
        streams=True,
    ),
)
BATCH_CALLS: Final = (
    Operation(
        "/v1/files",
        "post",
        "files_create",
        "Upload a file",
        FILE,
        OPENAI,
        form=shape({"file": {**TEXT, "format": "binary"}, "purpose": {"const": "batch"}}),
    ),
    Operation(
        "/v1/files",
        "get",
        "files_list",
        "List files",
        LIST,
        OPENAI,
        query=("limit", "after", "purpose"),
    ),
    Operation("/v1/files/{file_id}", "get", "files_read", "Read a file's facts", FILE, OPENAI),
    Operation(
        "/v1/files/{file_id}",
        "delete",
        "files_delete",
        "Delete a file",
        shape({"id": TEXT, "deleted": YES}),
        OPENAI,
    ),
    Operation(
        "/v1/files/{file_id}/content",
        "get",
        "files_content",
        "Read a file",
        {},
        OPENAI,
        media="application/jsonl",
    ),
    Operation(
        "/v1/batches",
        "post",
        "batches_create",
        "Run a batch",
        BATCH,
        OPENAI,
        body=BatchBody,
        example={
            "input_file_id": "file-0123456789",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
        },
    ),
    Operation(
        "/v1/batches", "get", "batches_list", "List batches", LIST, OPENAI, query=("limit", "after")
    ),
    Operation("/v1/batches/{batch_id}", "get", "batches_read", "Read a batch", BATCH, OPENAI),
    Operation(
        "/v1/batches/{batch_id}/cancel", "post", "batches_cancel", "Cancel a batch", BATCH, OPENAI
    ),
)
OPERATIONS: Final = {
    "Classic": CLASSIC_CALLS,
    "OpenAI-compatible": OPENAI_CALLS,
    "Batches": BATCH_CALLS,
}


def paths() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag, calls in OPERATIONS.items():
        for one in calls:
            found.setdefault(one.path, {})[one.method] = one.described(tag)
    return found


def schemas() -> dict[str, Any]:
    """Of all request bodies, with what they refer to."""
    calls = chain.from_iterable(OPERATIONS.values())
    bodies = [(one.body, "validation") for one in calls if one.body]
    _, found = models_json_schema(bodies, ref_template=REF)  # type: ignore[arg-type]
    definitions: dict[str, Any] = found["$defs"]
    return definitions
