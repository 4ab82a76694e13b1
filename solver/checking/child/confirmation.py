"""The strict confirmation of every yes.

Two constants are equal when both are rational and the same, or when they agree to 60 digits and
then to hundreds more, with the precision raised past the smallest part of either. Two formulas are
equal when they agree, as real functions with the same real domain, at random points on every side
of zero, and at two of them to hundreds of digits.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from mpmath import mp

from solver.checking.child import corners, points
from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.numeric import Convention, Evaluator
from solver.checking.finding import Finding, agreed, cannot_tell, different, equal
from solver.checking.reading.tree import (
    Call,
    Constant,
    Node,
    Number,
    Power,
    Symbol,
    UnreadableError,
    substitute,
    symbols,
    walk,
)

DIGITS = 60
_GUARD = 25
_STRICT_DIGITS = 400
_MOST_DIGITS = 9_000
_POINTS_NEEDED = 6
_POINTS_TRIED = 40
_POINTS_WANTED = 10
_WHOLE_NAMES = frozenset(["n", "k", "m", "j", "l", "r", "p", "q"])
_COMPLEX_NAMES = frozenset({"z", "w"})
_STRICT_POINT_DIGITS = 140
_AGREE = f"they agree at random points, to more than {DIGITS} digits"


def compare(one: Node, other: Node) -> Finding:
    """Whether two formulas are the same number or the same function."""
    try:
        return agreed(_compare(one, other, each) for each in _conventions(one, other))
    except TooLargeError as error:
        return _compare_vast(one, other, error)
    except UndefinedError:
        return cannot_tell("a part of the answer has no value")


def _compare(one: Node, other: Node, convention: Convention) -> Finding:
    if one == other:
        return equal("they are written the same")
    if symbols(one) | symbols(other):
        return _functions(one, other, convention)
    return _constants(one, other, convention)


def _conventions(*nodes: Node) -> list[Convention]:
    """Every convention that could change a value here."""
    parts = [part for node in nodes for part in walk(node)]
    has_log = any(isinstance(p, Call) and p.name == "log" and len(p.arguments) == 1 for p in parts)
    has_root = any(isinstance(p, Power) and _may_be_odd_root(p) for p in parts)
    return [
        Convention(log_is_decimal=decimal, odd_roots_are_real=real)
        for decimal in ((False, True) if has_log else (False,))
        for real in ((True, False) if has_root else (True,))
    ]


def _may_be_odd_root(node: Power) -> bool:
    """A negative number under a broken exponent; a variable's school reading is the real one."""
    if symbols(node.base) or symbols(node.exponent):
        return False
    try:
        exponent = exact(node.exponent)
    except TooLargeError:
        return False
    return exponent is not None and exponent.denominator % 2 == 1 and exponent.denominator > 1


def _compare_vast(one: Node, other: Node, error: TooLargeError) -> Finding:
    for vast, small in ((one, other), (other, one)):
        if error.at == vast:
            try:
                if exact(small) is not None:
                    return different("one number is far larger than the other")
            except (TooLargeError, UndefinedError):
                break
    return cannot_tell("a number in the answer is too large to work out")


def _constants(one: Node, other: Node, convention: Convention) -> Finding:
    first, second = _value_or_none(one), _value_or_none(other)
    if first is None or second is None:
        if first is second:
            return cannot_tell("neither has a value")
        return different("one of them is not defined")
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        if first == second:
            return equal("both are the same rational number")
        return different(f"{_shown(one)} is not {_shown(other)}")
    if _is_infinite(one) or _is_infinite(other):
        return different("one of them is infinite, or they have opposite signs")
    try:
        return _numbers(one, other, convention)
    except UndefinedError:
        return _undefined(one, other, convention)


def _value_or_none(node: Node) -> Fraction | str | None:
    """A rational, or `other` for what arithmetic does not settle, or None where undefined."""
    try:
        value = exact(node)
    except UndefinedError:
        return None
    return "other" if value is None else value


def _is_infinite(node: Node) -> bool:
    return Constant("infinity") in walk(node)


def _undefined(one: Node, other: Node, convention: Convention) -> Finding:
    defined = []
    for node in (one, other):
        try:
            with mp.workdps(_STRICT_DIGITS):
                Evaluator(convention=convention).value(node)
            defined.append(True)
        except UndefinedError:
            defined.append(False)
    if defined[0] != defined[1]:
        return different("one of them is not defined")
    return cannot_tell("neither has a value that can be worked out")


