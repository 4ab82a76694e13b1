"""Django's handler for event loops, with fewer threads and fewer changes between them.

As it comes, each request starts a thread of its own, with a new connection to the database in it,
and changes into that thread and back for every middleware on the way in and on the way out. That
was most of what a page cost. Here threads are kept for later requests, with their connections;
ordinary views go through all middleware in one change; and calls that are told apart by a header
alone pass by the middleware that is there for pages.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from asgiref.sync import ThreadSensitiveContext, iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

# Callers that show a key or a token need no session, no language and no form of ours.
CALLS: Final = ("/v1/", "/predict")
CREDENTIALS: Final = ("Authorization", "X-API-Key")
# As many as are busy at once in a usual minute; what a rush needs beyond that ends with it.
THREADS_KEPT: Final = 16


class RequestThread(ThreadPoolExecutor):
    """One thread, which requests have in turn."""

    def __init__(self) -> None:
        super().__init__(max_workers=1, thread_name_prefix="request")
        self._last: Future[Any] | None = None

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self._last = super().submit(*args, **kwargs)
        return self._last

    def when_free(self, then: Any) -> None:
        """Call `then(self)`: now, or after what a request left running when its client went."""
        if self._last is None or self._last.done():
            then(self)
        else:
            self._last.add_done_callback(lambda _: then(self))


class Handler(ASGIHandler):
    def __init__(self) -> None:
        super().__init__()
        self._pages = BaseHandler()
        self._pages.load_middleware()
        self._calls = _handler_of_calls()
        self._free: list[RequestThread] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        thread = self._free.pop() if self._free else RequestThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            thread.when_free(self._keep)

    def _keep(self, thread: RequestThread) -> None:
        if len(self._free) < THREADS_KEPT:
            self._free.append(thread)
        else:
            # PostgreSQL has few connections, and would wait for the garbage collector.
            thread.submit(connections.close_all)
            thread.shutdown(wait=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        if _is_call(request):
            answer = self._calls.get_response_async(request)
        elif not iscoroutinefunction(_view_of(request)):
            answer = sync_to_async(self._pages.get_response, thread_sensitive=True)(request)
        else:
            answer = super().get_response_async(request)
        return await answer


def _handler_of_calls() -> BaseHandler:
    """Django reads which middleware there is from the settings, once, here."""
    handler = BaseHandler()
    whole = settings.MIDDLEWARE
    settings.MIDDLEWARE = settings.MIDDLEWARE_OF_CALLS
    try:
        handler.load_middleware(is_async=True)
    finally:
        settings.MIDDLEWARE = whole
    return handler


def _is_call(request: HttpRequest) -> bool:
    return request.path_info.startswith(CALLS) and any(map(request.headers.get, CREDENTIALS))


def _view_of(request: HttpRequest) -> Any:
    try:
        return resolve(request.path_info).func
    except Resolver404:
        # Whoever answers instead, such as the middleware for static files, is no coroutine.
        return None
