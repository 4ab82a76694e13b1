"""Appeals: asked once by the student, answered once, by another teacher where there is one."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import MemberRole, Role, User
from solver.models.appeal import REASON_MAX_CHARS, Appeal, AppealState
from solver.models.attempt import Attempt
from solver.models.notification import NotificationKind
from solver.models.review import Review
from solver.running.acceptance import check_characters, tidy
from solver.running.notify import notify


def appeal(attempt: Attempt, reason: str) -> Appeal:
    """Ask that somebody looks at a graded attempt again. Raises ValidationError."""
    reason = tidy(reason).strip()
    _check_words(reason, _("Say why: one or two sentences are enough."))
    if not attempt.is_graded:
        message = _("This attempt is not graded yet. Wait for the result first.")
        raise ValidationError(message, code="ungraded")
    teachers = _teachers(attempt)
    handler = _another(attempt, teachers)
    try:
        with transaction.atomic():
            made = Appeal.objects.create(attempt=attempt, reason=reason, handler=handler)
            for teacher in [handler] if handler else teachers:
                _tell_teacher(teacher, made)
    except IntegrityError:
        message = _("You have appealed already. One appeal is possible for each attempt.")
        raise ValidationError(message, code="twice") from None
    return made


def answer(appealed: Appeal, by: User, words: str) -> bool:
    """Answer it, once; false where somebody else was faster. Raises ValidationError."""
    words = tidy(words).strip()
    _check_words(words, _("Type an answer for the student first."))
    with transaction.atomic():
        changed = Appeal.objects.filter(pk=appealed.pk, state=AppealState.OPEN).update(
            state=AppealState.ANSWERED, handler=by, answer=words, answered_at=timezone.now()
        )
        if changed:
            notify(
                appealed.attempt.owner,
                NotificationKind.APPEAL_ANSWERED,
                _("Your appeal was answered: %(title)s")
                % {"title": appealed.attempt.assigned.problem.title},
                reverse("attempt", args=[appealed.attempt_id]),
                about=f"appeal answered:{appealed.pk}",
            )
    return bool(changed)


def _teachers(attempt: Attempt) -> list[User]:
    memberships = attempt.assigned.assignment.classroom.memberships
    rows = memberships.filter(role=MemberRole.TEACHER, user__role=Role.TEACHER)
    return [row.user for row in rows.select_related("user").order_by("joined_at", "pk")]


def _another(attempt: Attempt, teachers: list[User]) -> User | None:
    """Somebody else than who reviewed it, or than who set it where nobody did; None: any."""
    review = Review.objects.filter(attempt=attempt).first()
    first = review.reviewer_id if review else attempt.assigned.assignment.created_by_id
    return next((one for one in teachers if one.pk != first), None)


def _tell_teacher(teacher: User, made: Appeal) -> None:
    notify(
        teacher,
        NotificationKind.APPEALED,
        _("A student appeals: %(title)s") % {"title": made.attempt.assigned.problem.title},
        reverse("attempt", args=[made.attempt_id]),
        about=f"appeal:{made.pk}",
    )


def _check_words(words: str, empty: str) -> None:
    if not words:
        raise ValidationError(empty, code="empty")
    if len(words) > REASON_MAX_CHARS:
        over = len(words) - REASON_MAX_CHARS
        message = _("That is %(over)d characters too long. Shorten it.") % {"over": over}
        raise ValidationError(message, code="too_long")
    check_characters(words)
