"""Right, wrong or cannot tell: an attempt is graded by the same checks as a solution.

Points: all of them for a right answer, none for a wrong one, open where a person has to look. Late
work loses the assignment's per cent for each day begun. A reviewer's points win over these.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from solver.checking.answers import Source, final_answer
from solver.checking.equivalence import Judgement, judge
from solver.checking.evidence import Outcome, gather
from solver.checking.examples import examples
from solver.checking.exhibits import Exhibit, not_run, of_evidence, of_judgement, of_tests
from solver.checking.finding import Equality
from solver.checking.oracle import shared_oracle
from solver.checking.samples_cases import Case
from solver.checking.samples_run import Answer, check_program
from solver.checking.sandbox import SandboxUnavailable
from solver.checking.verdict import Label, rule
from solver.models.assignment import AssignedProblem, LatePolicy
from solver.models.attempt import HANDED_IN, Attempt, AttemptState, Result
from solver.models.notification import NotificationKind
from solver.models.problem import Kind
from solver.models.review import Review
from solver.running import tickets
from solver.running.notify import notify
from solver.running.verdict import sandbox

DAY_S = 86_400
CENT = Decimal("0.01")
UNGRADED_AFTER = timedelta(seconds=20)
UNGRADED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Grade:
    result: Result
    exhibits: tuple[Exhibit, ...]


def grade(attempt_id: uuid.UUID) -> bool:
    """Grade what was handed in and not graded against the present reference; false: nothing to do.

    May be called any number of times, from several processes: one of them writes each grade.
    """
    attempt = _attempt(attempt_id)
    changed = False
    # The reference may be corrected while we work: then what we found is stale.
    while attempt is not None and attempt.graded_against != attempt.assigned.reference_sha256:
        found = examine(attempt)
        changed = _write(attempt, found, attempt.assigned.reference_sha256) or changed
        attempt = _attempt(attempt_id)
    return changed


def regrade(assigned: AssignedProblem) -> int:
    """Grade every attempt again that stands on an older reference; gives how many changed."""
    sha = AssignedProblem.objects.get(pk=assigned.pk).reference_sha256
    stale = assigned.attempts.handed_in().exclude(graded_against=sha)
    return sum(grade(attempt_id) for attempt_id in stale.values_list("pk", flat=True))


def regrade_later(assigned_id: uuid.UUID) -> None:
    """What an answer is graded against was changed: say so in its rows, and wake a worker."""
    stale = Attempt.objects.filter(assigned=assigned_id, state=AttemptState.GRADED)
    if stale.update(graded_against=""):
        transaction.on_commit(partial(tickets.regrade, assigned_id))


def grade_owed() -> int:
    """Attempts whose message was lost; gives how many were graded."""
    before = timezone.now() - UNGRADED_AFTER
    owed = Attempt.objects.filter(graded_against="", submitted_at__lt=before)
    keys = list(owed.order_by("submitted_at").values_list("pk", flat=True)[:UNGRADED_AT_ONCE])
    return sum(map(grade, keys))


def settle(attempt_id: uuid.UUID) -> None:
    """Let a review's points count, or the machine's again where a review names none."""
    attempt = Attempt.objects.get(pk=attempt_id)
    Attempt.objects.filter(pk=attempt_id).update(
        points=_counting(attempt, attempt.raw_points, attempt.penalty)
    )


def late_penalty(assigned: AssignedProblem, raw: Decimal, late_s: int) -> Decimal:
    """Points off: the assignment's per cent for each day begun, all of them at most."""
    assignment = assigned.assignment
    if late_s == 0 or assignment.late_policy != LatePolicy.PENALTY:
        return Decimal(0)
    days = -(-late_s // DAY_S)
    percent = min(100, assignment.late_percent_per_day * days)
    return (raw * percent / 100).quantize(CENT, ROUND_HALF_UP)


# -- What the checks say --------------------------------------------------------------------


def examine(attempt: Attempt) -> Grade:
    """Everything that was done to grade it. Runs programs: not within a transaction."""
    if not attempt.text.strip():
        why = _("The answer is a file: a teacher reads it.")
        return Grade(Result.CANNOT_TELL, (not_run(why),))
    if attempt.assigned.problem.kind == Kind.CODE:
        return _graded(_tried(attempt))
    return _graded(_compared(attempt))


def _graded(exhibits: Sequence[Exhibit]) -> Grade:
    confirmed = any(one.decides and one.outcome is Outcome.CONFIRMED for one in exhibits)
    label = rule(exhibits).label
    # One check for and one against it: most likely the reference is wrong. A person looks.
    if label is Label.CONTRADICTED and not confirmed:
        return Grade(Result.WRONG, tuple(exhibits))
    if label is Label.CHECKED:
        return Grade(Result.RIGHT, tuple(exhibits))
    return Grade(Result.CANNOT_TELL, tuple(exhibits))


def answer_in(text: str) -> str:
    """What is graded: the box, or what follows "the answer is", or else the whole last line."""
    found = final_answer(text)
    if found is not None and found.source in {Source.BOX, Source.WORDS}:
        return found.text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _compared(attempt: Attempt) -> list[Exhibit]:
    answer = answer_in(attempt.text)
    assigned = attempt.assigned
    exhibits = []
    if assigned.reference_answer:
        exhibits.append(of_judgement(judged(assigned, answer)))
    shown = of_evidence(gather(assigned.problem.text, answer, shared_oracle()))
    if shown is not None:
        exhibits.append(shown)
    return exhibits


def judged(assigned: AssignedProblem, answer: str) -> Judgement:
    """Against the reference and every accepted form: one that fits is enough, and one that cannot
    be told keeps the answer from being called wrong.
    """
    judgements = []
    for form in [assigned.reference_answer, *assigned.accepted_forms]:
        judgement = judge(form, answer)
        if judgement.is_equal:
            return judgement
        judgements.append(judgement)
    doubts = [one for one in judgements if one.verdict is Equality.CANNOT_TELL]
    return (doubts or judgements)[0]


def _tried(attempt: Attempt) -> list[Exhibit]:
    assigned = attempt.assigned
    cases = shown_cases(assigned) + [
        Case(case.get("input", ""), case.get("expected", "")) for case in assigned.tests
    ]
    if not cases:
        return [not_run(_("The problem has no tests: a teacher looks at the program."))]
    answer = Answer(attempt.language or "python", attempt.text, budget_s=settings.TESTS_BUDGET_S)
    try:
        return [of_tests(check_program(sandbox(), answer, cases))]
    except (SandboxUnavailable, ValueError) as error:
        return [not_run(str(error))]


def shown_cases(assigned: AssignedProblem) -> list[Case]:
    """The examples that the statement itself gives away."""
    return [
        Case(example.input, example.output)
        for example in examples(assigned.problem.text)
        if not example.is_call
    ]


# -- Writing it down ------------------------------------------------------------------------


def _attempt(attempt_id: uuid.UUID) -> Attempt | None:
    attempts = Attempt.objects.select_related("owner", "assigned__problem", "assigned__assignment")
    return attempts.filter(pk=attempt_id, state__in=HANDED_IN).first()


def _write(attempt: Attempt, found: Grade, sha: str) -> bool:
    """Act only where the row is still the one that was read; tell the student of a change."""
    raw, penalty = _points(attempt, found.result)
    values: dict[str, Any] = {
        "state": AttemptState.GRADED,
        "result": found.result,
        "evidence": [exhibit.as_json() for exhibit in found.exhibits],
        "raw_points": raw,
        "penalty": penalty,
        "points": _counting(attempt, raw, penalty),
        "graded_at": timezone.now(),
        "graded_against": sha,
    }
    was_graded = attempt.is_graded
    same = Attempt.objects.filter(
        pk=attempt.pk, state=attempt.state, graded_against=attempt.graded_against
    )
    with transaction.atomic():
        if not same.update(**values):
            return False
        is_news = (attempt.result, attempt.points) != (values["result"], values["points"])
        if was_graded and is_news:
            _tell(attempt)
    return is_news or not was_graded


def _points(attempt: Attempt, result: Result) -> tuple[Decimal | None, Decimal]:
    if result == Result.CANNOT_TELL:
        return None, Decimal(0)
    raw = attempt.assigned.points if result == Result.RIGHT else Decimal(0)
    return raw, late_penalty(attempt.assigned, raw, attempt.late_s)


def _counting(attempt: Attempt, raw: Decimal | None, penalty: Decimal) -> Decimal | None:
    review = Review.objects.filter(attempt=attempt).only("points").first()
    if review is not None and review.points is not None:
        return review.points
    return None if raw is None else raw - penalty


def _tell(attempt: Attempt) -> None:
    title = attempt.assigned.problem.title
    notify(
        attempt.owner,
        NotificationKind.REGRADED,
        _("Your answer was graded again: %(title)s") % {"title": title},
        reverse("attempt", args=[attempt.pk]),
        about=f"regraded:{attempt.pk}:{attempt.graded_at}",
    )