def _numbers(
    one: Node, other: Node, convention: Convention, strict_digits: int = _STRICT_DIGITS
) -> Finding:
    """Relative agreement at 60 digits, then far beyond; the sizes met decide how far."""
    gap, scale, span = _gap(one, other, convention, DIGITS + _GUARD)
    needed = strict_digits + 3 * span
    if gap > scale * mp.mpf(10) ** (-DIGITS + 10):
        return different(f"they differ: {_shown(one, convention)} and {_shown(other, convention)}")
    digits = DIGITS
    while digits < needed:
        digits = needed
        if digits > _MOST_DIGITS:
            return cannot_tell("telling them apart would need too many digits")
        gap, scale, span = _gap(one, other, convention, digits)
        needed = strict_digits + 3 * span
    with mp.workdps(30):
        if gap <= scale * mp.mpf(10) ** -(digits * 3 // 4):
            return equal(f"they agree to more than {DIGITS} digits")
        if gap > scale * mp.mpf(10) ** -(digits // 2):
            return different("they agree at first, but not to all digits")
    return cannot_tell("they agree to many digits, but not to all that were asked for")


def _gap(one: Node, other: Node, convention: Convention, digits: int) -> tuple[Any, Any, int]:
    """|one - other|, the largest size met, and the digits between it and the smallest."""
    with mp.workdps(digits):
        first, second = Evaluator(convention=convention), Evaluator(convention=convention)
        gap = abs(first.value(one) - second.value(other))
        scale = mp.ldexp(1, max(first.largest, second.largest))
        span = max(first.span_digits, second.span_digits)
        return gap, scale, span


def _functions(one: Node, other: Node, convention: Convention) -> Finding:
    names = symbols(one) | symbols(other)
    outcome = _at_points(one, other, convention, points.real_points(names, (one, other)))
    if outcome.disagreed:
        return _explained(one, other, convention, names)
    if len(outcome.agreed) < _POINTS_NEEDED:
        return cannot_tell("too few points were found at which both have a value")
    if names & _COMPLEX_NAMES and not _agree_at_complex(one, other, convention, names):
        return cannot_tell("they agree for real values, but not for complex ones")
    for point in outcome.agreed[:2]:
        if not _agree_strictly(_at(one, point), _at(other, point), convention):
            return cannot_tell("they agree to 60 digits, but not to all that were asked for")
    parts = corners.corners(one, other)
    if parts:
        return _between_corners(one, other, convention, parts)
    return equal(_AGREE)


def _agree_strictly(one: Node, other: Node, convention: Convention) -> bool:
    """Two constants that agree to 60 digits, beyond them."""
    first, second = _value_or_none(one), _value_or_none(other)
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first == second
    return _numbers(one, other, convention, _STRICT_POINT_DIGITS).is_equal


def _between_corners(one: Node, other: Node, convention: Convention, parts: list[Node]) -> Finding:
    def same(first: Node, second: Node) -> bool:
        candidates = points.real_points(symbols(first) | symbols(second), (first, second))
        outcome = _at_points(first, second, convention, candidates)
        return not outcome.disagreed and len(outcome.agreed) >= _POINTS_NEEDED

    if corners.equal_whatever_the_parts(one, other, parts, same):
        return equal(_AGREE)
    agrees = corners.agree_between_all_corners(
        one, other, parts, lambda a, b, point: agree_at(a, b, convention, point)
    )
    if agrees:
        return equal(f"{_AGREE} between all places where a rule changes")
    if agrees is None:
        return cannot_tell("they agree at random points, but may follow other rules elsewhere")
    return different("they differ on a part of the line")


class _Outcome:
    def __init__(self) -> None:
        self.agreed: list[points.Point] = []
        self.disagreed: list[points.Point] = []


def _at_points(
    one: Node, other: Node, convention: Convention, candidates: Iterator[points.Point]
) -> _Outcome:
    outcome = _Outcome()
    for point in islice(candidates, _POINTS_TRIED):
        agrees = agree_at(one, other, convention, point)
        if agrees is False:
            outcome.disagreed.append(point)
            break
        if agrees:
            outcome.agreed.append(point)
        if len(outcome.agreed) >= _POINTS_WANTED:
            break
    return outcome


def agree_at(one: Node, other: Node, convention: Convention, point: points.Point) -> bool | None:
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
    with mp.workdps(DIGITS + _GUARD):
        values = {name: mp.mpf(v.numerator) / v.denominator for name, v in point.items()}
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
    with mp.workdps(DIGITS + _GUARD):
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
    tests: list[tuple[Iterator[points.Point], Callable[[], Finding]]] = [
        (
            points.positive_points(names),
            lambda: cannot_tell("they agree only where the variables are positive"),
        )
    ]
    if names & _WHOLE_NAMES:
        tests.append(
            (
                points.whole_points(names, names & _WHOLE_NAMES),
                lambda: cannot_tell("they agree only for whole numbers"),
            )
        )
    for candidates, verdict in tests:
        outcome = _at_points(one, other, convention, candidates)
        if not outcome.disagreed and len(outcome.agreed) >= _POINTS_NEEDED:
            return verdict()
    return different("they differ at a random point")


def _at(node: Node, point: points.Point) -> Node:
    for name, value in point.items():
        node = substitute(node, Symbol(name), Number(value))
    return node


def _shown(node: Node, convention: Convention | None = None) -> str:
    with mp.workdps(30):
        try:
            known = exact(node)
            if known is not None and max(abs(known.numerator), known.denominator) < 10**12:
                return str(known)
            value = Evaluator(convention=convention or Convention()).value(node)
        except (UndefinedError, TooLargeError, UnreadableError):
            return "one"
        return str(mp.nstr(value, 12))
