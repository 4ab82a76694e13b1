"""What was done to check an answer, asked once when a run ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solver.models.solution import Solution, Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """A verdict and the evidence behind it; `unchecked` needs none."""

    verdict: Verdict = Verdict.UNCHECKED
    evidence: tuple[Mapping[str, Any], ...] = ()


def check(solution: Solution, answer: str) -> Check:
    """Check the answer of a finished text (`solution.text`); never raises."""
    return Check()
