"""Where a problem's hints come from: a checked solution of it, or one that is made for them.

Anybody's solution of that very problem will do whose verdict is `checked`; where the class has a
reference, one whose answer equals it and that nothing contradicts. Where there is none the problem
is solved in the background, in a teacher's name and at low priority, one solution after the other
and three at most.
"""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import MemberRole, Role, User
from solver.checking.answers import final_answer
from solver.models.assignment import AssignedProblem
from solver.models.hint import HintSet, HintState
from solver.models.problem import Kind
from solver.models.solution import Priority, Solution, State, Verdict
from solver.running import submit
from solver.running.grading import judged
from solver.running.hints.drawing import draw

logger = structlog.get_logger(__name__)

MOST_TRIES = 3
# Between claiming a try and its row in the queue: two requests at once make one.
CLAIM_HOLDS = timedelta(seconds=30)
LOOKED_AT = 5
SETTLED_AT_ONCE = 50


def hint_set_of(assigned: AssignedProblem) -> HintSet | None:
    expected = assigned.expected_sha256
    return HintSet.objects.filter(problem=assigned.problem_id, expected=expected).first()


def prepare(assigned: AssignedProblem) -> HintSet:
    """Draw the hints where a checked solution is there, else see that one is made.

    May be called any number of times. Compares answers: not within a transaction.
    """
    found, _ = HintSet.objects.get_or_create(
        problem=assigned.problem, expected=assigned.expected_sha256
    )
    if found.state == HintState.READY:
        return found
    drawn = next(_drawn(assigned), None)
    if drawn is None:
        _see_to_a_solution(found, assigned)
    else:
        solution, texts = drawn
        HintSet.objects.filter(pk=found.pk).exclude(state=HintState.READY).update(
            state=HintState.READY, texts=texts, solution=solution
        )
    found.refresh_from_db()
    return found


def settle() -> int:
    """Take up what background solutions have brought; gives how many sets were looked at."""
    waiting = HintSet.objects.filter(state=HintState.PREPARING).select_related("problem")
    sets = list(waiting.order_by("tried_at")[:SETTLED_AT_ONCE])
    for one in sets:
        assigned = next(_assigned_of(one), None)
        if assigned is None:
            HintSet.objects.filter(pk=one.pk).update(state=HintState.UNASKED)
        else:
            prepare(assigned)
    return len(sets)


def _assigned_of(hint_set: HintSet) -> Iterator[AssignedProblem]:
    rows = hint_set.problem.assigned.select_related("problem", "assignment__classroom")
    return (one for one in rows if one.expected_sha256 == hint_set.expected)


# -- Drawing --------------------------------------------------------------------------------


def _drawn(assigned: AssignedProblem) -> Iterator[tuple[Solution, list[str]]]:
    """The solutions that give at least one hint, the newest first, with what they give."""
    kind = assigned.problem.kind
    done = Solution.objects.filter(problem=assigned.problem, state=State.DONE)
    if kind == Kind.MATHS and assigned.reference_answer:
        # The comparison that `_fits` makes is a check, and the class's own.
        done = done.exclude(verdict=Verdict.CONTRADICTED)
    else:
        done = done.filter(verdict=Verdict.CHECKED)
    for solution in done.order_by("-finished_at", "-pk")[:LOOKED_AT]:
        if _fits(assigned, solution):
            texts = draw(solution.text, kind, _secrets(assigned, solution))
            if texts:
                yield solution, texts


def _fits(assigned: AssignedProblem, solution: Solution) -> bool:
    """Whether it was checked by what this class's answers are graded by."""
    problem = assigned.problem
    if problem.kind == Kind.CODE:
        return all(test in problem.tests for test in assigned.tests)
    return not assigned.reference_answer or judged(assigned, solution.answer).is_equal


def _secrets(assigned: AssignedProblem, solution: Solution) -> list[str]:
    """All that a hint must not say."""
    known = [
        solution.answer,
        assigned.reference_answer,
        assigned.problem.reference_answer,
        *assigned.accepted_forms,
    ]
    # A program's solution may end with any line of its explanation.
    if assigned.problem.kind == Kind.MATHS and (found := final_answer(solution.text)):
        known += found.parts
    return [one for one in known if one.strip()]


# -- A solution in the background -------------------------------------------------------------


def _see_to_a_solution(found: HintSet, assigned: AssignedProblem) -> None:
    made = Solution.objects.filter(problem=assigned.problem_id, priority=Priority.BATCH)
    if made.open().exists():
        HintSet.objects.filter(pk=found.pk).update(state=HintState.PREPARING)
    elif not _claim_try(found):
        _give_up(found)
    elif not _queue(assigned):
        HintSet.objects.filter(pk=found.pk).update(state=HintState.NONE)


def _claim_try(found: HintSet) -> bool:
    now = timezone.now()
    free = Q(tried_at=None) | Q(tried_at__lt=now - CLAIM_HOLDS)
    mine = HintSet.objects.filter(free, pk=found.pk, tries__lt=MOST_TRIES)
    return bool(mine.update(tries=F("tries") + 1, tried_at=now, state=HintState.PREPARING))


def _give_up(found: HintSet) -> None:
    """All tries are used; the last one had the time to reach the queue, and to be looked at."""
    over = Q(tries__gte=MOST_TRIES, tried_at__lt=timezone.now() - CLAIM_HOLDS)
    HintSet.objects.filter(over, pk=found.pk).update(state=HintState.NONE)


def _queue(assigned: AssignedProblem) -> bool:
    teacher = _teacher_of(assigned)
    if teacher is None:
        return False
    try:
        submit.solve_assigned(assigned, teacher, Priority.BATCH)
    except ValidationError as refusal:
        # They attend another class that was set the same problem.
        logger.warning("hints_not_prepared", assigned=str(assigned.pk), why=refusal.messages)
        return False
    return True


def _teacher_of(assigned: AssignedProblem) -> User | None:
    """Who set it, or else the first of those who teach the class."""
    assignment = assigned.assignment
    teachers = User.objects.filter(
        role=Role.TEACHER,
        memberships__classroom=assignment.classroom_id,
        memberships__role=MemberRole.TEACHER,
    ).order_by("pk")
    return teachers.filter(assignments_made=assignment).first() or teachers.first()
