"""Several samples of one problem: which answer do they agree on?

Majority is maj@k (self-consistency, Wang et al. 2022, arXiv:2203.11171). Claim-level reliability
weighs each sample by r = m^M, where m is the share of its M claims that were judged true, and the
cluster with the largest sum wins. Voting never makes an answer `checked`: samples of one model
share its mistakes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Same = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample's answer ("" where it gave none) and whether each of its claims held."""

    answer: str
    claims: tuple[bool, ...] = ()

    @property
    def reliability(self) -> float:
        """m^M in 0..1; 0 for a sample whose claims were not judged."""
        if not self.claims:
            return 0.0
        return float((sum(self.claims) / len(self.claims)) ** len(self.claims))


@dataclass(frozen=True, slots=True)
class Vote:
    """`agreeing` of `of` samples gave `answer`; a tie is unsure and `answer` is then empty."""

    answer: str
    agreeing: int
    of: int
    method: Literal["majority", "reliability"]
    clusters: tuple[tuple[int, ...], ...]

    @property
    def is_unsure(self) -> bool:
        return not self.answer


def clusters(answers: Sequence[str], same: Same) -> tuple[tuple[int, ...], ...]:
    """Positions of equal answers, in order of first appearance; empty answers are left out.

    `same` is asked against each cluster's first member only: at most k * clusters questions.
    """
    found: list[list[int]] = []
    for position, answer in enumerate(answers):
        if not answer.strip():
            continue
        home = next((group for group in found if same(answers[group[0]], answer)), None)
        if home is None:
            found.append([position])
        else:
            home.append(position)
    return tuple(tuple(group) for group in found)


def majority(answers: Sequence[str], same: Same) -> Vote:
    """maj@k: the largest cluster; a tie for the first place is unsure."""
    groups = clusters(answers, same)
    return _vote(answers, groups, [float(len(group)) for group in groups], "majority")


def by_reliability(samples: Sequence[Sample], same: Same) -> Vote:
    """The cluster with the largest sum of reliabilities; all zero falls back to majority."""
    answers = [sample.answer for sample in samples]
    groups = clusters(answers, same)
    weights = [sum(samples[position].reliability for position in group) for group in groups]
    if not any(weights):
        return _vote(answers, groups, [float(len(group)) for group in groups], "majority")
    return _vote(answers, groups, weights, "reliability")


def _vote(
    answers: Sequence[str],
    groups: tuple[tuple[int, ...], ...],
    weights: list[float],
    method: Literal["majority", "reliability"],
) -> Vote:
    best = max(weights, default=0.0)
    first = [group for group, weight in zip(groups, weights, strict=True) if weight == best]
    if len(first) != 1:
        return Vote("", len(first[0]) if first else 0, len(answers), method, groups)
    return Vote(answers[first[0][0]], len(first[0]), len(answers), method, groups)
