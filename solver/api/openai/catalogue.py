"""GET /v1/models and /v1/models/{id}"""

from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase

from accounts.keys import Scope
from solver.api.calls import Call, api_call
from solver.api.errors import ApiError, as_openai
from solver.api.models import crew

# The API has had them since then; the workers do not say when a model was made.
CREATED = 1_780_000_000


@api_call(Scope.INFERENCE, as_openai, "GET")
async def models(_call: Call) -> HttpResponseBase:
    names = (await crew()).names
    return JsonResponse({"object": "list", "data": [_model(name) for name in names]})


@api_call(Scope.INFERENCE, as_openai, "GET")
async def model(_call: Call, name: str) -> HttpResponseBase:
    if name not in (await crew()).names:
        message = f"The model '{name[:100]}' does not exist."
        raise ApiError(404, "model_not_found", message, "model")
    return JsonResponse(_model(name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "vibesite"}
