"""Whether two constants are the same number.

They are when both are rational and the same, or when they agree to 60 digits and then to hundreds
more, with the precision raised past the smallest part of either.
"""

from fractions import Fraction
from typing import Any

from mpmath import mp

from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.numeric import Convention, Evaluator
from solver.checking.finding import Finding, cannot_tell, different, equal
from solver.checking.reading.tree import Constant, Node, UnreadableError, walk

DIGITS = 60
GUARD = 25
_STRICT_DIGITS = 400
_STRICT_POINT_DIGITS = 140
_MOST_DIGITS = 9_000


def same_constant(one: Node, other: Node, convention: Convention) -> Finding:
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
    gap, scale, span = _gap(one, other, convention, DIGITS + GUARD)
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


def agree_strictly(one: Node, other: Node, convention: Convention) -> bool:
    """Two constants that agree to 60 digits, beyond them."""
    first, second = _value_or_none(one), _value_or_none(other)
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first == second
    return _numbers(one, other, convention, _STRICT_POINT_DIGITS).is_equal


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
