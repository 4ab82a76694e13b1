"""Who asks, and for what: 404 for what they may not see, 403 for what is not theirs."""

from typing import cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Classroom, User
from solver.models import AssignedProblem, Assignment, Attempt, Solution


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


def seen_classroom(request: HttpRequest, classroom_id: int) -> Classroom:
    return get_object_or_404(Classroom.objects.visible_to(person_of(request)), pk=classroom_id)


def taught_classroom(request: HttpRequest, classroom_id: int) -> Classroom:
    """For what changes a class: 403 for its students, 404 for everybody else."""
    classroom = seen_classroom(request, classroom_id)
    if not teaches(person_of(request), classroom):
        raise PermissionDenied
    return classroom


def teaches(person: User, classroom: Classroom) -> bool:
    if person.is_administrator:
        return True
    return Classroom.objects.taught_by(person).filter(pk=classroom.pk).exists()


def seen_assignment(request: HttpRequest, assignment_id: UUID) -> Assignment:
    assignments = Assignment.objects.visible_to(person_of(request)).select_related("classroom")
    return get_object_or_404(assignments, pk=assignment_id)


def taught_assignment(request: HttpRequest, assignment_id: UUID) -> Assignment:
    assignment = seen_assignment(request, assignment_id)
    if not teaches(person_of(request), assignment.classroom):
        raise PermissionDenied
    return assignment


def seen_assigned(request: HttpRequest, assigned_id: UUID) -> AssignedProblem:
    assigned = AssignedProblem.objects.visible_to(person_of(request))
    related = assigned.select_related("problem", "assignment__classroom")
    return get_object_or_404(related, pk=assigned_id)


def seen_attempt(request: HttpRequest, attempt_id: UUID) -> Attempt:
    attempts = Attempt.objects.visible_to(person_of(request)).select_related(
        "owner", "upload", "assigned__problem", "assigned__assignment__classroom"
    )
    return get_object_or_404(attempts, pk=attempt_id)


def own_attempt(request: HttpRequest, attempt_id: UUID) -> Attempt:
    """For what only its student does."""
    attempt = seen_attempt(request, attempt_id)
    if attempt.owner_id != person_of(request).pk:
        raise PermissionDenied
    return attempt
