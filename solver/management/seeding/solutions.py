"""Problems that students typed, and what the model made of them."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from accounts.models import User
from solver.management.seeding import texts
from solver.management.seeding.people import BATCH, School
from solver.models import Feedback, Problem, Report, Share, Solution, State, Thumb, Verdict

DAYS = 120
MODELS = (("VibeThinker-1.5B", 5), ("VibeThinker-3B", 1))
VERSIONS = (("v1", 2), ("v2", 5), ("built-in", 1))
VERDICTS = (
    (Verdict.CHECKED, 55),
    (Verdict.UNCHECKED, 24),
    (Verdict.AGREES, 14),
    (Verdict.CONTRADICTED, 7),
)
STATES = ((State.DONE, 95), (State.FAILED, 3), (State.CANCELLED, 2))
# How many ask in each hour of the day, against each other.
HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 9, 10, 10, 9, 7, 9, 10, 10, 12, 13, 12, 12, 11, 8, 5, 2)


def make_solutions(count: int, school: School, now: datetime, chance: Random) -> None:
    classes_of = _classes_of(school)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        problems, solutions = [], []
        for _number in range(size):
            problem, solution = _one(chance.choice(school.students), now, chance)
            problems.append(problem)
            solutions.append(solution)
        Problem.objects.bulk_create(problems)
        Solution.objects.bulk_create(solutions)
        _say_something(solutions, classes_of, chance)


def moment(now: datetime, chance: Random, days: int = DAYS) -> datetime:
    """On a school day more often than not, and rarely at night."""
    day = now - timedelta(days=chance.randint(1, days))
    if day.weekday() > 4 and chance.random() < 0.6:
        day -= timedelta(days=2)
    hour = chance.choices(range(24), HOURS)[0]
    return day.replace(hour=hour, minute=chance.randint(0, 59), second=chance.randint(0, 59))


def identity(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _one(owner: User, now: datetime, chance: Random) -> tuple[Problem, Solution]:
    task, asked_at = texts.task(chance), moment(now, chance)
    problem = Problem(
        id=identity(chance), owner=owner, kind=task.kind, text=task.text, created_at=asked_at
    )
    waited, solved = chance.expovariate(1 / 4), 5 + chance.expovariate(1 / 45)
    started = asked_at + timedelta(seconds=waited)
    finished = started + timedelta(seconds=solved)
    state, verdict = _pick(STATES, chance), _pick(VERDICTS, chance)
    is_done = state == State.DONE
    text = texts.worked(task, chance) if is_done else ""
    return problem, Solution(
        id=identity(chance),
        problem=problem,
        owner=owner,
        state=state,
        route=task.kind,
        model=_pick(MODELS, chance),
        prompt_name="maths solver" if task.kind == "maths" else "code solver",
        prompt_version=_pick(VERSIONS, chance),
        text=text,
        answer=task.answer if is_done else "",
        verdict=verdict if is_done else Verdict.UNCHECKED,
        error="" if state != State.FAILED else "The model ran out of memory.",
        prompt_tokens=len(task.text) // 3 + 40,
        completion_tokens=int(solved * 30),
        created_at=asked_at,
        queued_at=asked_at,
        started_at=started,
        first_token_at=started + timedelta(seconds=0.2),
        finished_at=finished,
        told_at=finished,
        archived_at=finished,
    )


def _say_something(
    solutions: list[Solution], classes_of: dict[int, list[int]], chance: Random
) -> None:
    reports, shares, thumbs = [], [], []
    for one in solutions:
        drawn = chance.random()
        if drawn < 0.004:
            reports.append(Report(solution=one, person=one.owner, step_index=chance.randint(0, 3)))
        elif drawn < 0.006 and classes_of.get(one.owner_id):
            key = chance.choice(classes_of[one.owner_id])
            shares.append(Share(solution=one, classroom_id=key, note="I do not see why."))
        elif drawn < 0.1:
            thumb = Thumb.UP if chance.random() < 0.7 else Thumb.DOWN
            thumbs.append(Feedback(solution=one, person=one.owner, thumb=thumb))
    Report.objects.bulk_create(reports)
    Share.objects.bulk_create(shares)
    Feedback.objects.bulk_create(thumbs)


def _classes_of(school: School) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, students in school.attended.items():
        for student in students:
            found.setdefault(student.pk, []).append(key)
    return found


def _pick(weighted: tuple[tuple[str, int], ...], chance: Random) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(chance.choices(names, weights)[0])
