"""Hints as teachers see and prepare them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from solver.models import AssignedProblem, HintState, Solution
from solver.running.hints import preparing
from solver.web.access import person_of, seen_assigned, teaches

MOST_LEVEL_CHARS = 3


@login_required
@require_POST
def prepare(request: HttpRequest, assigned_id: UUID) -> HttpResponse:
    assigned = seen_assigned(request, assigned_id)
    if not teaches(person_of(request), assigned.assignment.classroom):
        raise PermissionDenied
    found = preparing.prepare(assigned)
    if found.state == HintState.READY:
        messages.success(request, _("The hints are ready."))
    return redirect("assigned", assigned_id)


def taught_hints(assigned: AssignedProblem, teacher: User) -> dict[str, Any]:
    """For the page of an assigned problem: all hints, and the solution behind them."""
    found = preparing.hint_set_of(assigned)
    source = Solution.objects.none()
    if found is not None and found.solution_id:
        source = Solution.objects.visible_to(teacher).filter(pk=found.solution_id)
    return {"hint_set": found, "hint_source": source.first()}


def level_of(request: HttpRequest) -> int | None:
    """Which hint the button stood for: pressed twice, it is one."""
    text = request.POST.get("level", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_LEVEL_CHARS
    return int(text) if is_number else None
