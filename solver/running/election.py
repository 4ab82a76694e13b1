"""From a run's samples to the text that is shown, its answer and its verdict.

A page shows one solution. The first sample streams to it; where that loses the vote, the winner's
text takes its place (readers get one `snapshot`, as after a worker was lost), so that text, answer,
verdict, print and API always belong together. The vote's table names every sample and leads to
its text, the one that was watched first of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.utils.translation import gettext as _

from solver.checking.election import Election, elect, with_table
from solver.checking.exhibits import Exhibit
from solver.engines.base import FinishReason
from solver.models.problem import Kind, Problem
from solver.models.sample import Sample
from solver.models.solution import Verdict
from solver.running import verdict
from solver.running.verdict import Check
from solver.text.steps import split

logger = structlog.get_logger(__name__)

PROPER_ENDS = frozenset({FinishReason.STOP, FinishReason.LENGTH})
# A row of the vote's table says what an answer is, not all of it.
SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Elected:
    """The sample that is shown, how many gave its answer, and the check of that answer."""

    sample: Sample
    agreeing: int
    check: Check


def hold(problem: Problem, samples: Sequence[Sample], alive: Callable[[], None]) -> Elected:
    """Elect among all samples, number 1 first, of which at least one came to its end; failed ones
    count, and gave no answer. Writes each sample's answer and verdict into its row. `alive` is
    called between checks. A fault of the checker costs the verdict, not the solution.
    """
    try:
        return _hold(problem, samples, alive)
    except Exception:
        logger.exception("election_failed", solution=str(samples[0].solution_id))
        shown = next(one for one in samples if one.finish_reason in PROPER_ENDS)
        return Elected(shown, 0, Check(answer=_boxed(shown)))


def _hold(problem: Problem, samples: Sequence[Sample], alive: Callable[[], None]) -> Elected:
    answers = [_answer(problem, sample) for sample in samples]

    def examine(position: int) -> list[Exhibit]:
        alive()
        return verdict.examine(problem, samples[position].text)

    election = elect(answers, verdict.same_answer(problem), examine)
    for sample, answer, label in zip(samples, answers, election.labels, strict=True):
        sample.answer, sample.verdict = answer, Verdict(label.value)
    position = _winner(samples, election)
    winner = samples[position]
    ruling = with_table(election.ruling, election.vote, _rows(samples, election, position))
    evidence = tuple(exhibit.as_json() for exhibit in ruling.exhibits)
    shown = _boxed(winner) if problem.kind == Kind.CODE else winner.answer
    check = Check(Verdict(ruling.label.value), evidence, shown)
    return Elected(winner, election.vote.agreeing, check)


def any_ended(samples: Sequence[Sample]) -> bool:
    """Whether at least one sample came to its own end."""
    return any(sample.finish_reason in PROPER_ENDS for sample in samples)


def _answer(problem: Problem, sample: Sample) -> str:
    has_ended = sample.finish_reason in PROPER_ENDS
    return verdict.answer_of(problem, sample.text) if has_ended else ""


def _winner(samples: Sequence[Sample], election: Election) -> int:
    """Where nobody gave an answer, the first that at least came to its end."""
    if election.vote.clusters:
        return election.winner
    ended = (at for at, one in enumerate(samples) if one.finish_reason in PROPER_ENDS)
    return next(ended, 0)


def _boxed(sample: Sample) -> str:
    return split(sample.text, finished=True).answer or ""


def _rows(samples: Sequence[Sample], election: Election, shown: int) -> list[dict[str, object]]:
    winners = next((group for group in election.vote.clusters if election.winner in group), ())
    return [
        _row(sample, position in winners, position == shown)
        for position, sample in enumerate(samples)
    ]


def _row(sample: Sample, agrees: bool, shown: bool) -> dict[str, Any]:
    cut = len(sample.answer) > SHOWN_CHARS
    return {
        "number": sample.number,
        "answer": sample.answer[:SHOWN_CHARS] + ("…" if cut else ""),
        "verdict": sample.verdict,
        "agrees": agrees,
        "shown": shown,
        "tokens": sample.completion_tokens,
        "note": _note(sample),
    }


def _note(sample: Sample) -> str:
    if sample.finish_reason not in PROPER_ENDS:
        return sample.error or _("It did not come to an end.")
    if sample.finish_reason == FinishReason.LENGTH:
        return _("It reached the limit of its length.")
    return "" if sample.answer else _("It names no answer.")
