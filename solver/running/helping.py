"""Where a class is to work alone, the model does not solve its problems for its students.

What this can hold: the same problem by its own page, and its very words typed anew. A problem in
other words, or another site's model, it cannot.
"""

import re

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Classroom, User
from solver.models.assignment import AssignedProblem
from solver.models.problem import Problem

_NOT_A_LETTER = re.compile(r"[\W_]+")


def check_help(owner: User, text: str, problem: Problem | None = None) -> None:
    """Raises ValidationError where a class of the owner's may not have this solved now."""
    wanted = _bare(text)
    for assigned in _set_now(owner):
        same = assigned.problem_id == problem.pk if problem else False
        # A short one would be found in everything.
        same = same or (bool(wanted) and _bare(assigned.problem.text) == wanted)
        if same and not assigned.assignment.may_solve(timezone.now()):
            raise ValidationError(
                _("This problem belongs to “%(title)s”. Work on it yourself: %(rule)s.")
                % {
                    "title": assigned.assignment.title,
                    "rule": assigned.assignment.get_help_display().lower(),
                },
                code="help_closed",
            )


def _set_now(owner: User) -> list[AssignedProblem]:
    attended = Classroom.objects.attended_by(owner).filter(archived_at=None)
    # Apart from the query below, which is the dearest of a submission: most people have no class.
    classrooms = list(attended.values_list("pk", flat=True))
    if not classrooms:
        return []
    rows = AssignedProblem.objects.filter(
        assignment__classroom__in=classrooms,
        assignment__opens_at__lte=timezone.now(),
        assignment__archived_at=None,
    )
    return list(rows.select_related("assignment", "problem"))


def _bare(text: str) -> str:
    """Letters and digits alone, with the signs of mathematics that change a problem."""
    return _NOT_A_LETTER.sub(lambda found: re.sub(r"[^+\-*/^=<>]", "", found[0]), text).casefold()
