"""Exact values: what a formula is worth as a rational number, where it is one by arithmetic.

Bounded: a number that would need more than `MAX_BITS` bits raises `TooLargeError` instead of being
worked out.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from solver.checking.reading.tree import (
    Call,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Symbol,
)

MAX_BITS = 60_000
_MAX_FACTORIAL = 3_000
_MAX_BINOMIAL = 12_000
Values = Mapping[str, Fraction]
_NOTHING: Values = {}


class TooLargeError(Exception):
    """A number too large to work out. `at`: the formula that is, by itself, above 2**MAX_BITS."""

    def __init__(self, at: Node | None = None) -> None:
        super().__init__("a number in the answer is too large to work out")
        self.at = at


class UndefinedError(Exception):
    """The formula has no value there (division by zero, logarithm of zero)."""


def exact(node: Node, values: Values = _NOTHING) -> Fraction | None:
    """The rational value with the symbols set to `values`; None where arithmetic gives none."""
    result = _exact(node, values)
    if result is not None and _bits(result) > MAX_BITS:
        raise TooLargeError
    return result


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _exact(node: Node, values: Values) -> Fraction | None:
    match node:
        case Number(value=value):
            return value
        case Symbol(name=name):
            return values.get(name)
        case Sum(terms=terms):
            return _folded(terms, values, lambda a, b: a + b)
        case Product(factors=factors):
            return _folded(factors, values, lambda a, b: a * b)
        case Quotient(above=above, below=below):
            top, bottom = exact(above, values), exact(below, values)
            if bottom == 0:
                raise UndefinedError
            return None if top is None or bottom is None else top / bottom
        case Power(base=base, exponent=exponent):
            return _power(node, exact(base, values), _exponent(node, exponent, base, values))
        case Root(radicand=radicand, degree=degree):
            return _root(exact(radicand, values), exact(degree, values))
        case Call(name=name, arguments=arguments):
            return _call(node, name, [exact(argument, values) for argument in arguments])
    return None


def _folded(
    parts: tuple[Node, ...], values: Values, join: Callable[[Fraction, Fraction], Fraction]
) -> Fraction | None:
    found = [exact(part, values) for part in parts]
    total = found[0]
    for value in found[1:]:
        if total is None or value is None:
            return None
        total = join(total, value)
        if _bits(total) > MAX_BITS:
            raise TooLargeError
    return total


def _exponent(node: Node, exponent: Node, base: Node, values: Values) -> Fraction | None:
    try:
        return exact(exponent, values)
    except TooLargeError as error:
        if error.at == exponent and (exact(base, values) or 0) >= 2:
            raise TooLargeError(node) from error  # a whole number >= 2 to a vast power
        raise


def _power(node: Node, base: Fraction | None, exponent: Fraction | None) -> Fraction | None:
    if base is None or exponent is None:
        return None
    if exponent.denominator != 1:
        if base < 0 or exponent.denominator > 64:
            return None
        root = _root(base, Fraction(exponent.denominator))
        return None if root is None else _power(node, root, Fraction(exponent.numerator))
    if base == 0 and exponent <= 0:
        raise UndefinedError
    if abs(base) == 1 or base == 0:
        return base ** (exponent.numerator % 2 or 2)
    if _bits(base) * abs(exponent) > 2 * MAX_BITS:
        vast = base >= 2 and base.denominator == 1 and exponent > 0
        raise TooLargeError(node if vast else None)
    return Fraction(base**exponent.numerator)


def _root(radicand: Fraction | None, degree: Fraction | None) -> Fraction | None:
    if radicand is None or degree is None or degree.denominator != 1 or not 1 <= degree <= 64:
        return None
    n = degree.numerator
    if radicand < 0:
        root = _root(-radicand, degree) if n % 2 else None
        return None if root is None else -root
    above, below = _whole_root(radicand.numerator, n), _whole_root(radicand.denominator, n)
    return None if above is None or below is None else Fraction(above, below)


def _whole_root(value: int, n: int) -> int | None:
    root = math.isqrt(value) if n == 2 else _newton_root(value, n)
    return root if root**n == value else None


def _newton_root(value: int, n: int) -> int:
    if value < 2:
        return value
    guess = 1 << -(-value.bit_length() // n)
    while True:
        better = ((n - 1) * guess + value // guess ** (n - 1)) // n
        if better >= guess:
            return guess
        guess = better


def _call(node: Node, name: str, values: list[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if name in _SIMPLE and len(known) == 1:
        return Fraction(_SIMPLE[name](known[0]))
    if name in {"max", "min"}:
        return max(known) if name == "max" else min(known)
    whole = [value.numerator for value in known]
    if any(value.denominator != 1 for value in known):
        return None
    if name == "factorial":
        return _factorial(node, whole[0])
    if name in {"binom", "permutations"}:
        return _chosen(node, name, whole)
    if name in {"gcd", "lcm"} and len(whole) > 1:
        return Fraction(math.gcd(*whole) if name == "gcd" else math.lcm(*whole))
    return None


_SIMPLE: dict[str, Callable[[Fraction], Fraction | int]] = {
    "abs": abs,
    "percent": lambda value: value / 100,
    "floor": math.floor,
    "ceil": math.ceil,
    "sign": lambda value: (value > 0) - (value < 0),
}


def _factorial(node: Node, n: int) -> Fraction:
    if n < 0:
        raise UndefinedError
    if n > _MAX_FACTORIAL:
        raise TooLargeError(node if n > 2 * _MAX_FACTORIAL else None)
    return Fraction(math.factorial(n))


def _chosen(node: Node, name: str, whole: list[int]) -> Fraction | None:
    if len(whole) != 2:
        return None
    n, k = whole
    if n < 0 or k < 0:
        return None
    if k > n:
        return Fraction(0)
    if n > _MAX_BINOMIAL:
        vast = name == "binom" and min(k, n - k) > MAX_BITS
        if min(k, n - k) > 64 or n.bit_length() > 512:
            raise TooLargeError(node if vast else None)
    return Fraction(math.comb(n, k) if name == "binom" else math.perm(n, k))
