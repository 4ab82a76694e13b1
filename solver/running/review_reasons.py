"""Why something needs a person, and what does.

Attempts: the machine cannot tell, the student asks for a person or appeals. Solutions: the answer
is contradicted, a step is reported, the student put it before the teacher.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import MemberRole, Membership, User
from solver.models import (
    Appeal,
    AppealState,
    Attempt,
    Report,
    Result,
    Review,
    Share,
    Solution,
    State,
    Verdict,
)
from solver.running import reviewable
from solver.running.reviewable import Subject

# Of attempts or of solutions, with an annotation or two: more than the types can say.
Rows = Any


class Reason(StrEnum):
    CANNOT_TELL = "cannot_tell"
    APPEALED = "appealed"
    ASKED = "asked"
    CONTRADICTED = "contradicted"
    REPORTED = "reported"

    @property
    def label(self) -> Any:
        return _LABELS[self]


_LABELS = {
    Reason.CANNOT_TELL: _("Cannot tell"),
    Reason.APPEALED: _("Appealed"),
    Reason.ASKED: _("Asked by the student"),
    Reason.CONTRADICTED: _("Contradicted"),
    Reason.REPORTED: _("Step reported"),
}


def reasons_of(subjects: Iterable[Subject]) -> dict[UUID, list[Reason]]:
    """Why each of them needs a person, whether or not somebody has looked since."""
    subjects = list(subjects)
    ids = [subject.pk for subject in subjects]
    appealed = set(_open_appeals().filter(attempt__in=ids).values_list("attempt", flat=True))
    reported = set(
        Report.objects.filter(solution__in=ids, settled_at=None).values_list("solution", flat=True)
    )
    shared = set(Share.objects.filter(solution__in=ids).values_list("solution", flat=True))
    found: dict[UUID, list[Reason]] = {}
    for subject in subjects:
        holds = _holds(subject, appealed, reported, shared)
        found[subject.pk] = [reason for reason, is_so in holds.items() if is_so]
    return found


def _holds(
    subject: Subject, appealed: set[UUID], reported: set[UUID], shared: set[UUID]
) -> dict[Reason, bool]:
    if isinstance(subject, Attempt):
        return {
            Reason.APPEALED: subject.pk in appealed,
            Reason.ASKED: subject.asked_for_person,
            Reason.CANNOT_TELL: subject.result == Result.CANNOT_TELL,
        }
    return {
        Reason.REPORTED: subject.pk in reported,
        Reason.ASKED: subject.pk in shared,
        Reason.CONTRADICTED: subject.verdict == Verdict.CONTRADICTED,
    }


def waiting_attempts(user: User, classroom: int | None, reason: Reason | None) -> Rows:
    unreviewed = ~Exists(Review.objects.filter(attempt=OuterRef("pk")))
    appeals = _open_appeals()
    if not user.is_administrator:
        # Another teacher answers it, where the class has one.
        appeals = appeals.filter(Q(handler=None) | Q(handler=user))
    terms = {
        Reason.CANNOT_TELL: Q(result=Result.CANNOT_TELL) & Q(unreviewed),
        Reason.APPEALED: Q(pk__in=appeals.values("attempt")),
        Reason.ASKED: Q(asked_for_person=True),
    }
    rows = _for_reason(reviewable.attempts(user).order_by(), terms, reason)
    if classroom is not None:
        rows = rows.filter(assigned__assignment__classroom=classroom)
    return rows


def waiting_solutions(user: User, classroom: int | None, reason: Reason | None) -> Rows:
    unreviewed = ~Exists(Review.objects.filter(solution=OuterRef("pk")))
    reports = Report.objects.filter(settled_at=None)
    shares = Share.objects.all()
    if classroom is not None:
        shares = shares.filter(classroom=classroom)
    contradicted = Solution.objects.filter(verdict=Verdict.CONTRADICTED, state=State.DONE)
    # Keys of each kind by themselves: each is found by an index of its own.
    terms = {
        Reason.CONTRADICTED: Q(pk__in=contradicted.filter(unreviewed).order_by().values("pk")),
        Reason.REPORTED: Q(pk__in=reports.order_by().values("solution")),
        Reason.ASKED: Q(pk__in=shares.order_by().values("solution")) & Q(unreviewed),
    }
    rows = _for_reason(reviewable.solutions(user).order_by(), terms, reason)
    if classroom is not None:
        students = Membership.objects.filter(classroom=classroom, role=MemberRole.STUDENT)
        rows = rows.filter(owner__in=students.values("user"))
    return rows


def _for_reason(rows: Rows, terms: dict[Reason, Q], reason: Reason | None) -> Rows:
    if reason is None:
        return rows.filter(reduce(or_, terms.values()))
    return rows.filter(terms[reason]) if reason in terms else rows.none()


def _open_appeals() -> QuerySet[Appeal]:
    return Appeal.objects.filter(state=AppealState.OPEN)
