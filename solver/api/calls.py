"""What every call has in common: who calls, limits, the body, errors, and a line in the log.

A view of the API is an async function of a Call; `api_call` makes a Django view of it. Nothing of
what a caller says, and nothing of what the model answers, is logged.
"""

import asyncio
import ipaddress
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.authentication import Caller, caller_of, client_address
from accounts.keys import KeyRefused, Scope
from accounts.throttling import aadmit
from solver.api.answers import Answer
from solver.api.bodies import read_object, texts_of
from solver.api.errors import ApiError
from solver.api.idempotency import Kept, Once, begin
from solver.api.runs import in_background
from solver.api.sizes import least_tokens
from solver.live.connection import async_redis_client

logger = structlog.get_logger(__name__)

CLIENT_CLOSED: Final = 499
Parts = ParamSpec("Parts")
Render = Callable[[ApiError], HttpResponse]
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
Handler = Callable[Concatenate["Call", Parts], Awaitable[HttpResponseBase]]


class EventStream(StreamingHttpResponse):
    """Server-sent events, which others may look at as they pass.

    `events` are closed with what is wrapped around them: Django's own iterator leaves them open.
    """

    def __init__(self, events: AsyncGenerator[str], headers: Mapping[str, str]) -> None:
        super().__init__(events, content_type="text/event-stream", headers=dict(headers))
        self.events = events

    def wrap(self, around: Callable[[AsyncGenerator[str]], AsyncGenerator[str]]) -> None:
        self.events = around(self.events)
        self.streaming_content = self.events


@dataclass(slots=True)
class Call:
    """One request, and what is to be said of it in the end."""

    request: HttpRequest
    render: Render
    id: str = field(default_factory=lambda: f"req_{uuid4().hex}")
    began_at: float = field(default_factory=time.monotonic)
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    known_caller: Caller | None = None
    first_s: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def caller(self) -> Caller:
        if self.known_caller is None:
            raise RuntimeError("This call has not been authenticated.")
        return self.known_caller

    @property
    def wants_fresh(self) -> bool:
        """Whether the caller says no to the cache, and to joining others."""
        asked = self.request.headers.get("Cache-Control", "").lower()
        return "no-cache" in asked or "no-store" in asked

    def count(self, answer: Answer) -> None:
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens

    def note_first(self) -> None:
        """The first word goes out."""
        if self.first_s is None:
            self.first_s = time.monotonic() - self.began_at

    def log(self, status: int) -> None:
        known = self.known_caller
        logger.info(
            "api_call",
            request=self.id,
            key=known.key.pk if known and known.key else None,
            method=self.request.method,
            path=self.request.path,
            status=status,
            ms=round((time.monotonic() - self.began_at) * 1000),
            first_ms=None if self.first_s is None else round(self.first_s * 1000),
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cache=self.headers.get("x-cache"),
            address=shortened(client_address(self.request)),
        )


def api_call(
    scope: Scope | None, render: Render, method: str = "POST"
) -> Callable[[Handler[Parts]], View]:
    """Make a view of a function of a Call. scope: None lets everybody in."""

    def decorate(handler: Handler[Parts]) -> View:
        @wraps(handler)
        async def view(
            request: HttpRequest, *args: Parts.args, **kwargs: Parts.kwargs
        ) -> HttpResponseBase:
            call = Call(request, render)
            try:
                await _admit(call, scope, method)
                response = await _answer(call, lambda: handler(call, *args, **kwargs))
            except asyncio.CancelledError:
                call.log(CLIENT_CLOSED)
                raise
            except Exception as error:  # noqa: BLE001 - every failure is told in the dialect
                response = _failed(call, error)
            return _dressed(call, response)

        return cast(View, csrf_exempt(view))

    return decorate


async def _admit(call: Call, scope: Scope | None, method: str) -> None:
    """Method, caller, scope, body, limits: in this order, so that strangers learn nothing."""
    if call.request.method != method:
        message = f"Send {method} to this address."
        raise ApiError(405, "method_not_allowed", message, headers={"Allow": method})
    if scope is None:
        return
    call.known_caller = await caller_of(call.request)
    if not call.caller.may(scope):
        message = f"This API key has not the scope '{scope}'. Ask its owner for another key."
        raise KeyRefused("insufficient_scope", message)
    if method == "POST" and not _is_form(call.request):
        call.body = read_object(call.request)
    size = least_tokens(*texts_of(call.body))
    standing = await aadmit(async_redis_client(), call.caller, size)
    call.headers |= standing.headers
    if standing.reached:
        raise ApiError.of_standing(standing)


async def _answer(call: Call, work: Callable[[], Awaitable[HttpResponseBase]]) -> HttpResponseBase:
    """Once for each Idempotency-Key."""
    key = call.request.headers.get("Idempotency-Key")
    if key is None or call.request.method != "POST" or call.known_caller is None:
        return await work()
    once = await begin(call.caller.subject, key, call.request.path, call.body)
    if isinstance(once, Kept):
        call.headers["idempotent-replayed"] = "true"
        return HttpResponse(once.body, status=once.status, content_type=once.content_type)
    try:
        response = await work()
    except BaseException:
        in_background(once.forget())
        raise
    if isinstance(response, EventStream):
        response.wrap(lambda events: _recorded(events, response, once))
    else:
        await once.keep(_kept(response, cast(HttpResponse, response).content))
    return response


async def _recorded(
    events: AsyncGenerator[str], response: HttpResponseBase, once: Once
) -> AsyncGenerator[str]:
    """The stream as it is, kept once it has ended whole."""
    said: list[str] = []
    try:
        async with aclosing(events):
            async for event in events:
                said.append(event)
                yield event
    except BaseException:
        in_background(once.forget())
        raise
    in_background(once.keep(_kept(response, "".join(said).encode())))


def _kept(response: HttpResponseBase, body: bytes) -> Kept:
    return Kept(response.status_code, response.headers["Content-Type"], body)


def _failed(call: Call, error: Exception) -> HttpResponse:
    known = ApiError.of(error)
    if known.status == 500 and not isinstance(error, ApiError):
        logger.exception("api_call_failed", request=call.id, exc_info=error)
    return call.render(known)


def _dressed(call: Call, response: HttpResponseBase) -> HttpResponseBase:
    """With its headers, and logged: a stream at its end."""
    response.headers["x-request-id"] = call.id
    for name, value in call.headers.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if isinstance(response, EventStream):
        response.wrap(lambda events: _logged(call, events))
    else:
        call.log(response.status_code)
    return response


async def _logged(call: Call, events: AsyncGenerator[str]) -> AsyncGenerator[str]:
    status = CLIENT_CLOSED
    try:
        async with aclosing(events):
            async for event in events:
                call.note_first()
                yield event
        status = 200
    finally:
        call.log(status)


def _is_form(request: HttpRequest) -> bool:
    return (request.content_type or "").startswith("multipart/form-data")


def shortened(address: str) -> str:
    """The network that an address is in: /24 or /48."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = 24 if known.version == 4 else 48
    return str(ipaddress.ip_network((known, bits), strict=False))
