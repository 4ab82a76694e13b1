"""How much of the evidence a student is shown while the class still works on the problem.

Checks name the right answer, and tests hold it: until worked solutions may be seen, a wrong answer
gets the examples of the statement and no more than the outcome of everything else.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from solver.checking.evidence import Outcome
from solver.checking.exhibits import Source
from solver.models import Attempt, Result
from solver.running.grading import shown_cases

Exhibit = dict[str, Any]
HIDDEN = ("input", "expected", "got", "reason")


def evidence_for_student(attempt: Attempt, now: datetime) -> list[Exhibit]:
    assignment = attempt.assigned.assignment
    if assignment.may_solve(now) or assignment.is_over(now):
        return list(attempt.evidence)
    given = len(shown_cases(attempt.assigned))
    is_right = attempt.result == Result.RIGHT
    return [_cut(exhibit, given, is_right=is_right) for exhibit in attempt.evidence]


def _cut(exhibit: Exhibit, given: int, *, is_right: bool) -> Exhibit:
    if exhibit.get("rows"):
        rows = [_row(row, given) for row in exhibit["rows"]]
        return {**exhibit, "rows": rows}
    if is_right or exhibit["source"] == Source.TESTS:
        return exhibit
    return {**exhibit, "lines": [_outcome(exhibit)]}


def _row(row: Mapping[str, Any], given: int) -> dict[str, Any]:
    """A test that the statement does not show says only how it went."""
    if row["number"] <= given:
        return dict(row)
    return {**row, **dict.fromkeys(HIDDEN, ""), "input": _("not shown")}


def _outcome(exhibit: Exhibit) -> str:
    words = {
        Outcome.CONFIRMED: _("This check speaks for your answer."),
        Outcome.REFUTED: _("This check speaks against your answer."),
        Outcome.OPEN: _("This check could not decide."),
    }
    return words[Outcome(exhibit["outcome"])]
