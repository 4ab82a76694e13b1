"""Who may watch a solution: asked once when they come, and again while they watch."""

from collections.abc import Collection
from enum import Enum, auto
from importlib import import_module
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from solver.models import Solution


class Access(Enum):
    """What a second look found."""

    GRANTED = auto()
    SESSION_EXPIRED = auto()
    NOT_FOUND = auto()


def find_viewable(user: User | AnonymousUser, solution_id: str) -> Solution | None:
    """The solution without its text; None for strangers, nobody, and ids that do not exist."""
    if not isinstance(user, User) or not user.is_active or not _is_uuid(solution_id):
        return None
    return Solution.objects.visible_to(user).filter(pk=solution_id).defer("text").first()


@database_sync_to_async
def find_for(scope_user: Any, solution_id: str) -> Solution | None:
    """As `find_viewable`, for the lazy user of a websocket's scope."""
    user = getattr(scope_user, "_wrapped", scope_user)
    return find_viewable(user, solution_id)


@database_sync_to_async
def look_again(session_key: str | None, solution_ids: Collection[str]) -> dict[str, Access]:
    """Whether the session still holds somebody, and which of the solutions they may see."""
    request = HttpRequest()
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        return dict.fromkeys(solution_ids, Access.SESSION_EXPIRED)
    visible = Solution.objects.visible_to(user).filter(pk__in=set(solution_ids))
    found = {str(pk) for pk in visible.values_list("pk", flat=True)}
    return {pk: Access.GRANTED if pk in found else Access.NOT_FOUND for pk in solution_ids}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
