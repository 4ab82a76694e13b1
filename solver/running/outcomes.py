"""What a run has to say for itself when its row is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from solver.models.solution import FINAL_STATES, Solution, State, Verdict

# The finish reason of a run that could not start: its input leaves no room for an answer.
TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Written:
    """What a run has produced so far."""

    text: str
    model: str = ""
    completion_tokens: int = 0
    first_token_at: datetime | None = None

    @classmethod
    def before(cls, claim: Solution) -> "Written":
        """What the runs before this claim have left."""
        return cls(claim.text, claim.model, claim.completion_tokens, claim.first_token_at)

    def columns(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "model": self.model,
            "completion_tokens": self.completion_tokens,
            "first_token_at": self.first_token_at,
        }


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    state: State
    finish_reason: str = ""
    error: str = ""
    prompt_tokens: int = 0
    answer: str = ""
    verdict: Verdict = Verdict.UNCHECKED
    evidence: tuple[Mapping[str, Any], ...] = ()
    agreeing: int = 0

    def __post_init__(self) -> None:
        if self.state not in FINAL_STATES:
            raise ValueError(f"{self.state} is not a final state.")

    def columns(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "finish_reason": self.finish_reason,
            "error": self.error,
            "prompt_tokens": self.prompt_tokens,
            "answer": self.answer,
            "verdict": self.verdict,
            "evidence": [dict(item) for item in self.evidence],
            "agreeing": self.agreeing,
        }


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker still holds, and which of it somebody wants cancelled."""

    held: frozenset[UUID]
    cancelled: frozenset[UUID]
