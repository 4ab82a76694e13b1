"""The review queue: what waits for a teacher, oldest first or shuffled, page by page or in turn."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Substr

from accounts.models import Classroom, User
from solver.models import Attempt, Problem, Review, Solution
from solver.running.review_reasons import (
    Reason,
    Rows,
    reasons_of,
    waiting_attempts,
    waiting_solutions,
)
from solver.running.reviewable import Subject, problem_of

PAGE_SIZE = 50
# A UUID's first eight hexadecimal digits are random: sorting from another of them is a shuffle.
SHUFFLES = 8


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

    @property
    def problem(self) -> Problem:
        return problem_of(self.subject)


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


def after(user: User, choice: Choice, subject: Subject) -> tuple[Kind, UUID] | None:
    return _beside(user, choice, subject, "gt")


def before(user: User, choice: Choice, subject: Subject) -> tuple[Kind, UUID] | None:
    return _beside(user, choice, subject, "lt")


def first(user: User, choice: Choice) -> tuple[Kind, UUID] | None:
    return _nearest(_both(user, choice), choice, "gt")


def _attempts(user: User, choice: Choice) -> Rows:
    return waiting_attempts(user, choice.classroom, choice.reason)


def _solutions(user: User, choice: Choice) -> Rows:
    return waiting_solutions(user, choice.classroom, choice.reason)


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
