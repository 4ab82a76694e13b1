"""A corrected answer: the problem's new reference, for everything that was compared with the old.

Everyone with an attempt or a finished solution of the problem counts as having been shown the
wrong one.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from solver.models.assignment import AssignedProblem
from solver.models.attempt import Attempt
from solver.models.correction import Correction
from solver.models.notification import NotificationKind
from solver.models.problem import Problem
from solver.models.solution import Solution, State
from solver.running.acceptance import check_characters
from solver.running.grading import regrade_later
from solver.running.notify import notify

REFERENCE_MAX_CHARS = 2_000
NOTE_MAX_CHARS = 1_000


def may_correct(problem: Problem, person: User) -> bool:
    """Its owner, the teachers of its owner, and those of a class that was set it."""
    if person.is_administrator:
        return True
    return person.is_teacher and Problem.objects.visible_to(person).filter(pk=problem.pk).exists()


def correct(problem: Problem, new: str, by: User, note: str = "") -> Correction | None:
    """Make `new` the reference, everywhere; None where it is already. Raises ValidationError.

    Attempts are graded again in the background, and everyone affected is told.
    """
    new = new.strip()
    _check(new, note)
    with transaction.atomic():
        locked = Problem.objects.select_for_update().get(pk=problem.pk)
        assigned = list(AssignedProblem.objects.filter(problem=locked))
        olds = {one.reference_answer for one in assigned} | {locked.reference_answer}
        if olds == {new}:
            return None
        old = locked.reference_answer or next(iter(sorted(olds, reverse=True)), "")
        correction = Correction.objects.create(
            problem=locked, old=old, new=new, by=by, note=note.strip()
        )
        Problem.objects.filter(pk=locked.pk).update(reference_answer=new)
        for one in assigned:
            # What was accepted beside the wrong answer was most likely a form of it.
            AssignedProblem.objects.filter(pk=one.pk).update(
                reference_answer=new, accepted_forms=[]
            )
            regrade_later(one.pk)
        _tell(correction)
    return correction


def _check(new: str, note: str) -> None:
    if not new:
        raise ValidationError(_("Type the corrected answer first."), code="empty")
    if len(new) > REFERENCE_MAX_CHARS or len(note) > NOTE_MAX_CHARS:
        raise ValidationError(_("That is too long. Shorten it."), code="too_long")
    check_characters(new)
    check_characters(note)


def _tell(correction: Correction) -> None:
    problem = correction.problem
    text = _("The reference answer was corrected: %(title)s") % {"title": problem.title}
    addresses: dict[User, str] = {}
    solutions = Solution.objects.filter(problem=problem, state=State.DONE).select_related("owner")
    for solution in solutions:
        addresses[solution.owner] = reverse("solution", args=[solution.pk])
    attempts = Attempt.objects.filter(assigned__problem=problem).handed_in()
    for attempt in attempts.select_related("owner"):
        addresses[attempt.owner] = reverse("attempt", args=[attempt.pk])
    for person, address in addresses.items():
        if person != correction.by:
            about = f"corrected:{correction.pk}"
            notify(person, NotificationKind.CORRECTED, text, address, about=about)
