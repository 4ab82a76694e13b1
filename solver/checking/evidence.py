"""Evidence for an answer where no reference answer is known.

The problem's text is read into a task (solve, evaluate, differentiate, integrate, count, …) only
where every word of it is understood, and the answer is tried on that task: roots are substituted
and counted, antiderivatives differentiated, values computed exactly or to 45 digits. All of it
runs in the oracle's child; what the problem was read as is part of the evidence.
"""

from dataclasses import dataclass
from enum import StrEnum

from solver.checking.child.limits import Limits
from solver.checking.oracle import Oracle, OracleError

LIMITS = Limits(wall_s=8.0, cpu_s=7.0)
MAX_CHARS = 8_000


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was done to check one answer.

    Only a confirmed finding that `decides` may make an answer `checked`, and only a refuted one
    that `decides` may make it `contradicted`. `lines` are sentences for people; `read_as` is what
    the problem was taken to ask, empty when it was not understood.
    """

    outcome: Outcome
    method: str = ""
    read_as: str = ""
    lines: tuple[str, ...] = ()
    decides: bool = False


def gather(problem: str, answer: str, oracle: Oracle) -> Evidence:
    """Try `answer` on `problem`. Never raises for what the texts hold; thread-safe."""
    if len(problem) > MAX_CHARS or len(answer) > MAX_CHARS or not answer.strip():
        return Evidence(Outcome.OPEN)
    try:
        found = oracle.ask("evidence", {"problem": problem, "answer": answer}, LIMITS)
    except OracleError as error:
        return Evidence(Outcome.OPEN, lines=(f"The check ended without a result: {error}.",))
    return Evidence(
        outcome=Outcome(found["outcome"]),
        method=found["method"],
        read_as=found["read_as"] or "",
        lines=tuple(found["lines"]),
        decides=found["decides"],
    )
