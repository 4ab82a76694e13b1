"""Around every request: static files, and text that nobody can keep; around calls: headers, log.

All are for event loops too. Where one middleware is synchronous Django holds a thread for as long
as a request takes, which for one that waits for a solution is minutes.
"""

import asyncio
from typing import Any, Final

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django_structlog.middlewares import RequestMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from solver.api.bodies import read_object
from solver.api.errors import ApiError, as_problem, is_unstorable
from solver.web.errors import bad_request

logger = structlog.get_logger(__name__)

# Its bodies are read by allauth, which takes half characters and any depth for granted.
ALLAUTH: Final = "/_allauth/"


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, which as it comes is synchronous."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answer(request)
        return super().__call__(request)

    async def _answer(self, request: HttpRequest) -> Any:
        find = self.find_file if self.autorefresh else self.files.get
        static_file = find(request.path_info)
        if static_file is not None:
            return self.serve(static_file, request)
        return await self.get_response(request)


class TextMiddleware:
    """NUL and half characters, which PostgreSQL or UTF-8 refuse, are the sender's mistake: 400.

    Forms, and the bodies of our calls, say so beside the field and keep what was typed. Whatever
    comes past them, by an address or a field that is read as it is, is told here for all pages,
    once the database has refused it; `ApiError.of` does the same for all calls.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._answer(request)
        return _refusal(request) or self.get_response(request)

    async def _answer(self, request: HttpRequest) -> Any:
        return _refusal(request) or await self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not is_unstorable(error):
            return None
        logger.warning("unstorable_text", path=request.path, error=type(error).__name__)
        return bad_request(request, error)


class CallSecurityMiddleware(SecurityMiddleware):
    """Django's, which changes into a thread to set a header. Only for event loops."""

    get_response: Any

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.process_request(request) or await self.get_response(request)
        return self.process_response(request, response)


class CallLogMiddleware(RequestMiddleware):
    """django-structlog's, which changes into a thread because a user may have to be read. Calls
    have none at this place, and their own line tells the address, shortened. Only for event loops.
    """

    get_response: Any

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        pass

    async def __acall__(self, request: HttpRequest) -> HttpResponse:
        self.prepare(request)
        try:
            response: HttpResponse = await self.get_response(request)
        except asyncio.CancelledError:
            logger.warning("request_cancelled")
            raise
        self.handle_response(request, response)
        return response


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if request.content_type == "multipart/form-data" and request.encoding:
        # It has no such parameter (RFC 7578), and some character sets make half characters.
        request.encoding = settings.DEFAULT_CHARSET
    if not request.path_info.startswith(ALLAUTH) or request.method == "GET":
        return None
    try:
        read_object(request)
    except ApiError as error:
        return as_problem(error)
    return None
