"""All that a teacher needs to review one attempt or solution, on one page."""

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, When
from django.http import QueryDict

from accounts.models import User
from solver.admin import review_form
from solver.live.cards import cards
from solver.models import (
    Appeal,
    AppealState,
    Attempt,
    NoteTarget,
    Problem,
    Review,
    ReviewChange,
    RubricItem,
    SavedComment,
    Solution,
    State,
    Verdict,
)
from solver.models.problem import Kind as ProblemKind
from solver.running.review_draft import graded_points
from solver.running.review_reasons import reasons_of
from solver.running.reviewable import Subject

# Longer answers are shown whole, without a number before each line.
NUMBERED_LINES = 1_000
SHOWN_CHANGES = 100
BEST_FIRST = (Verdict.CHECKED, Verdict.AGREES, Verdict.UNCHECKED, Verdict.CONTRADICTED)


def attempts() -> QuerySet[Attempt]:
    return Attempt.objects.select_related(
        "owner", "upload", "assigned__problem", "assigned__assignment__classroom"
    )


def solutions() -> QuerySet[Solution]:
    return Solution.objects.select_related("owner", "problem")


def context(
    subject: Subject, teacher: User, typed: QueryDict | None, hides_names: bool
) -> dict[str, Any]:
    review = _review(subject)
    found = {
        "review": review,
        "seen": review.revision if review else 0,
        "reasons": reasons_of([subject])[subject.pk],
        "typed": review_form.shown(typed, review),
        "saved_comments": SavedComment.objects.filter(owner=teacher),
        "changes": _changes(review),
    }
    if isinstance(subject, Attempt):
        return found | _of_attempt(subject, teacher, hides_names, review)
    return found | _of_solution(subject, hides_names, review)


def _of_attempt(
    attempt: Attempt, teacher: User, hides_names: bool, review: Review | None
) -> dict[str, Any]:
    assigned = attempt.assigned
    problem, assignment = assigned.problem, assigned.assignment
    solution = _best_solution(problem, teacher)
    return {
        "attempt": attempt,
        "note_target": NoteTarget.LINE,
        "problem": problem,
        "assigned": assigned,
        "assignment": assignment,
        "is_blind": review is None and (assignment.is_blind or hides_names),
        "is_code": problem.kind == ProblemKind.CODE,
        "lines": _lines(attempt.text),
        "graded_points": graded_points(attempt),
        "reference": assigned.reference_answer or problem.reference_answer,
        "rubric": RubricItem.objects.filter(assigned=assigned),
        "appeal": Appeal.objects.filter(attempt=attempt).select_related("handler").first(),
        "open_state": AppealState.OPEN,
        "earlier": _earlier(attempt),
        "solution": solution,
        "worked": cards(solution.text, True) if solution else None,
    }


def _of_solution(solution: Solution, hides_names: bool, review: Review | None) -> dict[str, Any]:
    return {
        "problem": solution.problem,
        "note_target": NoteTarget.STEP,
        "reference": solution.problem.reference_answer,
        "is_blind": review is None and hides_names,
        "solution": solution,
        "worked": cards(solution.text, solution.is_final),
        "reports": solution.reports.select_related("person"),
        "shares": solution.shares.select_related("classroom"),
    }


def _review(subject: Subject) -> Review | None:
    about = {"attempt" if isinstance(subject, Attempt) else "solution": subject}
    rows = Review.objects.select_related("reviewer").prefetch_related("marks", "notes")
    return rows.filter(**about).first()


def _changes(review: Review | None) -> QuerySet[ReviewChange] | None:
    if review is None:
        return None
    return review.changes.select_related("by").order_by("-at", "-id")[:SHOWN_CHANGES]


def _best_solution(problem: Problem, teacher: User) -> Solution | None:
    """The newest one with the best verdict, among those that this teacher may see."""
    order = Case(
        *(When(verdict=verdict, then=place) for place, verdict in enumerate(BEST_FIRST)),
        output_field=IntegerField(),
    )
    rows = solutions().visible_to(teacher)  # type: ignore[attr-defined]
    done = rows.filter(problem=problem, state=State.DONE, explains=None)
    best: Solution | None = done.order_by(order, "-created_at").first()
    return best


def _earlier(attempt: Attempt) -> QuerySet[Attempt]:
    others = Attempt.objects.handed_in().filter(assigned=attempt.assigned_id, owner=attempt.owner)
    rows = others.exclude(pk=attempt.pk).select_related("review__reviewer")
    return rows.defer("evidence").order_by("number")


def _lines(text: str) -> list[str] | None:
    lines = text.splitlines()
    return lines if len(lines) <= NUMBERED_LINES else None
