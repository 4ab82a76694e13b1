"""What has been handed in: one student's own state, and a class's as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.models import MemberRole, User
from solver.models import AssignedProblem, Assignment, Attempt


@dataclass(slots=True)
class Work:
    """One assigned problem and the attempt that counts: the best, or else the latest."""

    assigned: AssignedProblem
    attempt: Attempt | None = None
    tries: int = 0
    has_draft: bool = False


@dataclass(slots=True)
class Progress:
    assignment: Assignment
    works: list[Work] = field(default_factory=list)

    @property
    def handed_in(self) -> int:
        return sum(work.attempt is not None for work in self.works)

    @property
    def points(self) -> Decimal:
        counting = (work.attempt.points for work in self.works if work.attempt)
        return sum((points for points in counting if points is not None), Decimal(0))

    @property
    def most(self) -> Decimal:
        return sum((work.assigned.points for work in self.works), Decimal(0))


@dataclass(slots=True)
class Line:
    """One student's row in the table of an assignment."""

    person: User
    progress: Progress


def own_progress(person: User, assignments: Sequence[Assignment]) -> list[Progress]:
    assigned = list(
        AssignedProblem.objects.filter(assignment__in=assignments).select_related("problem")
    )
    attempts = list(
        Attempt.objects.filter(assigned__in=assigned, owner=person).defer("text", "evidence")
    )
    found = []
    for assignment in assignments:
        its = [one for one in assigned if one.assignment_id == assignment.pk]
        found.append(_filled(assignment, its, attempts))
    return found


def class_table(assignment: Assignment) -> list[Line]:
    """Everybody who is in the class, and whoever left it after handing in."""
    students = User.objects.filter(
        memberships__classroom=assignment.classroom_id, memberships__role=MemberRole.STUDENT
    )
    gone = User.objects.filter(
        attempts__in=Attempt.objects.filter(assigned__assignment=assignment).handed_in()
    )
    people = (students | gone).distinct().order_by("username")
    assigned = list(assignment.assigned.select_related("problem"))
    attempts = Attempt.objects.filter(assigned__in=assigned).handed_in().defer("text", "evidence")
    of_person: dict[int, list[Attempt]] = {}
    for attempt in attempts:
        of_person.setdefault(attempt.owner_id, []).append(attempt)
    return [
        Line(person, _filled(assignment, assigned, of_person.get(person.pk, [])))
        for person in people
    ]


def counting(attempts: Iterable[Attempt]) -> Attempt | None:
    """The one with the most points; where nothing has points yet, the latest."""
    ranked = sorted(attempts, key=lambda one: (one.points or Decimal(-1), one.number))
    return ranked[-1] if ranked else None


def _filled(
    assignment: Assignment, assigned: Sequence[AssignedProblem], attempts: Sequence[Attempt]
) -> Progress:
    works = []
    for one in assigned:
        its = [attempt for attempt in attempts if attempt.assigned_id == one.pk]
        handed_in = [attempt for attempt in its if not attempt.is_draft]
        has_draft = len(handed_in) < len(its)
        works.append(Work(one, counting(handed_in), len(handed_in), has_draft))
    return Progress(assignment, works)
