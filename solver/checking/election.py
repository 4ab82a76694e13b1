"""Which of several samples' answers is shown, by what checks found out and by how many gave it.

Checks go before votes: an answer that a check decides for is taken however few samples gave it,
and one that a check decides against is taken only where nothing else is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from solver.checking.exhibits import Exhibit, of_vote
from solver.checking.verdict import Label, Ruling, rule
from solver.checking.voting import Same, Vote, majority

Examine = Callable[[int], Sequence[Exhibit]]

_RANK = {Label.CHECKED: 2, Label.UNCHECKED: 1, Label.CONTRADICTED: 0}


@dataclass(frozen=True, slots=True)
class Election:
    """What came of the vote.

    winner: position of the sample to show, the first that gave the elected answer. labels: of each
    sample, what its own answer was found to be; unchecked where it gave none.
    """

    winner: int
    ruling: Ruling
    vote: Vote
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    group: tuple[int, ...]
    exhibits: tuple[Exhibit, ...]
    label: Label


def elect(answers: Sequence[str], same: Same, examine: Examine) -> Election:
    """Group equal answers, examine one of each group, and choose.

    answers: one of each sample, "" where it gave none; not empty. `examine` gets the position of
    the first sample of each group. A tie of the largest groups goes to the earliest of them, and
    is labelled `unchecked`.
    """
    vote = majority(answers, same)
    found = [_examined(group, examine) for group in vote.clusters]
    if not found:
        return Election(0, rule([], vote), vote, (Label.UNCHECKED,) * len(answers))
    # max keeps the first of equals: the one that came earliest.
    best = max(found, key=lambda one: (_RANK[one.label], len(one.group)))
    rivals = [one for one in found if _standing(one) == _standing(best)]
    is_tie = len(rivals) > 1 and best.label is not Label.CHECKED
    answer = "" if is_tie else answers[best.group[0]]
    counted = replace(vote, answer=answer, agreeing=len(best.group))
    ruling = rule(best.exhibits, counted)
    return Election(best.group[0], ruling, counted, _labels(found, len(answers)))


def _examined(group: tuple[int, ...], examine: Examine) -> _Candidate:
    exhibits = tuple(examine(group[0]))
    return _Candidate(group, exhibits, rule(exhibits).label)


def _standing(candidate: _Candidate) -> tuple[int, int]:
    return _RANK[candidate.label], len(candidate.group)


def _labels(found: Sequence[_Candidate], count: int) -> tuple[Label, ...]:
    labels = [Label.UNCHECKED] * count
    for candidate in found:
        for position in candidate.group:
            labels[position] = candidate.label
    return tuple(labels)


def with_table(ruling: Ruling, vote: Vote, rows: Sequence[dict[str, object]]) -> Ruling:
    """The ruling with one row for each sample beside the vote's sentence."""
    bare = of_vote(vote)
    exhibits = tuple(
        replace(shown, rows=tuple(rows)) if shown == bare else shown for shown in ruling.exhibits
    )
    return replace(ruling, exhibits=exhibits)
