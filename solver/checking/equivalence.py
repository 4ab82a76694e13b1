"""Whether an answer is the reference's answer: `equal`, `different` or `cannot tell`.

The gate is applied here, in linear time; everything else happens in the oracle's child. A yes is
given only after a strict confirmation (see `child/confirmation.py`); a doubt is `cannot tell`.
"""

import time
from dataclasses import dataclass

from solver.checking import gate
from solver.checking.finding import Equality
from solver.checking.oracle import Oracle, OracleError, shared_oracle


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, why (one sentence for people), and how long it took in milliseconds."""

    verdict: Equality
    reason: str
    ms: float

    @property
    def is_equal(self) -> bool:
        """Whether the answers were found equal, which is never said by mistake."""
        return self.verdict is Equality.EQUAL


def judge(reference: str, candidate: str, oracle: Oracle | None = None) -> Judgement:
    """Compare a candidate's final answer with the reference. Never raises on any text.

    Thread-safe. Takes at most about three seconds, whatever the text. Symmetric but for two
    rules: a unit, a name or an extra `(B)` that only the candidate writes is forgiven.
    """
    began = time.perf_counter()
    verdict, reason = _refused(reference, candidate) or _asked(reference, candidate, oracle)
    return Judgement(verdict, reason, _ms_since(began))


async def judge_async(reference: str, candidate: str, oracle: Oracle | None = None) -> Judgement:
    """As `judge`, without holding the event loop; cancelling it ends the child's work."""
    began = time.perf_counter()
    refused = _refused(reference, candidate)
    if refused:
        return Judgement(*refused, _ms_since(began))
    payload = {"reference": reference, "candidate": candidate}
    try:
        answer = await (oracle or shared_oracle()).ask_async("compare", payload)
    except OracleError as error:
        return Judgement(Equality.CANNOT_TELL, str(error), _ms_since(began))
    return Judgement(Equality(answer["verdict"]), answer["reason"], _ms_since(began))


def _refused(reference: str, candidate: str) -> tuple[Equality, str] | None:
    for text, whose in ((reference, "the reference: "), (candidate, "")):
        why = gate.refusal(text)
        if why:
            return Equality.CANNOT_TELL, f"not compared; {whose}{why}"
    return None


def _asked(reference: str, candidate: str, oracle: Oracle | None) -> tuple[Equality, str]:
    payload = {"reference": reference, "candidate": candidate}
    try:
        answer = (oracle or shared_oracle()).ask("compare", payload)
    except OracleError as error:
        return Equality.CANNOT_TELL, str(error)
    return Equality(answer["verdict"]), answer["reason"]


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)
