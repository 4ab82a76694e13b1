"""What a teacher typed into a review, and what it comes to: the decision and the points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from solver.models import Attempt, Decision, RubricItem, Solution
from solver.models.review import COMMENT_MAX_CHARS
from solver.running.reviewable import Subject

NOTE_MAX_CHARS = 1_000
MOST_NOTES = 100


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on one step or line, counted from 0."""

    target: str
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What the teacher typed. `seen`: the revision that they had before them, 0 for none."""

    seen: int
    # None: accepted where the points stay as graded, else changed.
    decision: Decision | None = None
    points: Decimal | None = None
    comment: str = ""
    items: frozenset[int] = frozenset()
    notes: Sequence[Note] = ()
    appeal_answer: str = ""


def graded_points(attempt: Attempt) -> Decimal | None:
    """The machine's: what an accepted attempt counts."""
    if attempt.raw_points is None:
        return None
    return max(Decimal(0), attempt.raw_points - attempt.penalty)


def rubric_points(attempt: Attempt, items: Iterable[RubricItem]) -> Decimal:
    """The lines' points added up, between nothing and what the problem gives."""
    total = sum((item.points for item in items), Decimal(0))
    return min(max(total, Decimal(0)), attempt.assigned.points)


def ticked_items(subject: Subject, draft: Draft) -> list[RubricItem]:
    if isinstance(subject, Solution) or not draft.items:
        return []
    return list(RubricItem.objects.filter(assigned=subject.assigned_id, pk__in=draft.items))


def decide(
    subject: Subject, draft: Draft, items: Sequence[RubricItem]
) -> tuple[Decision, Decimal | None]:
    if isinstance(subject, Solution):
        return draft.decision or Decision.ACCEPTED, None
    graded = graded_points(subject)
    if draft.decision == Decision.ACCEPTED:
        if graded is None:
            message = _("The machine gave no points: give them yourself, then save.")
            raise ValidationError({"points": message})
        # No points of its own: what counts follows the machine's, also after a correction.
        return Decision.ACCEPTED, None
    points = draft.points
    if points is None and items:
        points = rubric_points(subject, items)
    _check_points(subject, points, draft.decision)
    if draft.decision is None and points == graded:
        return Decision.ACCEPTED, None
    return draft.decision or Decision.CHANGED, points


def _check_points(attempt: Attempt, points: Decimal | None, decision: Decision | None) -> None:
    if points is None:
        if decision == Decision.RETURNED:
            return
        raise ValidationError({"points": _("Give points, or click lines of the rubric.")})
    if not 0 <= points <= attempt.assigned.points:
        message = _("Give between 0 and %(most)s points.") % {"most": attempt.assigned.points}
        raise ValidationError({"points": message})


def check_texts(draft: Draft) -> None:
    if len(draft.comment) > COMMENT_MAX_CHARS:
        message = _("The comment is too long: %(most)d characters at most.")
        raise ValidationError({"comment": message % {"most": COMMENT_MAX_CHARS}})
    if len(draft.notes) > MOST_NOTES:
        message = _("These are too many notes: %(most)d at most.")
        raise ValidationError({"notes": message % {"most": MOST_NOTES}})
    if any(len(note.text) > NOTE_MAX_CHARS for note in draft.notes):
        message = _("A note is too long: %(most)d characters at most.")
        raise ValidationError({"notes": message % {"most": NOTE_MAX_CHARS}})
