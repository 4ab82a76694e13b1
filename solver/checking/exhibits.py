"""What each kind of check has to show for itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from solver.checking.equivalence import Judgement
from solver.checking.evidence import Evidence, Outcome
from solver.checking.finding import Equality
from solver.checking.samples_run import CaseVerdict, Table
from solver.checking.voting import Vote


class Source(StrEnum):
    REFERENCE = "reference"
    EVIDENCE = "evidence"
    TESTS = "tests"
    VOTE = "vote"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One check: what was done, what came of it, and whether that decides.

    `lines` are sentences for people, with LaTeX between dollars; `rows` is a table (of tests:
    number, input, expected, got, verdict, time_s, reason; of a vote: number, answer, verdict,
    agrees, shown, tokens, note).
    """

    source: Source
    title: str
    outcome: Outcome
    decides: bool
    lines: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def without_deciding(self, why: str) -> "Exhibit":
        """The same check where a doubt remains, which is shown with it."""
        return replace(self, decides=False, lines=(*self.lines, why))


def of_judgement(judgement: Judgement) -> Exhibit:
    """A comparison with a reference answer."""
    outcome = {
        Equality.EQUAL: Outcome.CONFIRMED,
        Equality.DIFFERENT: Outcome.REFUTED,
        Equality.CANNOT_TELL: Outcome.OPEN,
    }[judgement.verdict]
    return Exhibit(
        Source.REFERENCE,
        "comparison with the reference answer",
        outcome,
        decides=outcome is not Outcome.OPEN,
        lines=(judgement.reason,),
    )


def of_evidence(evidence: Evidence) -> Exhibit | None:
    """None where the problem was not understood: there is nothing to show."""
    if not evidence.read_as:
        return None
    lines = (f"The problem was read as: {evidence.read_as}.", *evidence.lines)
    title = evidence.method or "machine check"
    return Exhibit(Source.EVIDENCE, title, evidence.outcome, evidence.decides, lines)


# Not the time limit: on a busy machine a right program may run into it.
_WRONG = frozenset(CaseVerdict) - {
    CaseVerdict.PASSED,
    CaseVerdict.NOT_RUN,
    CaseVerdict.TIME_LIMIT,
}


def of_tests(table: Table) -> Exhibit:
    """Runs of a program. One that fails a test is wrong; one that passes all is `checked` by them,
    and the summary says that other inputs were not tried.
    """
    rows = tuple({**asdict(row), "verdict": row.verdict.value} for row in table.rows)
    outcome = Outcome.CONFIRMED if table.all_passed else Outcome.OPEN
    if table.compile_error or any(row.verdict in _WRONG for row in table.rows):
        outcome = Outcome.REFUTED
    return Exhibit(
        Source.TESTS,
        f"tests {table.passed} of {table.total}",
        outcome,
        decides=outcome is not Outcome.OPEN,
        lines=(table.summary, *([table.compile_error] if table.compile_error else [])),
        rows=rows,
    )


def not_run(why: str) -> Exhibit:
    """A program that was not run, and the reason."""
    return Exhibit(Source.TESTS, "tests not run", Outcome.OPEN, decides=False, lines=(why,))


def of_vote(vote: Vote) -> Exhibit:
    """Samples of one model: they never decide, since they share its mistakes."""
    line = (
        "The samples do not agree on one answer."
        if vote.is_unsure
        else f"{vote.agreeing} of {vote.of} samples gave this answer."
    )
    return Exhibit(Source.VOTE, f"{vote.method} vote", Outcome.OPEN, decides=False, lines=(line,))


def deciding(exhibits: Sequence[Exhibit], outcome: Outcome) -> bool:
    """Whether one of them decides for `outcome`."""
    return any(found.decides and found.outcome is outcome for found in exhibits)
