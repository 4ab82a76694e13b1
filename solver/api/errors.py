"""One set of errors, in the words of each dialect: classic, OpenAI's, and problem+json (RFC 9457).

`code` is for programs and the same everywhere; `message` is for people and says what to do.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.authentication import CHALLENGE, status_of
from accounts.keys import KeyRefused
from accounts.throttling import Standing

UNSTORABLE: Final = "A text holds a NUL character or half a character. Send whole characters."
DONT_RETRY: Final = {"x-should-retry": "false"}
# A part of the site is away, or has more callers than it takes at once.
AWAY: Final = RedisError | OSError | OperationalError | InterfaceError
PROBLEM_JSON: Final = "application/problem+json"
# What classic clients know how to read; other statuses go out as the nearest of these.
CLASSIC_STATUSES: Final = frozenset({400, 401, 405, 429, 500, 504})
_OPENAI_TYPES: Final = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    504: "timeout_error",
}


class ApiError(Exception):
    """A refusal or a failure. `param` names the field at fault, where there is one."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, error: Exception) -> "ApiError":
        """The same as an ApiError; what is not known is our fault, and says nothing of itself."""
        if isinstance(error, ApiError):
            return error
        if isinstance(error, KeyRefused):
            status = status_of(error)
            headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
            return cls(status, error.code, str(error), headers=headers)
        if isinstance(error, ValidationError):
            return _of_validation(error)
        if is_unstorable(error):
            return invalid(UNSTORABLE, code="control_character")
        if isinstance(error, MultiPartParserError | SuspiciousOperation):
            message = "The form cannot be read. Send multipart/form-data, with its boundary."
            return cls(400, "invalid_form", message)
        if isinstance(error, AWAY):
            return cls(503, "unavailable", "The site is not ready. Try again in some seconds.")
        return cls(500, "internal_error", "Something on our side failed. Try again later.")

    @classmethod
    def of_standing(cls, standing: Standing) -> "ApiError":
        """A limit was reached."""
        code = "rate_limit_exceeded"
        return cls(429, code, standing.message, standing.reached, standing.headers)


def is_unstorable(error: Exception) -> bool:
    """Whether a text was sent that the database cannot hold: NUL, or half a surrogate pair."""
    if isinstance(error, UnicodeEncodeError):
        return error.reason == "surrogates not allowed"
    # psycopg's words for a text, PostgreSQL's for one within JSON.
    words = ("NUL (0x00)", "Unicode")
    return isinstance(error, DataError) and any(word in str(error) for word in words)


def not_found(what: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no such {what}.")


def invalid(message: str, param: str | None = None, code: str = "invalid_value") -> ApiError:
    return ApiError(400, code, message, param)


def as_classic(error: ApiError) -> HttpResponse:
    """For /v1/inference: `{"success": false, "error": …}`."""
    body = {"success": False, "error": error.message}
    return JsonResponse(body, status=_classic_status(error.status), headers=error.headers)


def as_predict(error: ApiError) -> HttpResponse:
    """For /predict: `{"error": …}`."""
    status = _classic_status(error.status)
    return JsonResponse({"error": error.message}, status=status, headers=error.headers)


def as_openai(error: ApiError) -> HttpResponse:
    return JsonResponse(openai_body(error), status=error.status, headers=error.headers)


def openai_body(error: ApiError) -> dict[str, Any]:
    usual = "server_error" if error.status >= 500 else "invalid_request_error"
    fields = {
        "message": error.message,
        "type": _OPENAI_TYPES.get(error.status, usual),
        "param": error.param,
        "code": error.code,
    }
    return {"error": fields}


def as_problem(error: ApiError) -> HttpResponse:
    return JsonResponse(
        problem_body(error),
        status=error.status,
        headers=error.headers,
        content_type=PROBLEM_JSON,
    )


def problem_body(error: ApiError, errors: Any = None) -> dict[str, Any]:
    """errors: what is wrong with each field, by its name."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    if error.param:
        body["param"] = error.param
    return {**body, "errors": errors} if errors else body


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every error of a DRF view as problem+json."""
    if isinstance(error, ApiError | KeyRefused | ValidationError | AWAY) or is_unstorable(error):
        known = ApiError.of(error)
        fields = getattr(error, "message_dict", None) if _has_fields(error) else None
        body, status, headers = problem_body(known, fields), known.status, known.headers
        return Response(body, status=status, headers=headers, content_type=PROBLEM_JSON)
    response = exception_handler(error, context)
    if response is None:
        return None
    known, fields = _of_drf(error, response)
    response.data = problem_body(known, fields)
    response.content_type = PROBLEM_JSON
    return response


def _of_drf(error: Exception, response: Response) -> tuple[ApiError, Any]:
    status = response.status_code
    detail = response.data
    if isinstance(detail, dict) and set(detail) == {"detail"}:
        codes = error.get_codes() if isinstance(error, APIException) else "error"
        code = codes if isinstance(codes, str) else str(codes)
        return ApiError(status, code, str(detail["detail"])), None
    message = "Some fields are not right: see `errors`."
    return ApiError(status, "invalid", message), detail


def _has_fields(error: Exception) -> bool:
    return isinstance(error, ValidationError) and hasattr(error, "error_dict")


def _of_validation(error: ValidationError) -> ApiError:
    if hasattr(error, "error_dict"):
        field, messages = next(iter(error.message_dict.items()))
        code = error.error_dict[field][0].code or "invalid_value"
        return invalid(" ".join(messages), field, code)
    return invalid(" ".join(error.messages), code=getattr(error, "code", None) or "invalid_value")


def _classic_status(status: int) -> int:
    if status in CLASSIC_STATUSES:
        return status
    if status == 403:
        return 401
    return 500 if status >= 500 else 400
