"""How a class does: by assignment, student and problem, from one count of its attempts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any, cast
from uuid import UUID

from django.db.models import Avg, Count, Max, Q, Sum

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import AssignedProblem, Assignment, Attempt, Result
from solver.running.durations import Seconds

# A day at a desk: a draft that lay open for longer was not worked at.
_LONGEST_S = 6 * 3_600


@dataclass(slots=True)
class Tried:
    """One student's tries at one problem."""

    tries: int
    is_right: bool
    # Of the problem's points, from 0 to 1; None where nothing is decided yet.
    share: float | None
    hints: int
    seconds: float | None


@dataclass(slots=True)
class ProblemFigures:
    assigned: AssignedProblem
    tried: list[Tried] = field(default_factory=list)

    @property
    def right_share(self) -> float:
        return _share(one.is_right for one in self.tried)

    @property
    def hint_share(self) -> float:
        return _share(one.hints > 0 for one in self.tried)

    @property
    def mean_tries(self) -> float:
        return mean(one.tries for one in self.tried) if self.tried else 0.0

    @property
    def median_s(self) -> float | None:
        times = [one.seconds for one in self.tried if one.seconds is not None]
        return median(times) if times else None


@dataclass(slots=True)
class AssignmentFigures:
    """`handed_in`: students with at least one try; shares are from 0 to 1."""

    assignment: Assignment
    handed_in: int
    points_share: float


@dataclass(slots=True)
class StudentFigures:
    student: User
    points: float
    points_share: float
    tried: int
    tries: int
    hints: int


@dataclass(slots=True)
class Progress:
    students: list[StudentFigures]
    assignments: list[AssignmentFigures]
    problems: list[ProblemFigures]
    # Points that the whole work gives.
    most_points: float
    problem_count: int

    def tries_spread(self) -> dict[int, int]:
        """How many problems took a student how many tries, right ones only."""
        spread: dict[int, int] = defaultdict(int)
        for problem in self.problems:
            for one in problem.tried:
                if one.is_right:
                    spread[min(one.tries, 6)] += 1
        return dict(spread)


def progress(classroom: Classroom) -> Progress:
    """Of the assignments that are not archived, drafts not counted."""
    work = Assignment.objects.filter(classroom=classroom, archived_at=None)
    assigned = AssignedProblem.objects.filter(assignment__in=work)
    problems = {
        one.pk: ProblemFigures(one)
        for one in assigned.select_related("problem", "assignment").order_by(
            "assignment__opens_at", "assignment__created_at", "position"
        )
    }
    members = Membership.objects.filter(classroom=classroom, role=MemberRole.STUDENT)
    students = [row.user for row in members.select_related("user").order_by("user__username")]
    by_student: dict[int, dict[UUID, Tried]] = defaultdict(dict)
    for row in _tried(assigned.values("pk")):
        one = _one(row, problems[row["assigned_id"]].assigned)
        by_student[row["owner_id"]][row["assigned_id"]] = one
    # Who left the class is not counted any more.
    for student in students:
        for key, one in by_student[student.pk].items():
            problems[key].tried.append(one)
    most = sum(float(one.assigned.points) for one in problems.values())
    return Progress(
        [_student(one, by_student[one.pk], problems, most) for one in students],
        _assignments(students, by_student, problems),
        list(problems.values()),
        most,
        len(problems),
    )


def _tried(assigned: Any) -> Iterable[dict[str, Any]]:
    rows: Any = (
        Attempt.objects.handed_in()
        .filter(assigned__in=assigned)
        .annotate(taken=Seconds("submitted_at", "created_at"))
        .order_by()
        .values("assigned_id", "owner_id")
        .annotate(
            tries=Count("pk"),
            right=Count("pk", filter=Q(result=Result.RIGHT)),
            best=Max("points"),
            hints=Sum("hints_used"),
            seconds=Avg("taken", filter=Q(taken__lt=_LONGEST_S)),
        )
    )
    return cast(Iterable[dict[str, Any]], rows)


def _one(row: dict[str, Any], assigned: AssignedProblem) -> Tried:
    most, best = float(assigned.points), row["best"]
    share = None if best is None else min(1.0, float(best) / most) if most else 1.0
    return Tried(row["tries"], row["right"] > 0, share, row["hints"], row["seconds"])


def _student(
    student: User, tried: dict[UUID, Tried], problems: dict[UUID, ProblemFigures], most: float
) -> StudentFigures:
    points = sum(
        (one.share or 0.0) * float(problems[key].assigned.points) for key, one in tried.items()
    )
    return StudentFigures(
        student,
        points,
        points / most if most else 0.0,
        len(tried),
        sum(one.tries for one in tried.values()),
        sum(one.hints for one in tried.values()),
    )


def _assignments(
    students: list[User],
    by_student: dict[int, dict[UUID, Tried]],
    problems: dict[UUID, ProblemFigures],
) -> list[AssignmentFigures]:
    found: dict[UUID, list[ProblemFigures]] = defaultdict(list)
    for one in problems.values():
        found[one.assigned.assignment_id].append(one)
    figures = []
    for own in found.values():
        keys = {one.assigned.pk for one in own}
        handed_in = sum(bool(keys & by_student[student.pk].keys()) for student in students)
        most = sum(float(one.assigned.points) for one in own) * max(len(students), 1)
        reached = sum(
            (tried.share or 0.0) * float(one.assigned.points) for one in own for tried in one.tried
        )
        share = reached / most if most else 0.0
        figures.append(AssignmentFigures(own[0].assigned.assignment, handed_in, share))
    return figures


def _share(claims: Iterable[bool]) -> float:
    found = list(claims)
    return sum(found) / len(found) if found else 0.0
