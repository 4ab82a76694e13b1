"""A student takes hints one by one; each counts once, with the try that is open."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from solver.models.assignment import AssignedProblem
from solver.models.attempt import Attempt, AttemptState
from solver.models.hint import HintSet, HintState, ShownHint
from solver.running import attempts
from solver.running.hints.preparing import hint_set_of, prepare


@dataclass(frozen=True, slots=True)
class Hints:
    """What one person sees: the texts that they were shown, in Markdown, of `total`."""

    state: HintState
    shown: tuple[str, ...]
    total: int

    @property
    def next_level(self) -> int | None:
        """None where all have been shown."""
        level = len(self.shown) + 1
        return level if level <= self.total else None


def hints_for(assigned: AssignedProblem, student: User) -> Hints:
    return _seen(hint_set_of(assigned), _taken(assigned, student))


def all_hints(assigned: AssignedProblem) -> Hints:
    """For who teaches the class."""
    found = hint_set_of(assigned)
    return _seen(found, len(found.texts) if found else 0)


def take(
    assigned: AssignedProblem, student: User, level: int | None, now: datetime | None = None
) -> Hints:
    """Show the hint of this level, or else the next one; one that was shown is not counted again.

    Where none is ready they are prepared, and nothing counts. Raises ValidationError.
    """
    now = now or timezone.now()
    _check(assigned, student, now)
    found = prepare(assigned)
    if found.state == HintState.READY:
        with transaction.atomic():
            # Held until the commit: of two clicks at once, the second finds the hint shown.
            User.objects.select_for_update().get(pk=student.pk)
            _show(assigned, student, level, len(found.texts), now)
    return _seen(found, _taken(assigned, student))


def _check(assigned: AssignedProblem, student: User, now: datetime) -> None:
    assignment = assigned.assignment
    if not attempts.is_student(assigned, student):
        message = _("You are not a student of this class (any more), so there are no hints.")
        raise ValidationError(message, code="refused")
    if assignment.classroom.archived_at:
        raise ValidationError(_("This class is archived: there are no hints."), code="refused")
    if not assignment.may_hint(now):
        raise ValidationError(
            _("“%(title)s” gives no hints now. Its rule: %(rule)s.")
            % {"title": assignment.title, "rule": assignment.get_help_display()},
            code="help_closed",
        )


def _show(
    assigned: AssignedProblem, student: User, level: int | None, total: int, now: datetime
) -> None:
    taken = _taken(assigned, student)
    wanted = taken + 1 if level is None else level
    if wanted <= taken:
        return
    if wanted > total:
        raise ValidationError(_("You have seen all the hints there are."), code="no_more")
    if wanted > taken + 1:
        message = _("This page is out of date. Reload it, then ask for the next hint.")
        raise ValidationError(message, code="stale")
    ShownHint.objects.create(assigned=assigned, owner=student, level=wanted, at=now)
    # Where nothing can be handed in any more, nothing is counted.
    if not attempts.refusal(assigned, student, now):
        attempt = attempts.open_attempt(assigned, student)
        draft = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.DRAFT)
        draft.update(hints_used=F("hints_used") + 1)


def _taken(assigned: AssignedProblem, student: User) -> int:
    return assigned.shown_hints.filter(owner=student).count()


def _seen(found: HintSet | None, count: int) -> Hints:
    if found is None:
        return Hints(HintState.UNASKED, (), 0)
    return Hints(HintState(found.state), tuple(found.texts[:count]), len(found.texts))
