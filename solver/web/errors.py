"""Error pages in the site's design: each says what happened and what to do."""

import sys
from dataclasses import dataclass

import redis
import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError as QueueError

from solver.store.faults import StorageFault

TOO_BIG = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
# A part of the site is away, and will be back without anybody changing code.
AWAY = (redis.exceptions.RedisError, QueueError, OperationalError, InterfaceError, StorageFault)
RETRY_AFTER_S = 15


@dataclass(frozen=True, slots=True)
class Trouble:
    status: int
    heading: str
    advice: str


BAD_REQUEST = Trouble(
    400,
    "That request made no sense to us",
    "Go back, reload the page and try again. If you followed a link, it may be cut short.",
)
FORBIDDEN = Trouble(
    403,
    "You may not do that",
    "Your account has no right to this. Log in with another account, or ask your teacher.",
)
STALE_FORM = Trouble(
    403,
    "This form is too old",
    "Go back, reload the page and send it again. If it happens again, allow cookies for this site.",
)
NOT_FOUND = Trouble(
    404,
    "There is no such page",
    "It may have been deleted, or it belongs to somebody else. Your own solutions are in your "
    "history.",
)
TOO_LARGE = Trouble(
    413,
    "That is too large",
    "Go back and send less: a problem may have a few thousand characters.",
)
BROKEN = Trouble(
    500,
    "Something broke on our side",
    "Your solutions are safe. Try again in a minute; if it happens again, tell your teacher.",
)
UNAVAILABLE = Trouble(
    503,
    "A part of the site is away",
    "It usually comes back by itself. Your solutions are safe. Try again in a few seconds.",
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(TOO_LARGE if isinstance(exception, TOO_BIG) else BAD_REQUEST, request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(FORBIDDEN, request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(STALE_FORM, request)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(NOT_FOUND, request)


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], AWAY):
        response = _page(UNAVAILABLE, retry=request.get_full_path())
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return _page(BROKEN, retry=request.get_full_path())


def _page(trouble: Trouble, request: HttpRequest | None = None, retry: str = "") -> HttpResponse:
    """Without a request the page asks the database for nothing, not even who is logged in."""
    context = {
        "status": trouble.status,
        "heading": trouble.heading,
        "advice": trouble.advice,
        "retry": retry,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    return HttpResponse(render_to_string("error.html", context, request), status=trouble.status)
