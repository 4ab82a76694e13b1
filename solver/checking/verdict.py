"""From what was done to check an answer to the one word that labels it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from solver.checking.evidence import Evidence, Outcome
from solver.checking.voting import Vote


class Label(StrEnum):
    CHECKED = "checked"
    AGREES = "agrees"
    CONTRADICTED = "contradicted"
    UNCHECKED = "unchecked"


class Source(StrEnum):
    REFERENCE = "reference"
    EVIDENCE = "evidence"
    TESTS = "tests"
    VOTE = "vote"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One check: what was done, what came of it, and whether that decides.

    `lines` are sentences for people; `rows` is a table (for tests: input, expected, got, time).
    """

    source: Source
    title: str
    outcome: Outcome
    decides: bool
    lines: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The label and everything that it rests on."""

    label: Label
    exhibits: tuple[Exhibit, ...]
    agreeing: int = 0
    of: int = 0


def rule(exhibits: Sequence[Exhibit], vote: Vote | None = None) -> Ruling:
    """One check against the answer outweighs any number for it: no false `checked`.

    Votes only ever give `agrees`, and only where more than half of the samples agree.
    """
    every = tuple(exhibits) if vote is None else (*exhibits, _of_vote(vote))
    against = any(found.decides and found.outcome is Outcome.REFUTED for found in exhibits)
    in_favour = any(found.decides and found.outcome is Outcome.CONFIRMED for found in exhibits)
    agreeing, of = (vote.agreeing, vote.of) if vote else (0, 0)
    if against:
        return Ruling(Label.CONTRADICTED, every, agreeing, of)
    if in_favour:
        return Ruling(Label.CHECKED, every, agreeing, of)
    if vote is not None and not vote.is_unsure and 2 * vote.agreeing > vote.of > 1:
        return Ruling(Label.AGREES, every, agreeing, of)
    return Ruling(Label.UNCHECKED, every, agreeing, of)


def of_evidence(evidence: Evidence) -> Exhibit | None:
    """None where the problem was not understood: there is nothing to show."""
    if not evidence.read_as:
        return None
    lines = (f"The problem was read as: {evidence.read_as}.", *evidence.lines)
    title = evidence.method or "machine check"
    return Exhibit(Source.EVIDENCE, title, evidence.outcome, evidence.decides, lines)


def _of_vote(vote: Vote) -> Exhibit:
    line = (
        "The samples do not agree on one answer."
        if vote.is_unsure
        else f"{vote.agreeing} of {vote.of} samples gave this answer."
    )
    return Exhibit(Source.VOTE, f"{vote.method} vote", Outcome.OPEN, decides=False, lines=(line,))
