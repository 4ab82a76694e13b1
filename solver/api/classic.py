"""The three classic calls; their shapes are a contract, to the letter (see docs/api.md)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError

from accounts.keys import Scope
from solver.api.answers import Answer, Ask
from solver.api.bodies import Body, parse
from solver.api.calls import Call, api_call
from solver.api.errors import DONT_RETRY, ApiError, as_classic, as_predict, invalid
from solver.api.lately import lately
from solver.api.models import Crew, crew, no_worker
from solver.api.parting import part
from solver.api.runs import begun
from solver.api.sizes import least_tokens
from solver.models.problem import Kind
from solver.store import prompts
from solver.store.prompts import HOUSE, OWN_VERSION, Prompt


class InferenceBody(Body):
    prompt: str
    system_prompt: str | None = None


class PredictBody(Body):
    question: str
    system_prompt: str | None = None


@api_call(Scope.INFERENCE, as_classic)
async def inference(call: Call) -> HttpResponseBase:
    """POST /v1/inference"""
    _require(call.body, "prompt", "Missing 'prompt' field")
    body = parse(InferenceBody, call.body)
    prompt = await _prompt(body.system_prompt)
    answer = await _ask(call, body.prompt, prompt, settings.INFERENCE_TIMEOUT_S)
    result = {"success": True, "result": _spoken(answer), "model": answer.model}
    return JsonResponse(result)


@api_call(Scope.INFERENCE, as_predict)
async def predict(call: Call) -> HttpResponseBase:
    """POST /predict"""
    _require(call.body, "question", "Question is required")
    body = parse(PredictBody, call.body)
    prompt = await _prompt(body.system_prompt)
    answer = await _ask(call, body.question, prompt, settings.PREDICT_TIMEOUT_S)
    return JsonResponse(
        {
            "input": body.question,
            "system_prompt": prompt.text,
            "response": _spoken(answer),
            "success": True,
        }
    )


@api_call(None, as_classic, "GET")
async def health(_call: Call) -> HttpResponseBase:
    """GET /v1/health"""
    try:
        models = (await crew()).of_kind
    except (RedisError, OSError):
        models = {}
    model = models.get(Kind.CODE) or models.get(Kind.MATHS)
    if model is None:
        return JsonResponse({"status": "no worker", "model": ""}, status=503)
    return JsonResponse({"status": "healthy", "model": model})


def _require(body: Mapping[str, Any], field: str, message: str) -> None:
    value = body.get(field)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise invalid(message, field, "missing_field")


async def _prompt(own: str | None) -> Prompt:
    if own and own.strip():
        return Prompt(HOUSE, OWN_VERSION, own)
    return await lately("house", database_sync_to_async(prompts.house))


async def _ask(call: Call, text: str, prompt: Prompt, timeout_s: float) -> Answer:
    """The answer within the time limit; at its end the run is cancelled."""
    limit = settings.CLASSIC_MAX_INPUT_TOKENS or None
    _check_size(text, prompt, limit)
    kind, model = _route(await crew())
    ask = Ask(call.caller, kind, text, prompt, {}, model, input_limit=limit)
    try:
        async with asyncio.timeout(timeout_s), begun([ask], not call.wants_fresh) as (run,):
            answer = await run.wait()
    except TimeoutError:
        message = "Inference timed out"
        raise ApiError(504, "timed_out", message, headers=DONT_RETRY) from None
    call.count(answer)
    call.headers["x-cache"] = "hit" if run.is_cached else "miss"
    return answer


def _route(ready: Crew) -> tuple[Kind, str]:
    """A programming assistant's, where that is served."""
    for kind in (Kind.CODE, Kind.MATHS):
        if kind in ready.of_kind:
            return kind, ready.of_kind[kind]
    raise no_worker()


def _check_size(text: str, prompt: Prompt, limit: int | None) -> None:
    words = [text, prompt.text] if prompt.version == OWN_VERSION else [text]
    least = least_tokens(*words)
    if limit is not None and least > limit:
        message = f"The input has at least {least} tokens and the limit is {limit}. Shorten it."
        raise invalid(message, code="context_length_exceeded")


def _spoken(answer: Answer) -> str:
    """Without the reasoning, unless the answer ended within it."""
    parts = part(answer.text)
    return parts.content or parts.reasoning
