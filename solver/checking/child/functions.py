"""Whether two formulas with variables are the same function.

They are when they agree, as real functions with the same real domain, at random points on every
side of zero, and at two of them to hundreds of digits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

from mpmath import mp

from solver.checking.child import corners, points
from solver.checking.child.constants import DIGITS, GUARD, agree_strictly
from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.numeric import Convention, Evaluator
from solver.checking.finding import Finding, cannot_tell, different, equal
from solver.checking.reading.tree import Constant, Node, Number, Symbol, substitute, symbols, walk

_POINTS_NEEDED = 6
_POINTS_TRIED = 40
_POINTS_WANTED = 10
_WHOLE_NAMES = frozenset(["n", "k", "m", "j", "l", "r", "p", "q"])
_COMPLEX_NAMES = frozenset({"z", "w"})
_AGREE = f"they agree at random points, to more than {DIGITS} digits"


def same_function(one: Node, other: Node, convention: Convention) -> Finding:
    names = symbols(one) | symbols(other)
    outcome = _at_points(one, other, convention, points.real_points(names, (one, other)))
    if outcome.has_disagreed:
        return _explained(one, other, convention, names)
    if not outcome.is_agreement:
        return cannot_tell("too few points were found at which both have a value")
    if names & _COMPLEX_NAMES and not _agree_at_complex(one, other, convention, names):
        return cannot_tell("they agree for real values, but not for complex ones")
    for point in outcome.agreed[:2]:
        if not agree_strictly(_at(one, point), _at(other, point), convention):
            return cannot_tell("they agree to 60 digits, but not to all that were asked for")
    parts = corners.corners(one, other)
    if parts:
        return _between_corners(one, other, convention, parts)
    return equal(_AGREE)


def _between_corners(one: Node, other: Node, convention: Convention, parts: list[Node]) -> Finding:
    def same(first: Node, second: Node) -> bool:
        candidates = points.real_points(symbols(first) | symbols(second), (first, second))
        return _at_points(first, second, convention, candidates).is_agreement

    if corners.equal_whatever_the_parts(one, other, parts, same):
        return equal(_AGREE)
    agrees = corners.agree_between_all_corners(
        one, other, parts, lambda a, b, point: _agree_at(a, b, convention, point)
    )
    if agrees:
        return equal(f"{_AGREE} between all places where a rule changes")
    if agrees is None:
        return cannot_tell("they agree at random points, but may follow other rules elsewhere")
    return different("they differ on a part of the line")


@dataclass(slots=True)
class _Outcome:
    """The points at which both have the same value, up to the first at which they have not."""

    agreed: list[points.Point] = field(default_factory=list)
    has_disagreed: bool = False

    @property
    def is_agreement(self) -> bool:
        return not self.has_disagreed and len(self.agreed) >= _POINTS_NEEDED


def _at_points(
    one: Node, other: Node, convention: Convention, candidates: Iterator[points.Point]
) -> _Outcome:
    outcome = _Outcome()
    for point in islice(candidates, _POINTS_TRIED):
        agrees = _agree_at(one, other, convention, point)
        if agrees is False:
            outcome.has_disagreed = True
            break
        if agrees:
            outcome.agreed.append(point)
        if len(outcome.agreed) >= _POINTS_WANTED:
            break
    return outcome


def _agree_at(one: Node, other: Node, convention: Convention, point: points.Point) -> bool | None:
    """Whether two formulas have the same value at a point; None where neither is real."""
    try:
        first, second = _exact_or_none(one, point), _exact_or_none(other, point)
        if first is not None and second is not None:
            return first == second
    except TooLargeError:
        return None
    return _agree_numerically(one, other, convention, point)


def _exact_or_none(node: Node, point: points.Point) -> Fraction | None:
    try:
        return exact(node, point)
    except UndefinedError:
        return None


def _agree_numerically(
    one: Node, other: Node, convention: Convention, point: points.Point
) -> bool | None:
    with mp.workdps(DIGITS + GUARD):
        values = points.in_digits(point)
        first, scale_one = _value(one, convention, values)
        second, scale_two = _value(other, convention, values)
        if first is None and second is None:
            return None
        if first is None or second is None:
            known = second if first is None else first
            return None if isinstance(known, mp.mpc) else False
        if abs(first - second) <= max(scale_one, scale_two) * mp.mpf(10) ** (-DIGITS + 10):
            return True
        both_complex = isinstance(first, mp.mpc) and isinstance(second, mp.mpc)
        has_i = any(Constant("i") in walk(node) for node in (one, other))
        return None if both_complex and not has_i else False


def _value(node: Node, convention: Convention, values: dict[str, Any]) -> tuple[Any, Any]:
    evaluator = Evaluator(values, convention)
    try:
        value = evaluator.value(node)
    except (UndefinedError, TooLargeError, ZeroDivisionError, OverflowError):
        return None, mp.mpf(1)
    return value, mp.ldexp(1, evaluator.largest)


def _agree_at_complex(
    one: Node, other: Node, convention: Convention, names: frozenset[str]
) -> bool:
    with mp.workdps(DIGITS + GUARD):
        for point in islice(points.positive_points(names), 4):
            values = {
                name: mp.mpc(mp.mpf(v.numerator) / v.denominator, 1 + mp.mpf(v.numerator % 97) / 89)
                for name, v in point.items()
            }
            first, scale = _value(one, convention, values)
            second, _ = _value(other, convention, values)
            if first is None or second is None:
                return False
            if abs(first - second) > scale * mp.mpf(10) ** (-DIGITS + 10):
                return False
    return True


def _explained(one: Node, other: Node, convention: Convention, names: frozenset[str]) -> Finding:
    """Formulas that differ somewhere; no verdict where an assumption could make them equal."""
    if _at_points(one, other, convention, points.positive_points(names)).is_agreement:
        return cannot_tell("they agree only where the variables are positive")
    whole = names & _WHOLE_NAMES
    if whole and _at_points(one, other, convention, points.whole_points(names, whole)).is_agreement:
        return cannot_tell("they agree only for whole numbers")
    return different("they differ at a random point")


def _at(node: Node, point: points.Point) -> Node:
    for name, value in point.items():
        node = substitute(node, Symbol(name), Number(value))
    return node
