"""A teacher's review, saved: points, comment, rubric and notes in one go, with its history.

Two teachers may look at one attempt. Each save says which revision was seen; the second of two
gets ReviewConflict and saves again if they still mean it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from solver.models import (
    Appeal,
    AppealState,
    Attempt,
    Decision,
    NotificationKind,
    Review,
    ReviewChange,
    ReviewMark,
    ReviewNote,
    RubricItem,
    Solution,
)
from solver.models.review import COMMENT_MAX_CHARS
from solver.models.webhook import WebhookEvent
from solver.running import appeals, grading
from solver.running.notify import notify
from solver.running.webhooks import emit

Subject = Attempt | Solution
NOTE_MAX_CHARS = 1_000
MOST_NOTES = 100


class ReviewConflict(Exception):
    """Somebody saved a review of the same thing in between; `current` is theirs."""

    def __init__(self, current: Review) -> None:
        super().__init__(_("Somebody saved a review of this while you wrote yours."))
        self.current = current


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


def reviewable_attempts(user: User) -> QuerySet[Attempt]:
    """Handed in, to a class that they teach; nobody reviews their own."""
    return Attempt.objects.handed_in().visible_to(user).exclude(owner=user)


def reviewable_solutions(user: User) -> QuerySet[Solution]:
    if not (user.is_teacher or user.is_administrator):
        return Solution.objects.none()
    return Solution.objects.visible_to(user).exclude(owner=user)


def save_review(subject: Subject, by: User, draft: Draft) -> Review:
    """Raises PermissionDenied, ValidationError keyed by field, and ReviewConflict."""
    _check_may(subject, by)
    items = _items(subject, draft)
    decision, points = _decided(subject, draft, items)
    _check_texts(draft)
    now = timezone.now()
    fields: dict[str, Any] = {
        "reviewer": by,
        "decision": decision,
        "points": points,
        "comment": draft.comment.strip(),
        "updated_at": now,
    }
    with transaction.atomic():
        before = _state(_review_of(subject))
        review = _write(subject, draft.seen, fields)
        _write_marks(review, items)
        _write_notes(review, draft.notes)
        _remember(review, by, before, _state(review))
        _settle(subject, by, review, draft)
    return review


def accept_all(subjects: Iterable[Subject], by: User) -> tuple[int, int]:
    """Accept those that nobody has reviewed and the machine has graded; (accepted, left alone)."""
    accepted = left = 0
    for subject in subjects:
        try:
            save_review(subject, by, Draft(seen=0, decision=Decision.ACCEPTED))
            accepted += 1
        except (ValidationError, ReviewConflict):
            left += 1
    return accepted, left


def graded_points(attempt: Attempt) -> Decimal | None:
    """The machine's: what an accepted attempt counts."""
    if attempt.raw_points is None:
        return None
    return max(Decimal(0), attempt.raw_points - attempt.penalty)


def rubric_points(attempt: Attempt, items: Iterable[RubricItem]) -> Decimal:
    """The lines' points added up, between nothing and what the problem gives."""
    total = sum((item.points for item in items), Decimal(0))
    return min(max(total, Decimal(0)), attempt.assigned.points)


# -- What may be saved ------------------------------------------------------------------------


def _check_may(subject: Subject, by: User) -> None:
    allowed: QuerySet[Any] = (
        reviewable_attempts(by) if isinstance(subject, Attempt) else reviewable_solutions(by)
    )
    if not allowed.filter(pk=subject.pk).exists():
        raise PermissionDenied


def _items(subject: Subject, draft: Draft) -> list[RubricItem]:
    if isinstance(subject, Solution) or not draft.items:
        return []
    return list(RubricItem.objects.filter(assigned=subject.assigned_id, pk__in=draft.items))


