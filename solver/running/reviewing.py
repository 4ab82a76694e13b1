"""A teacher's review, saved: points, comment, rubric and notes in one go, with its history.

Two teachers may look at one attempt. Each save says which revision was seen; the second of two
gets ReviewConflict and saves again if they still mean it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
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
    ReviewMark,
    ReviewNote,
    RubricItem,
)
from solver.models.webhook import WebhookEvent
from solver.running import appeals, grading
from solver.running.notify import notify
from solver.running.review_draft import Draft, Note, check_texts, decide, ticked_items
from solver.running.review_history import contents_of, remember
from solver.running.reviewable import Subject, may_review
from solver.running.webhooks import emit


class ReviewConflict(Exception):
    """Somebody saved a review of the same thing in between; `current` is theirs."""

    def __init__(self, current: Review) -> None:
        super().__init__(_("Somebody saved a review of this while you wrote yours."))
        self.current = current


def save_review(subject: Subject, by: User, draft: Draft) -> Review:
    """Raises PermissionDenied, ValidationError keyed by field, and ReviewConflict."""
    if not may_review(subject, by):
        raise PermissionDenied
    items = ticked_items(subject, draft)
    decision, points = decide(subject, draft, items)
    check_texts(draft)
    now = timezone.now()
    fields: dict[str, Any] = {
        "reviewer": by,
        "decision": decision,
        "points": points,
        "comment": draft.comment.strip(),
        "updated_at": now,
    }
    with transaction.atomic():
        before = contents_of(_review_of(subject))
        review = _write(subject, draft.seen, fields)
        _write_marks(review, items)
        _write_notes(review, draft.notes)
        remember(review, by, before, contents_of(review))
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
