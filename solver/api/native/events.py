"""A solution's events as they happen, for keys and sessions: server-sent events."""

from uuid import UUID

from channels.db import database_sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from accounts.authentication import caller_of, identify_by_header
from accounts.keys import KeyRefused, Scope
from accounts.permissions import HasScope
from accounts.throttling import aadmit
from solver.api.errors import ApiError, as_problem, not_found
from solver.live.connection import async_redis_client
from solver.live.sse import Look, events_of
from solver.live.viewing import Access, find_for, find_viewable, look_again


@csrf_exempt
async def events(request: HttpRequest, solution_id: UUID) -> HttpResponseBase:
    """The frames of the websocket; `Last-Event-ID` or `?after=` goes on after that cursor."""
    try:
        return await _events(request, str(solution_id))
    except (ApiError, KeyRefused, RedisError, OSError) as error:
        return as_problem(ApiError.of(error))


async def _events(request: HttpRequest, solution_id: str) -> HttpResponseBase:
    caller = await caller_of(request)
    if request.method != "GET":
        allow = {"Allow": "GET"}
        raise ApiError(405, "method_not_allowed", "Use GET at this address.", headers=allow)
    if not caller.may(Scope.READ):
        raise ApiError(403, HasScope.code, HasScope.message)
    standing = await aadmit(async_redis_client(), caller)
    if standing.reached:
        raise ApiError.of_standing(standing)
    solution = await find_for(caller.user, solution_id)
    if solution is None:
        raise not_found("solution, or it is not yours to see")
    return await events_of(request, solution, caller.user.pk, _look_of(request))


def _look_of(request: HttpRequest) -> Look:
    """A key that was revoked, and a session that has ended, end the stream too."""

    async def look(solution_id: str) -> Access:
        if request.headers.get("Authorization") or request.headers.get("X-API-Key"):
            return await _look_by_header(request, solution_id)
        return (await look_again(request.session.session_key, [solution_id]))[solution_id]

    return look


@database_sync_to_async
def _look_by_header(request: HttpRequest, solution_id: str) -> Access:
    try:
        caller = identify_by_header(request)
    except KeyRefused:
        return Access.SESSION_EXPIRED
    found = caller and find_viewable(caller.user, solution_id)
    return Access.GRANTED if found else Access.NOT_FOUND
