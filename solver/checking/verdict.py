"""From what was done to check an answer to the one word that labels it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from solver.checking.evidence import Outcome
from solver.checking.exhibits import Exhibit, deciding, of_vote
from solver.checking.voting import Vote


class Label(StrEnum):
    CHECKED = "checked"
    AGREES = "agrees"
    CONTRADICTED = "contradicted"
    UNCHECKED = "unchecked"


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
    every = tuple(exhibits) if vote is None else (*exhibits, of_vote(vote))
    agreeing, of = (vote.agreeing, vote.of) if vote else (0, 0)
    if deciding(exhibits, Outcome.REFUTED):
        return Ruling(Label.CONTRADICTED, every, agreeing, of)
    if deciding(exhibits, Outcome.CONFIRMED):
        return Ruling(Label.CHECKED, every, agreeing, of)
    if vote is not None and not vote.is_unsure and 2 * vote.agreeing > vote.of > 1:
        return Ruling(Label.AGREES, every, agreeing, of)
    return Ruling(Label.UNCHECKED, every, agreeing, of)
