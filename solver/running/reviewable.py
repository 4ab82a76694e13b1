"""Who may review what."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from solver.models import Attempt, Problem, Solution

Subject = Attempt | Solution


def attempts(user: User) -> QuerySet[Attempt]:
    """Handed in, to a class that they teach; nobody reviews their own."""
    return Attempt.objects.handed_in().visible_to(user).exclude(owner=user)


def solutions(user: User) -> QuerySet[Solution]:
    if not (user.is_teacher or user.is_administrator):
        return Solution.objects.none()
    return Solution.objects.visible_to(user).exclude(owner=user)


def may_review(subject: Subject, by: User) -> bool:
    rows: QuerySet[Any] = attempts(by) if isinstance(subject, Attempt) else solutions(by)
    return rows.filter(pk=subject.pk).exists()


def problem_of(subject: Subject) -> Problem:
    return subject.assigned.problem if isinstance(subject, Attempt) else subject.problem
