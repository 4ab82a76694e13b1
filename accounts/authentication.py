"""Who calls the API: a partner key, a first-party app's token, or a person in a browser.

Keys come as `Authorization: Bearer vs_live_…` or `X-API-Key: vs_live_…`; apps send the access
token that allauth gave them as `Authorization: Bearer`; pages send the session cookie, and with
every change the CSRF token.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

from allauth.headless.tokens.strategies.jwt.internal import validate_access_token
from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.keys import (
    PREFIX,
    KeyRefused,
    PartnerKey,
    Scope,
    find_key,
    find_key_again,
)
from accounts.models import User

# Refusals of somebody who is known; every other code means that nobody is (401).
FORBIDDEN_CODES: Final = frozenset({"address_not_allowed", "csrf_failed", "insufficient_scope"})
CHALLENGE: Final = 'Bearer realm="api"'


@dataclass(frozen=True, slots=True)
class Caller:
    """A person, and the key that acts for them where one was sent."""

    user: User
    key: PartnerKey | None = None

    @property
    def subject(self) -> str:
        """Whom limits and idempotency keys belong to."""
        return f"key:{self.key.pk}" if self.key else f"user:{self.user.pk}"

    def may(self, scope: Scope) -> bool:
        """People may do through the API what they may do on pages; keys have scopes."""
        return self.key is None or self.key.allows(scope)


def identify(request: HttpRequest) -> Caller | None:
    """Who calls, None where the request names nobody. Reads the database. Raises KeyRefused."""
    return identify_by_header(request) or _by_session(request)


def identify_by_header(request: HttpRequest) -> Caller | None:
    """As `identify`, for keys and tokens alone."""
    text = _credential(request)
    if text is None:
        return None
    if not text.startswith(PREFIX) and text.count(".") == 2:
        return _by_token(text)
    key = find_key(text, client_address(request))
    if key.is_use_due:
        key.note_use()
    return Caller(key.owner, key)


def known_caller(request: HttpRequest) -> Caller:
    """As `identify`; nobody is refused, too."""
    caller = identify(request)
    if caller is None:
        raise KeyRefused(
            "missing_api_key",
            "Send your API key as 'Authorization: Bearer vs_live_…' or as 'X-API-Key: vs_live_…'.",
        )
    return caller


async def caller_of(request: HttpRequest) -> Caller:
    """`known_caller` for async views, of a key as it was at most KEPT_S ago. Raises KeyRefused."""
    key = find_key_again(_credential(request) or "", client_address(request))
    if key is not None and not key.is_use_due:
        return Caller(key.owner, key)
    found: Caller = await database_sync_to_async(known_caller)(request)
    return found


def client_address(request: HttpRequest) -> str:
    """Where the call comes from; behind a proxy what the proxy saw, never what the client says."""
    if settings.BEHIND_PROXY:
        # The last hop is the one that the trusted proxy added itself.
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if last := hops[-1].strip():
            return last
    return str(request.META.get("REMOTE_ADDR", ""))


def status_of(refused: KeyRefused) -> int:
    return 403 if refused.code in FORBIDDEN_CODES else 401


class PartnerKeyAuthentication(BaseAuthentication):
    """Keys and tokens for DRF views; `request.auth` is the Caller.

    Sessions are left to DRF's SessionAuthentication, which should come second.
    """

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        try:
            caller = identify_by_header(request._request)
        except KeyRefused as refused:
            kind = PermissionDenied if status_of(refused) == 403 else AuthenticationFailed
            raise kind(str(refused), refused.code) from refused
        return (caller.user, caller) if caller else None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def drf_caller(request: Request) -> Caller:
    """The Caller of a DRF request that was authenticated, by whichever class."""
    return request.auth if isinstance(request.auth, Caller) else Caller(cast(User, request.user))


def _credential(request: HttpRequest) -> str | None:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, text = header.partition(" ")
        if scheme.lower() == "bearer":
            return text.strip()
        # An empty one, too: whoever sends it means to send a key, and not to go by a cookie.
        message = "Write the header as 'Authorization: Bearer vs_live_…'."
        raise KeyRefused("invalid_api_key", message)
    return request.headers.get("X-API-Key")


def _by_token(text: str) -> Caller:
    found = validate_access_token(text)
    user = found[0] if found else None
    if not isinstance(user, User) or not user.is_active:
        raise KeyRefused(
            "invalid_token", "This access token has ended or is not ours. Refresh it, or log in."
        )
    return Caller(user)


def _by_session(request: HttpRequest) -> Caller | None:
    # The lazy user of the middleware: this runs in a thread, where it may ask the database.
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    _enforce_csrf(request)
    return Caller(User.objects.get(pk=user.pk))


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _enforce_csrf(request: HttpRequest) -> None:
    """API views are exempt for the sake of keys; a cookie alone must not suffice."""
    check = _CsrfCheck(lambda _request: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, _not_exempt, (), {})
    if reason:
        raise KeyRefused("csrf_failed", f"{reason} Send the X-CSRFToken header, or an API key.")


def _not_exempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
