"""Regions of the real line in one canonical form: sorted, merged spans."""

from functools import cmp_to_key

from mpmath import mp

from solver.checking.child import confirmation
from solver.checking.child.exact import exact
from solver.checking.child.numeric import Evaluator
from solver.checking.finding import Finding, all_equal, different
from solver.checking.reading.regions import MINUS_INFINITY, PLUS_INFINITY
from solver.checking.reading.tree import Node, UnreadableError, symbols
from solver.checking.reading.values import Region, Span


def same_region(one: Region, other: Region) -> Finding:
    """Whether two regions are the same set of real numbers."""
    if one.label and other.label and one.label != other.label:
        return different("the answers are about different unknowns")
    first, second = _canonical(one), _canonical(other)
    if len(first) != len(second):
        return different("the sets of numbers have different parts")
    closed = [(span.low_closed, span.high_closed) for span in first]
    if closed != [(span.low_closed, span.high_closed) for span in second]:
        return different("an end point belongs to one set and not to the other")
    ends = [
        confirmation.compare(mine, theirs)
        for a, b in zip(first, second, strict=True)
        for mine, theirs in ((a.low, b.low), (a.high, b.high))
    ]
    return all_equal(ends, "the sets of numbers have the same ends")


def order(one: Node, other: Node) -> int:
    """-1, 0 or 1 as `one` is below, at or above `other`; raises where that is not sure."""
    if one == other:
        return 0
    if one == MINUS_INFINITY or other == PLUS_INFINITY:
        return -1
    if one == PLUS_INFINITY or other == MINUS_INFINITY:
        return 1
    if symbols(one) | symbols(other):
        raise UnreadableError("the ends of an interval hold variables")
    found = confirmation.compare(one, other)
    if found.is_equal:
        return 0
    if not found.is_different:
        raise UnreadableError("the ends of an interval cannot be ordered")
    first, second = exact(one), exact(other)
    if first is not None and second is not None:
        return -1 if first < second else 1
    with mp.workdps(100):
        gap = Evaluator().value(one) - Evaluator().value(other)
    if isinstance(gap, mp.mpc):
        raise UnreadableError("an end of an interval is not real")
    return -1 if gap < 0 else 1


def _canonical(region: Region) -> list[Span]:
    spans = [span for span in region.spans if _is_some(span)]
    if len(region.spans) == 1 and not spans:
        raise UnreadableError("an interval has its ends the wrong way round")
    for point in region.removed:
        spans = [part for span in spans for part in _without(span, point)]
    spans.sort(key=cmp_to_key(_by_start))
    merged: list[Span] = []
    for span in spans:
        if merged and _touch(merged[-1], span):
            merged[-1] = _joined(merged[-1], span)
        else:
            merged.append(span)
    return merged


def _is_some(span: Span) -> bool:
    way = order(span.low, span.high)
    return way < 0 or (way == 0 and span.low_closed and span.high_closed)


def _by_start(one: Span, other: Span) -> int:
    return order(one.low, other.low) or other.low_closed - one.low_closed


def _touch(left: Span, right: Span) -> bool:
    way = order(right.low, left.high)
    return way < 0 or (way == 0 and (left.high_closed or right.low_closed))


def _joined(left: Span, right: Span) -> Span:
    way = order(left.high, right.high)
    if way == 0:
        high_closed = left.high_closed or right.high_closed
        return Span(left.low, left.low_closed, left.high, high_closed)
    last = right if way < 0 else left
    return Span(left.low, left.low_closed, last.high, last.high_closed)


def _without(span: Span, point: Node) -> list[Span]:
    low, high = order(point, span.low), order(point, span.high)
    if low < 0 or high > 0:
        return [span]
    parts = [
        Span(span.low, span.low_closed, point, False),
        Span(point, False, span.high, span.high_closed),
    ]
    return [part for part in parts if _is_some(part)]
