"""What every page may say."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from solver.models import Notification
from solver.web.access import person_of


def site(request: HttpRequest) -> dict[str, object]:
    match = request.resolver_match
    return {
        "allow_signup": settings.ALLOW_SIGNUP,
        "here": match.url_name if match else "",
        # Asked for by the header alone: the desk and error pages do without.
        "unread": SimpleLazyObject(lambda: _unread(request)),
    }


def _unread(request: HttpRequest) -> int:
    person = person_of(request)
    return Notification.objects.visible_to(person).unread().count()