def _decided(
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


def _check_texts(draft: Draft) -> None:
    if len(draft.comment) > COMMENT_MAX_CHARS:
        message = _("The comment is too long: %(most)d characters at most.")
        raise ValidationError({"comment": message % {"most": COMMENT_MAX_CHARS}})
    if len(draft.notes) > MOST_NOTES:
        message = _("These are too many notes: %(most)d at most.")
        raise ValidationError({"notes": message % {"most": MOST_NOTES}})
    if any(len(note.text) > NOTE_MAX_CHARS for note in draft.notes):
        message = _("A note is too long: %(most)d characters at most.")
        raise ValidationError({"notes": message % {"most": NOTE_MAX_CHARS}})


# -- Writing ----------------------------------------------------------------------------------


def _review_of(subject: Subject) -> Review | None:
    found = Review.objects.prefetch_related("marks__item", "notes")
    return found.filter(**_about(subject)).first()


def _about(subject: Subject) -> dict[str, Any]:
    return {"attempt" if isinstance(subject, Attempt) else "solution": subject}


def _write(subject: Subject, seen: int, fields: dict[str, Any]) -> Review:
    if not seen:
        try:
            with transaction.atomic():
                return Review.objects.create(**_about(subject), **fields)
        except IntegrityError:
            raise ReviewConflict(Review.objects.get(**_about(subject))) from None
    stored = Review.objects.filter(**_about(subject))
    changed = stored.filter(revision=seen).update(revision=seen + 1, **fields)
    review = stored.select_related("reviewer").first()
    if review is None:
        return _write(subject, 0, fields)
    if not changed:
        raise ReviewConflict(review)
    return review


def _write_marks(review: Review, items: Sequence[RubricItem]) -> None:
    review.marks.exclude(item__in=items).delete()
    kept = set(review.marks.values_list("item_id", flat=True))
    ReviewMark.objects.bulk_create(
        ReviewMark(review=review, item=item) for item in items if item.pk not in kept
    )


def _write_notes(review: Review, notes: Sequence[Note]) -> None:
    wanted = {(note.target, note.index, note.text.strip()) for note in notes if note.text.strip()}
    for stored in review.notes.all():
        key = (stored.target, stored.index, stored.text)
        if key in wanted:
            wanted.discard(key)
        else:
            stored.delete()
    ReviewNote.objects.bulk_create(
        ReviewNote(review=review, target=target, index=index, text=text)
        for target, index, text in sorted(wanted)
    )


State = dict[str, str]


def _state(review: Review | None) -> State:
    """All that a save can change, by the word that the history shows for it."""
    if review is None:
        return {}
    state = {
        "decision": str(Decision(review.decision).label),
        "points": "" if review.points is None else f"{review.points.normalize():f}",
        "comment": review.comment,
    }
    for mark in review.marks.select_related("item"):
        state[f"rubric {mark.item_id}"] = f"{mark.item.text} ({mark.item.points})"
    for note in review.notes.all():
        state[f"{note.target} {note.index + 1}, {note.pk}"] = note.text
    return state


def _remember(review: Review, by: User, before: State, after: State) -> None:
    ReviewChange.objects.bulk_create(
        ReviewChange(review=review, by=by, what=what, before=old, after=new)
        for what, old, new in _differences(before, after)
    )


def _differences(before: State, after: State) -> Iterator[tuple[str, str, str]]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, ""), after.get(key, "")
        if old != new:
            # Rubric lines and notes carry their key to tell two of them apart.
            yield key.split(",")[0] if "," in key else _word(key), old, new


def _word(key: str) -> str:
    return "rubric" if key.startswith("rubric ") else key


def _settle(subject: Subject, by: User, review: Review, draft: Draft) -> None:
    """What else the review ends: the points, the wish for a person, reports, the appeal."""
    if isinstance(subject, Attempt):
        title, page = _settle_attempt(subject, by, draft), "attempt"
    else:
        subject.reports.filter(settled_at=None).update(settled_at=timezone.now())
        title, page = subject.problem.title, "solution"
    about = f"review:{review.pk}:{review.revision}"
    notify(
        subject.owner,
        NotificationKind.REVIEWED,
        _("Your teacher reviewed your work: %(title)s") % {"title": title},
        reverse(page, args=[subject.pk]),
        about=about,
    )
    facts = {"id": str(review.pk), page: str(subject.pk), "decision": review.decision}
    emit(WebhookEvent.REVIEW_CREATED, subject.owner_id, about, facts)


def _settle_attempt(attempt: Attempt, by: User, draft: Draft) -> str:
    grading.settle(attempt.pk)
    Attempt.objects.filter(pk=attempt.pk).update(asked_for_person=False)
    appealed = Appeal.objects.filter(attempt=attempt, state=AppealState.OPEN).first()
    if appealed is not None:
        try:
            appeals.answer(appealed, by, draft.appeal_answer or draft.comment)
        except ValidationError as error:
            raise ValidationError({"appeal_answer": error.messages}) from error
    title: str = attempt.assigned.problem.title
    return title
