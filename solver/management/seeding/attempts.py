"""Assignments, what students handed in, and what teachers said to it."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random

from accounts.models import User
from solver.management.seeding import texts
from solver.management.seeding.people import BATCH, School
from solver.management.seeding.solutions import identity, moment
from solver.management.seeding.texts import Task
from solver.models import (
    Appeal,
    AssignedProblem,
    Assignment,
    Attempt,
    AttemptState,
    Decision,
    Kind,
    Problem,
    Result,
    Review,
    ReviewChange,
    RubricItem,
)

PROBLEMS_AN_ASSIGNMENT = 3
RUBRIC = (
    ("The way is right", "1"),
    ("A slip in the calculation", "-0.5"),
    ("No reason given", "-0.5"),
)

Given = tuple[AssignedProblem, Task, list[User], datetime]


def make_attempts(count: int, school: School, now: datetime, chance: Random) -> None:
    given = _assignments(count, school, now, chance)
    rows = _attempts(given, now, chance)
    left = count
    while left > 0 and (batch := list(islice(rows, min(BATCH, left)))):
        Attempt.objects.bulk_create(batch)
        _say_something(batch, chance)
        left -= len(batch)


def _assignments(count: int, school: School, now: datetime, chance: Random) -> list[Given]:
    """So many that about one student in two hands in something for each problem."""
    a_class = count / len(school.classrooms)
    students = min(len(found) for found in school.attended.values())
    per_class = max(1, math.ceil(a_class / (students * PROBLEMS_AN_ASSIGNMENT)))
    assignments, problems, given = [], [], []
    for classroom in school.classrooms:
        teacher = school.taught[classroom.pk][0]
        for number in range(per_class):
            opened = moment(now, chance, 100) - timedelta(days=10)
            due = opened + timedelta(days=chance.choice((3, 7, 14, 60)))
            assignment = Assignment(
                id=identity(chance),
                classroom=classroom,
                title=f"Sheet {number + 1}",
                created_by=teacher,
                created_at=opened,
                opens_at=opened,
                due_at=due,
                is_blind=chance.random() < 0.1,
            )
            assignments.append(assignment)
            for place in range(PROBLEMS_AN_ASSIGNMENT):
                task = texts.task(chance)
                problem = _problem(task, teacher, opened, chance)
                problems.append(problem)
                assigned = _assigned(assignment, problem, task, place, chance)
                given.append((assigned, task, school.attended[classroom.pk], opened))
    Assignment.objects.bulk_create(assignments, batch_size=BATCH)
    Problem.objects.bulk_create(problems, batch_size=BATCH)
    AssignedProblem.objects.bulk_create([one[0] for one in given], batch_size=BATCH)
    RubricItem.objects.bulk_create(
        [
            RubricItem(assigned=one[0], text=text, points=Decimal(points), position=place)
            for one in given
            for place, (text, points) in enumerate(RUBRIC)
        ],
        batch_size=BATCH,
    )
    return given


def _problem(task: Task, teacher: User, at: datetime, chance: Random) -> Problem:
    return Problem(
        id=identity(chance),
        owner=teacher,
        kind=task.kind,
        text=task.text,
        reference_answer="" if task.kind == Kind.CODE else task.answer,
        created_at=at,
    )


def _assigned(
    assignment: Assignment, problem: Problem, task: Task, place: int, chance: Random
) -> AssignedProblem:
    return AssignedProblem(
        id=identity(chance),
        assignment=assignment,
        problem=problem,
        position=place,
        points=Decimal(chance.choice((1, 2, 4))),
        reference_answer=problem.reference_answer,
        tests=[{"input": "2\n", "expected": "4\n"}] if task.kind == Kind.CODE else [],
    )


def _attempts(given: list[Given], now: datetime, chance: Random) -> Iterator[Attempt]:
    """Round by round, so that every class has some at any count: first tries, then more."""
    for number in range(1, 20):
        for assigned, task, students, opened in given:
            for student in students:
                if chance.random() < (0.85 if number == 1 else 0.3):
                    yield _attempt(assigned, task, student, number, opened, chance)


def _attempt(
    assigned: AssignedProblem,
    task: Task,
    student: User,
    number: int,
    opened: datetime,
    chance: Random,
) -> Attempt:
    result = Result(chance.choices(("right", "wrong", "cannot_tell"), (58, 33, 9))[0])
    began = opened + timedelta(minutes=chance.randint(60, 4_000) + 30 * number)
    submitted = began + timedelta(minutes=chance.randint(1, 50))
    raw = {Result.RIGHT: assigned.points, Result.WRONG: Decimal(0)}.get(result)
    weights = range(len(task.wrong), 0, -1)
    wrong = chance.choices(task.wrong, weights)[0]
    text = {Result.RIGHT: chance.choice(task.right), Result.WRONG: wrong}.get(
        result, "See my sketch."
    )
    return Attempt(
        id=identity(chance),
        assigned=assigned,
        owner=student,
        number=number,
        state=AttemptState.GRADED,
        text=text,
        language="python" if task.kind == Kind.CODE else "",
        receipt=f"{chance.getrandbits(60):015X}",
        created_at=began,
        updated_at=submitted,
        submitted_at=submitted,
        result=result,
        raw_points=raw,
        points=raw,
        graded_at=submitted,
        graded_against=assigned.reference_sha256,
        hints_used=chance.choices((0, 1, 2, 3), (60, 22, 12, 6))[0],
        asked_for_person=chance.random() < 0.01,
    )


def _say_something(attempts: list[Attempt], chance: Random) -> None:
    reviews, appeals = [], []
    for one in attempts:
        drawn = chance.random()
        teacher = one.assigned.assignment.created_by
        at = (one.submitted_at or one.created_at) + timedelta(hours=20)
        if drawn < 0.15:
            review = Review(
                id=identity(chance),
                attempt=one,
                reviewer=teacher,
                decision=Decision.CHANGED if one.raw_points is None else Decision.ACCEPTED,
                points=one.assigned.points / 2 if one.raw_points is None else None,
                comment=chance.choice(("", "Well done.", "Say why.", "Look at the sign again.")),
                created_at=at,
                updated_at=at,
            )
            reviews.append(review)
        elif drawn < 0.16:
            appeals.append(Appeal(id=identity(chance), attempt=one, reason="Equal!", at=at))
    Review.objects.bulk_create(reviews)
    ReviewChange.objects.bulk_create(
        ReviewChange(
            review=one, by=one.reviewer, at=one.created_at, what="decision", after=one.decision
        )
        for one in reviews
    )
    Appeal.objects.bulk_create(appeals)
