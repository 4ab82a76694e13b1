"""What every page may say."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    match = request.resolver_match
    return {
        "allow_signup": settings.ALLOW_SIGNUP,
        "here": match.url_name if match else "",
    }
