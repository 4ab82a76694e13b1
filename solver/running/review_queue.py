"""What needs a person: attempts and solutions that wait for a teacher, oldest first or shuffled.

Attempts: the machine cannot tell, the student asks for a person or appeals. Solutions: the answer
is contradicted, a step is reported, the student put it before the teacher.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Substr
from django.utils.translation import gettext_lazy as _

from accounts.models import Classroom, MemberRole, Membership, User
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
from solver.running.reviewing import Subject, reviewable_attempts, reviewable_solutions

PAGE_SIZE = 50
# Of attempts or of solutions, with an annotation or two: more than the types can say.
Rows = Any
# A UUID's first eight hexadecimal digits are random: sorting from another of them is a shuffle.
SHUFFLES = 8


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


class Kind(StrEnum):
    ATTEMPT = "attempt"
    SOLUTION = "solution"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the teacher wants to see. `shuffle` 0 is oldest first, 1 to 8 are orders by chance."""

    classroom: int | None = None
    reason: Reason | None = None
    shuffle: int = 0


@dataclass(slots=True)
class Item:
    kind: Kind
    subject: Subject
    since: datetime
    reasons: list[Reason] = field(default_factory=list)
    is_blind: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Item]
    number: int
    count: int

    @property
    def last(self) -> int:
        return max(1, -(-self.count // PAGE_SIZE))


def page(user: User, choice: Choice, number: int = 1) -> Page:
    attempts, solutions = _attempts(user, choice), _solutions(user, choice)
    count = attempts.count() + solutions.count()
    number = min(max(number, 1), max(1, -(-count // PAGE_SIZE)))
    rows = _keys(attempts, Kind.ATTEMPT, choice).union(
        _keys(solutions, Kind.SOLUTION, choice), all=True
    )
    start = (number - 1) * PAGE_SIZE
    found = list(rows.order_by("order", "key")[start : start + PAGE_SIZE]) if count else []
    return Page(_items(user, found), number, count)


def count(user: User, choice: Choice | None = None) -> int:
    choice = choice or Choice()
    return int(_attempts(user, choice).count() + _solutions(user, choice).count())


def after(user: User, choice: Choice, kind: Kind, subject: Subject) -> tuple[Kind, UUID] | None:
    return _beside(user, choice, subject, "gt")


def before(user: User, choice: Choice, kind: Kind, subject: Subject) -> tuple[Kind, UUID] | None:
    return _beside(user, choice, subject, "lt")


def first(user: User, choice: Choice) -> tuple[Kind, UUID] | None:
    return _nearest(_both(user, choice), choice, "gt")


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


# -- Rows -------------------------------------------------------------------------------------


def _attempts(user: User, choice: Choice) -> Rows:
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
    rows = reviewable_attempts(user).order_by()
    if choice.classroom is not None:
        rows = rows.filter(assigned__assignment__classroom=choice.classroom)
    return _for_reason(rows, terms, choice.reason)


def _solutions(user: User, choice: Choice) -> Rows:
    unreviewed = ~Exists(Review.objects.filter(solution=OuterRef("pk")))
    reports = Report.objects.filter(settled_at=None)
    shares = Share.objects.all()
    if choice.classroom is not None:
        shares = shares.filter(classroom=choice.classroom)
    contradicted = Solution.objects.filter(verdict=Verdict.CONTRADICTED, state=State.DONE)
    # Keys of each kind by themselves: each is found by an index of its own.
    terms = {
        Reason.CONTRADICTED: Q(pk__in=contradicted.filter(unreviewed).order_by().values("pk")),
        Reason.REPORTED: Q(pk__in=reports.order_by().values("solution")),
        Reason.ASKED: Q(pk__in=shares.order_by().values("solution")) & Q(unreviewed),
    }
    rows = reviewable_solutions(user).order_by()
    if choice.classroom is not None:
        students = Membership.objects.filter(
            classroom=choice.classroom, role=MemberRole.STUDENT
        ).values("user")
        rows = rows.filter(owner__in=students)
    return _for_reason(rows, terms, choice.reason)


def _for_reason(rows: Rows, terms: dict[Reason, Q], reason: Reason | None) -> Rows:
    if reason is None:
        wanted = Q()
        for term in terms.values():
            wanted |= term
        return rows.filter(wanted)
    return rows.filter(terms[reason]) if reason in terms else rows.none()


def _open_appeals() -> QuerySet[Appeal]:
    return Appeal.objects.filter(state=AppealState.OPEN)


def _order(rows: Rows, choice: Choice) -> Rows:
    if choice.shuffle:
        start = 1 + choice.shuffle % SHUFFLES
        # Without hyphens, as SQLite keeps it; PostgreSQL's first one stands ninth.
        return rows.annotate(order=Substr(Cast("pk", CharField()), start, 9 - start))
    return rows.annotate(order=F("submitted_at" if rows.model is Attempt else "created_at"))


def _keys(rows: Rows, kind: Kind, choice: Choice) -> Rows:
    keyed = _order(rows, choice).annotate(kind=Value(str(kind)), key=F("pk"))
    return keyed.values_list("order", "kind", "key")


def _both(user: User, choice: Choice) -> dict[Kind, QuerySet[Any]]:
    return {
        Kind.ATTEMPT: _order(_attempts(user, choice), choice),
        Kind.SOLUTION: _order(_solutions(user, choice), choice),
    }


def _beside(user: User, choice: Choice, subject: Subject, side: str) -> tuple[Kind, UUID] | None:
    kept = _order(type(subject)._default_manager.filter(pk=subject.pk), choice)
    here = kept.values_list("order", flat=True).get()
    beyond = Q(**{f"order__{side}": here}) | Q(order=here, **{f"pk__{side}": subject.pk})
    rows = {kind: found.filter(beyond) for kind, found in _both(user, choice).items()}
    return _nearest(rows, choice, side)


def _nearest(
    rows: dict[Kind, QuerySet[Any]], choice: Choice, side: str
) -> tuple[Kind, UUID] | None:
    sign = "" if side == "gt" else "-"
    ends = [
        (row[0], row[1], kind)
        for kind, found in rows.items()
        if (row := found.order_by(f"{sign}order", f"{sign}pk").values_list("order", "pk").first())
    ]
    if not ends:
        return None
    chosen = min(ends) if side == "gt" else max(ends)
    return chosen[2], chosen[1]


def _items(user: User, keys: list[tuple[Any, str, UUID]]) -> list[Item]:
    wanted: dict[str, list[UUID]] = {kind: [] for kind in Kind}
    for _order_key, kind, key in keys:
        wanted[kind].append(key)
    subjects: dict[UUID, Subject] = {
        **Attempt.objects.select_related(
            "owner", "assigned__problem", "assigned__assignment__classroom"
        )
        .defer("text", "evidence")
        .in_bulk(wanted[Kind.ATTEMPT]),
        **Solution.objects.select_related("owner", "problem")
        .defer("text", "evidence", "system_prompt", "sampling")
        .in_bulk(wanted[Kind.SOLUTION]),
    }
    reasons = reasons_of(subjects.values())
    reviewed = set(
        Review.objects.filter(attempt__in=wanted[Kind.ATTEMPT]).values_list("attempt", flat=True)
    )
    return [
        _item(Kind(kind), subjects[key], reasons[key], key in reviewed)
        for _order_key, kind, key in keys
    ]


def _item(kind: Kind, subject: Subject, reasons: list[Reason], is_reviewed: bool) -> Item:
    if isinstance(subject, Attempt):
        since = subject.submitted_at or subject.created_at
        is_blind = subject.assigned.assignment.is_blind and not is_reviewed
        return Item(kind, subject, since, reasons, is_blind)
    return Item(kind, subject, subject.created_at, reasons)


def classrooms(user: User) -> QuerySet[Classroom]:
    """Whose work they may see in the queue."""
    rows = Classroom.objects.filter(archived_at=None)
    return rows if user.is_administrator else rows & Classroom.objects.taught_by(user)
