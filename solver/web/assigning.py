"""Writing an assignment down: its rows become problems, and a changed answer grades again."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Classroom, User
from solver.models import AssignedProblem, Assignment, Kind, Problem
from solver.running import corrections
from solver.running.grading import regrade_later
from solver.web.assignment_forms import Rows

COPY_OPENS_AFTER = timedelta(days=7)
COPIED = (
    "instructions",
    "time_zone",
    "late_policy",
    "late_percent_per_day",
    "tries_allowed",
    "help",
    "is_blind",
)


@transaction.atomic
def save(assignment: Assignment, rows: Rows, by: User) -> Assignment:
    """Raises ValidationError for what cannot be done; then nothing is written."""
    assignment.save()
    known = {one.pk: one for one in assignment.assigned.select_related("problem")}
    for position, (form, goes) in enumerate(rows.rows()):
        data = form.cleaned_data
        kept = known.get(data["assigned"]) if data.get("assigned") else None
        if data.get("assigned") and kept is None:
            raise ValidationError(_("This page is out of date. Reload it and try again."))
        if goes:
            _remove(kept)
        elif kept is not None:
            _change(kept, position, data, by)
        else:
            _add(assignment, position, data, by)
    return assignment


@transaction.atomic
def copy(assignment: Assignment, into: Classroom, by: User) -> Assignment:
    """The same for another class, or once more: nobody sees it for a week, so that it is edited."""
    opens = timezone.now().replace(second=0, microsecond=0) + COPY_OPENS_AFTER
    shift = opens - assignment.opens_at
    assigned = list(assignment.assigned.all())
    made = Assignment.objects.create(
        classroom=into,
        title=_("%(title)s (copy)") % {"title": assignment.title[:110]},
        created_by=by,
        opens_at=opens,
        due_at=assignment.due_at and assignment.due_at + shift,
        late_until=assignment.late_until and assignment.late_until + shift,
        **{name: getattr(assignment, name) for name in COPIED},
    )
    AssignedProblem.objects.bulk_create(
        AssignedProblem(
            assignment=made,
            problem_id=one.problem_id,
            position=one.position,
            points=one.points,
            reference_answer=one.reference_answer,
            accepted_forms=one.accepted_forms,
            tests=one.tests,
        )
        for one in assigned
    )
    return made


@transaction.atomic
def delete(assignment: Assignment) -> bool:
    """Only while nobody has begun; false: archive it instead."""
    if any(one.attempts.exists() for one in assignment.assigned.all()):
        return False
    assignment.delete()
    return True


def _add(assignment: Assignment, position: int, data: dict[str, Any], by: User) -> None:
    problem = _problem(data, by)
    if assignment.assigned.filter(problem=problem).exists():
        message = _("“%(title)s” is in this assignment already. Choose another one.")
        raise ValidationError(message % {"title": problem.title})
    assignment.assigned.create(
        problem=problem,
        position=position,
        points=data["points"],
        reference_answer=data["reference_answer"] or problem.reference_answer,
        accepted_forms=data["accepted_forms"],
        tests=data["tests"] or problem.tests,
    )


def _problem(data: dict[str, Any], by: User) -> Problem:
    if data["chosen"]:
        return Problem.objects.get(pk=data["chosen"], owner=by)
    return Problem.objects.create(
        owner=by,
        kind=data["kind"] or Kind.MATHS,
        text=data["text"],
        reference_answer=data["reference_answer"],
        tests=data["tests"],
    )


def _change(kept: AssignedProblem, position: int, data: dict[str, Any], by: User) -> None:
    before = kept.reference_sha256
    reference = data["reference_answer"]
    is_in_use = kept.attempts.handed_in().exists()
    if reference and reference != kept.reference_answer and is_in_use:
        # Somebody was told the old one: that is a correction, not an edit.
        corrections.correct(kept.problem, reference, by)
    kept.position, kept.points = position, data["points"]
    kept.reference_answer = reference
    kept.accepted_forms, kept.tests = data["accepted_forms"], data["tests"]
    kept.save()
    if kept.reference_sha256 != before:
        regrade_later(kept.pk)


def _remove(kept: AssignedProblem | None) -> None:
    if kept is None:
        return
    if kept.attempts.exists():
        message = _(
            "“%(title)s” has answers of students, so it cannot be taken out. Archive the "
            "assignment instead, or leave the problem in."
        )
        raise ValidationError(message % {"title": kept.problem.title})
    kept.delete()
