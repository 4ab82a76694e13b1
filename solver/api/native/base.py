"""What all native views share: limits, headers, bodies, pages."""

import re
from typing import Any, TypeVar

import structlog
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from redis.exceptions import RedisError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.authentication import drf_caller
from accounts.models import User
from accounts.throttling import Standing, admit
from solver.api.bodies import texts_of
from solver.api.errors import ApiError
from solver.api.native.bodies import ObjectParser
from solver.api.sizes import least_tokens
from solver.live.connection import redis_client
from solver.models import Solution

logger = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Model)
_CURSOR = re.compile(r"^[A-Za-z0-9+/_-]+={0,2}$")


class CallerThrottle(BaseThrottle):
    """The limits of the key, or of the person; without Redis nothing is counted."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        size = _size(request)
        try:
            standing = admit(redis_client(), drf_caller(request), size)
        except (RedisError, OSError) as error:
            logger.warning("request_not_counted", error=str(error))
            return True
        if standing.reached:
            raise ApiError.of_standing(standing)
        request._request.standing = standing  # type: ignore[attr-defined]
        return True


class NativeView(APIView):
    parser_classes = [ObjectParser]
    throttle_classes = [CallerThrottle]

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        standing = getattr(request._request, "standing", None)
        if isinstance(standing, Standing):
            for name, value in standing.headers.items():
                final[name] = value
        final["Cache-Control"] = "private, no-store"
        return final


class Pages(CursorPagination):
    """The newest first; a cursor stands for a place, so that new rows move nothing."""

    ordering = ("-created_at", "-pk")
    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size")
        if text is None:
            return self.page_size
        if not (
            text.isascii()
            and text.isdigit()
            and len(text) < 4
            and 1 <= int(text) <= self.max_page_size
        ):
            message = f"Give a whole number from 1 to {self.max_page_size}."
            raise ValidationError({"page_size": [message]})
        return int(text)

    def decode_cursor(self, request: Request) -> Cursor | None:
        text = request.query_params.get("cursor")
        if text is None:
            return None
        try:
            if not _CURSOR.fullmatch(text):
                raise NotFound
            cursor = super().decode_cursor(request)
            if cursor is None or parse_datetime(str(cursor.position)) is None:
                raise NotFound
        except (NotFound, ValueError):
            message = "This is no cursor of ours. Take `next` and `previous` as they are."
            raise ValidationError({"cursor": [message]}) from None
        return cursor

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == "page_size":
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
            else:
                parameter["schema"] |= {"pattern": _CURSOR.pattern}
        return parameters


def _size(request: Request) -> int:
    """The least tokens of what was sent; a body of another kind is refused, or left, by the view.
    Raises ApiError."""
    is_json = request._request.content_type == ObjectParser.media_type
    return least_tokens(*texts_of(request.data)) if is_json else 0


def person_of(request: Request) -> User:
    return drf_caller(request).user


def find(rows: QuerySet[Row], pk: object) -> Row:
    """Raises NotFound, in the same words for what is not there and what is not theirs."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound("There is nothing here, or it is not yours to see.")
    return row


def require_change(person: User, solution: Solution) -> None:
    """Teachers look, owners and administrators act. Raises PermissionDenied."""
    if not person.is_administrator and solution.owner_id != person.pk:
        raise PermissionDenied("It is somebody else's: you may look at it, not change it.")
