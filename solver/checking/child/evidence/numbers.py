"""Are two expressions the same? Exactly where that can be had, else to 60 digits."""

import random
from typing import Literal

import mpmath
import sympy as sp

from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.tokens import Unreadable

DIGITS = 60
AGREE_DIGITS = 45
POINTS = 12
_SEED = 20_250  # the same points for the same question, so that evidence can be repeated

Sameness = Literal["exact", "digits", "different"]


def compare(first: Expr, second: Expr) -> Sameness:
    """Constants: `exact` when their difference is zero, `digits` when 45 digits agree."""
    difference = first - second
    if difference == 0:
        return "exact"
    if first.is_Rational and second.is_Rational:
        return "different"
    near = _is_near_zero(difference, max(_size(first), _size(second)))
    if near and sp.simplify(difference) == 0:
        return "exact"
    return "digits" if near else "different"


def identical(first: Expr, second: Expr, letters: set[Expr]) -> Sameness:
    """Expressions in `letters`: exactly by expansion, else at 12 random points to 45 digits."""
    difference = first - second
    if sp.expand(difference) == 0:
        return "exact"
    if difference.is_polynomial(*letters):
        return "different"
    chooser = random.Random(_SEED)  # noqa: S311
    tried = 0
    for _ in range(POINTS * 4):
        point = {letter: _rational(chooser) for letter in sorted(letters, key=str)}
        left, right = _value_at(first, point), _value_at(second, point)
        if left is None or right is None:
            continue
        scale = max(abs(left), abs(right), mpmath.mpf(1))
        if abs(left - right) > scale * mpmath.mpf(10) ** -AGREE_DIGITS:
            return "different"
        tried += 1
        if tried == POINTS:
            return "digits"
    raise Unreadable("too few points where both sides have a value")


def number(value: Expr, digits: int = DIGITS) -> mpmath.mpc:
    """A constant as a high-precision number. Raises Unreadable when it has no finite value."""
    evaluated = sp.N(value, digits)
    if evaluated.free_symbols or not evaluated.is_number or evaluated.has(sp.oo, sp.zoo, sp.nan):
        raise Unreadable("it has no finite value")
    with mpmath.workdps(digits):
        real, imaginary = evaluated.as_real_imag()
        return mpmath.mpc(
            mpmath.mpf(sp.Float(real, digits)._mpf_), mpmath.mpf(sp.Float(imaginary, digits)._mpf_)
        )


def is_real(value: Expr) -> bool:
    made = number(value)
    return bool(abs(made.imag) <= mpmath.mpf(10) ** -AGREE_DIGITS * max(abs(made), 1))


def _rational(chooser: random.Random) -> Expr:
    # Positive, off the integers: most functions have a value there and few have a special one.
    return sp.Rational(chooser.randint(11, 400), chooser.choice([97, 101, 103, 107, 109]))


def _value_at(expression: Expr, point: dict[Expr, Expr]) -> mpmath.mpc | None:
    try:
        return number(expression.subs(point))
    except Unreadable:
        return None


def _size(value: Expr) -> mpmath.mpf:
    return abs(number(value))


def _is_near_zero(difference: Expr, scale: mpmath.mpf) -> bool:
    value = abs(number(difference, DIGITS))
    return bool(value <= max(scale, mpmath.mpf(1)) * mpmath.mpf(10) ** -AGREE_DIGITS)
