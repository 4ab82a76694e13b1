"""What the judged samples amount to: rates with 95% intervals."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from solver.checking.verdict import Label
from solver.running.evaluation.judging import NO_DECIDER, Judged, Result
from solver.store import intervals


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of `runs`, 0 to 1, with its interval; None of nothing."""

    value: float | None
    low: float
    high: float
    hits: int
    runs: int

    @property
    def words(self) -> str:
        if self.value is None:
            return "none to count"
        return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


@dataclass(frozen=True, slots=True)
class Kind:
    """Samples of the problems that one kind of check, or none, decides."""

    name: str
    problems: int
    right: Rate
    checked_right: Rate
    coverage: Rate


@dataclass(frozen=True, slots=True)
class Measures:
    """majority: of j samples, for j = 1 (which is pass@1), 2, 4, …, k. elected: what the site shows
    of k samples. gain: maj@k minus pass@1, paired by problem. checked_right, contradicted_wrong:
    how far the two labels can be trusted. coverage: share of the right answers that got `checked`.
    """

    problems: int
    samples: int
    majority: dict[int, Rate]
    any_right: Rate
    elected: Rate
    gain: Rate
    checked_right: Rate
    elected_checked_right: Rate
    contradicted_wrong: Rate
    coverage: Rate
    decided_coverage: Rate
    kinds: tuple[Kind, ...]
    labels: dict[str, int]
    finishes: dict[str, int]
    sources: dict[str, int]
    prompt_tokens: int
    completion_tokens: int


def measure(results: Sequence[Result]) -> Measures:
    """Of at least one result."""
    every = [sample for result in results for sample in result.samples]
    most = max(len(result.samples) for result in results)
    majority = {size: _majority(results, size) for size in _sizes(most)}
    elected = [result.samples[result.winner].is_right for result in results]
    shown = [
        result.samples[result.winner].is_right
        for result in results
        if result.label is Label.CHECKED
    ]
    decided = [one for one in results if one.decider != NO_DECIDER]
    return Measures(
        problems=len(results),
        samples=len(every),
        majority=majority,
        any_right=_share(any(one.is_right for one in result.samples) for result in results),
        elected=_share(elected),
        gain=_mean([_maj(result, most) - _pass_1(result) for result in results]),
        checked_right=_right_among(every, Label.CHECKED),
        elected_checked_right=_share(shown),
        contradicted_wrong=_share(
            not one.is_right for one in every if one.label is Label.CONTRADICTED
        ),
        coverage=_coverage(every),
        decided_coverage=_coverage([one for result in decided for one in result.samples]),
        kinds=_kinds(results),
        labels=dict(Counter(one.label.value for one in every)),
        finishes=dict(Counter(one.finish for one in every)),
        sources=dict(Counter(one.source or "none" for one in every)),
        prompt_tokens=sum(one.prompt_tokens for one in every),
        completion_tokens=sum(one.completion_tokens for one in every),
    )


def _sizes(most: int) -> list[int]:
    """1, 2, 4, … and the whole."""
    sizes = [1]
    while 2 * sizes[-1] <= most:
        sizes.append(2 * sizes[-1])
    return sizes if sizes[-1] == most else [*sizes, most]


def _majority(results: Sequence[Result], size: int) -> Rate:
    return _mean([_maj(result, size) for result in results])


def _pass_1(result: Result) -> float:
    return _maj(result, 1)


def _maj(result: Result, size: int) -> float:
    """Share of the problem's disjoint blocks of `size` samples whose majority is right.

    A tie goes to the answer that came first, which is a draw by lot; a problem with fewer samples
    (a stop in the middle) counts with what it has.
    """
    count = len(result.samples)
    size = min(size, count)
    blocks = [range(at, at + size) for at in range(0, count - size + 1, size)]
    return fmean(_block_is_right(result, block) for block in blocks)


def _block_is_right(result: Result, block: range) -> bool:
    sizes = [[at for at in group if at in block] for group in result.groups]
    best = max(
        (group for group in sizes if group), key=lambda group: (len(group), -group[0]), default=None
    )
    return best is not None and result.samples[best[0]].is_right


def _kinds(results: Sequence[Result]) -> tuple[Kind, ...]:
    grouped: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        topic = f"{result.case.topic}: " if result.case.topic else ""
        grouped[topic + result.decider].append(result)
    kinds = []
    for name, members in sorted(grouped.items()):
        samples = [sample for result in members for sample in result.samples]
        right = _share(one.is_right for one in samples)
        checked = _right_among(samples, Label.CHECKED)
        kinds.append(Kind(name, len(members), right, checked, _coverage(samples)))
    return tuple(kinds)


def _right_among(samples: Iterable[Judged], label: Label) -> Rate:
    return _share(one.is_right for one in samples if one.label is label)


def _coverage(samples: Iterable[Judged]) -> Rate:
    return _share(one.label is Label.CHECKED for one in samples if one.is_right)


def _share(claims: Iterable[bool]) -> Rate:
    held = list(claims)
    low, high = intervals.rate(sum(held), len(held))
    return Rate(fmean(held) if held else None, low, high, sum(held), len(held))


def _mean(values: Sequence[float]) -> Rate:
    """Of one value a problem, where those of one problem hang together."""
    middle = fmean(values)
    low, high = intervals.mean(values) or (0.0, 1.0)
    if low == high:  # all alike: no spread was seen, which does not mean that there is none
        low, high = intervals.rate(round(sum(values)), len(values))
    low, high = max(low, -1.0 if min(values) < 0 else 0.0), min(high, 1.0)
    return Rate(middle, low, high, round(sum(values)), len(values))


Print = Callable[[str], None]


def lines(measures: Measures) -> list[str]:
    """The figures as sentences for a terminal."""
    most = max(measures.majority)
    counted = f"{measures.problems} problems, {measures.samples} samples"
    told = [
        counted,
        f"of `checked` answers {measures.checked_right.words} are right, of "
        f"{measures.checked_right.runs} samples",
        f"of `contradicted` answers {measures.contradicted_wrong.words} are wrong, of "
        f"{measures.contradicted_wrong.runs} samples",
        f"coverage: {measures.coverage.words} of the right answers got `checked`, of "
        f"{measures.coverage.runs}; where a decider exists: {measures.decided_coverage.words}",
    ]
    told += [f"  {_kind_line(kind)}" for kind in measures.kinds]
    told.append(f"pass@1   {measures.majority[1].words}")
    told += [f"maj@{size:<4} {rate.words}" for size, rate in measures.majority.items() if size > 1]
    if most > 1:
        told.append(f"shown@{most:<2} {measures.elected.words}   (checks first, then votes)")
        told.append(f"pass@{most:<3} {measures.any_right.words}   (any sample right)")
        told.append(f"maj@{most} minus pass@1, by problem: {_signed(measures.gain)}")
    told.append(
        f"tokens: {measures.prompt_tokens:,} read, {measures.completion_tokens:,} written, "
        f"{measures.completion_tokens / measures.samples:,.0f} a sample"
    )
    told.append(f"ends: {_counts(measures.finishes)}; answers: {_counts(measures.sources)}")
    return told


def _kind_line(kind: Kind) -> str:
    return (
        f"{kind.name} ({kind.problems} problems): right {kind.right.words}, "
        f"coverage {kind.coverage.words}"
    )


def _signed(rate: Rate) -> str:
    return f"{rate.value:+.1%} ({rate.low:+.1%} to {rate.high:+.1%})"


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
