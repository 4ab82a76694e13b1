"""A student's own answer: drafted, handed in once, appealed once.

Refusals are ValidationErrors that say what to do. A state changes by an update of the row that is
still in the old one, so that of two requests one wins and the other finds its work done.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import JOIN_CODE_ALPHABET, MemberRole, User
from solver.models.assignment import AssignedProblem
from solver.models.attempt import Attempt, AttemptState
from solver.models.problem import Kind
from solver.models.review import Decision
from solver.models.upload import Upload
from solver.running import tickets
from solver.running.acceptance import check_characters, tidy
from solver.running.grading import grade

ANSWER_MAX_CHARS = 20_000
LANGUAGES = {"python": "Python", "cpp": "C++"}
RECEIPT_CHARS = 10


@dataclass(frozen=True, slots=True)
class Given:
    """What came in: `upload` None keeps the draft's file."""

    text: str
    language: str = ""
    upload: Upload | None = None
    without_file: bool = False


@dataclass(frozen=True, slots=True)
class Tries:
    used: int
    allowed: int | None

    @property
    def left(self) -> int | None:
        return None if self.allowed is None else max(0, self.allowed - self.used)


def tries(assigned: AssignedProblem, owner: User) -> Tries:
    """A try that a teacher returned is given back."""
    handed_in = assigned.attempts.filter(owner=owner).handed_in()
    used = handed_in.exclude(review__decision=Decision.RETURNED).count()
    return Tries(used, assigned.assignment.tries_allowed)


def next_number(assigned: AssignedProblem, owner: User) -> int:
    last = assigned.attempts.filter(owner=owner).handed_in().aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def draft_of(assigned: AssignedProblem, owner: User) -> Attempt | None:
    return assigned.attempts.filter(owner=owner, state=AttemptState.DRAFT).first()


def open_attempt(assigned: AssignedProblem, owner: User) -> Attempt:
    """The try that is being worked on; begun where there is none."""
    return draft_of(assigned, owner) or _row(assigned, owner, next_number(assigned, owner))


def refusal(assigned: AssignedProblem, owner: User, now: datetime) -> str:
    """Why nothing can be handed in at this moment, in a sentence; empty where it can."""
    assignment = assigned.assignment
    if not is_student(assigned, owner):
        return _("You are not a student of this class (any more), so you cannot hand in.")
    if assignment.archived_at or assignment.classroom.archived_at:
        return _("This assignment is archived. Nothing is handed in any more.")
    if not assignment.is_open(now):
        return _("The time for this assignment is over. Ask your teacher if you need more.")
    if tries(assigned, owner).left == 0:
        return _("You have used all tries for this problem.")
    return ""


def is_student(assigned: AssignedProblem, owner: User) -> bool:
    members = assigned.assignment.classroom.memberships
    return members.filter(user=owner, role=MemberRole.STUDENT).exists()


def save_draft(assigned: AssignedProblem, owner: User, number: int, given: Given) -> Attempt:
    """Keep what is typed so far. Raises ValidationError; a try handed in already is left alone."""
    _check(given)
    attempt = _row(assigned, owner, number)
    if attempt.is_draft:
        _fill(attempt, given)
    return attempt


def hand_in(
    assigned: AssignedProblem,
    owner: User,
    number: int,
    given: Given,
    now: datetime | None = None,
) -> Attempt:
    """Hand in try `number`. The same number twice is one attempt: the first one's.

    `now` is when the request came in. Raises ValidationError.
    """
    now = now or timezone.now()
    same = assigned.attempts.filter(owner=owner, number=number).handed_in()
    if done := same.first():
        return done
    _check(given)
    with transaction.atomic():
        # Held until the commit: two tries at once cannot both be the last one allowed.
        User.objects.select_for_update().get(pk=owner.pk)
        if done := same.first():
            return done
        refused = refusal(assigned, owner, now)
        if refused:
            raise ValidationError(refused, code="refused")
        attempt = _row(assigned, owner, number)
        if attempt.is_draft:
            _fill(attempt, given)
            _check_not_empty(attempt)
            _submit(attempt, now)
        attempt.refresh_from_db()
    return attempt


def _submit(attempt: Attempt, now: datetime) -> None:
    changed = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.DRAFT).update(
        state=AttemptState.SUBMITTED,
        submitted_at=now,
        late_s=attempt.assigned.assignment.late_s(now),
        receipt=_receipt(),
    )
    if changed:
        # What fails here is graded by the sweep: the attempt is handed in.
        transaction.on_commit(partial(_grade, attempt), robust=True)


def _grade(attempt: Attempt) -> None:
    """Mathematics within the request, which takes milliseconds; programs in the worker."""
    if attempt.assigned.problem.kind == Kind.CODE:
        tickets.grade(attempt.pk)
    else:
        grade(attempt.pk)


def _row(assigned: AssignedProblem, owner: User, number: int) -> Attempt:
    known = assigned.attempts.filter(owner=owner, number=number).first()
    if known is not None:
        return known
    if number != next_number(assigned, owner):
        raise ValidationError(_("This page is out of date. Reload it, then hand in."), code="stale")
    try:
        with transaction.atomic():
            return assigned.attempts.create(owner=owner, number=number)
    except IntegrityError:
        # Another tab was faster; its row is ours, too.
        return assigned.attempts.get(owner=owner, number=number)


def _fill(attempt: Attempt, given: Given) -> None:
    attempt.text, attempt.language = tidy(given.text), given.language
    if given.upload is not None or given.without_file:
        attempt.upload = given.upload
    Attempt.objects.filter(pk=attempt.pk, state=AttemptState.DRAFT).update(
        text=attempt.text,
        language=attempt.language,
        upload=attempt.upload,
        updated_at=timezone.now(),
    )


def _check(given: Given) -> None:
    if len(given.text) > ANSWER_MAX_CHARS:
        over = len(given.text) - ANSWER_MAX_CHARS
        message = _("The answer is %(over)d characters too long. Shorten it.") % {"over": over}
        raise ValidationError(message, code="too_long")
    check_characters(tidy(given.text))
    if given.language and given.language not in LANGUAGES:
        raise ValidationError(_("Choose one of the languages in the list."), code="language")


def _check_not_empty(attempt: Attempt) -> None:
    if not attempt.text.strip() and attempt.upload_id is None:
        raise ValidationError(_("There is no answer yet. Type one, or add a file."), code="empty")


def _receipt() -> str:
    code = "".join(secrets.choice(JOIN_CODE_ALPHABET) for _ in range(RECEIPT_CHARS))
    return f"{code[:5]}-{code[5:]}"


def ask_for_person(attempt: Attempt) -> bool:
    """The student wants a teacher to look at it; true the first time."""
    handed_in = Attempt.objects.filter(pk=attempt.pk, asked_for_person=False).handed_in()
    return bool(handed_in.update(asked_for_person=True))
