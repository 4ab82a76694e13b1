"""Who asks, and for which solution: 404 for what they may not see, 403 for what is not theirs."""

from typing import cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from solver.models import Solution


def person_of(request: HttpRequest) -> User:
    """Behind login_required there is always a person."""
    return cast(User, request.user)


def visible_solution(request: HttpRequest, solution_id: UUID) -> Solution:
    person = person_of(request)
    solutions = Solution.objects.visible_to(person).select_related("problem", "owner")
    return get_object_or_404(solutions, pk=solution_id)


def own_solution(request: HttpRequest, solution_id: UUID) -> Solution:
    """For what changes something: teachers look, owners and administrators act."""
    solution = visible_solution(request, solution_id)
    if not may_change(person_of(request), solution):
        raise PermissionDenied
    return solution


def may_change(person: User, solution: Solution) -> bool:
    return person.is_administrator or solution.owner_id == person.pk
