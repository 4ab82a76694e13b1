"""Numbers, powers and factorials, refused before they are computed where they would be huge."""

from typing import Any

import sympy as sp

from solver.checking.child.evidence.tokens import Unreadable

Expr = Any  # sympy has no usable types

MAX_BITS = 100_000
MAX_FACTORIAL = 500


def number(text: str) -> Expr:
    """Decimals are exact: 0.1 is one tenth."""
    if len(text) > 400:
        raise Unreadable("a number of too many digits")
    return sp.Rational(text)


def is_odd_root(degree: Expr, radicand: Expr) -> bool:
    return bool(degree % 2 == 1 and radicand.is_number)


def power(base: Expr, exponent: Expr) -> Expr:
    """base ** exponent, refused before it is computed where it would be huge."""
    if base.is_Rational and exponent.is_Integer:
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if bits > 1 and bits * abs(int(exponent)) > MAX_BITS:
            raise Unreadable("a number of too many digits")
        if base == 0 and exponent < 0:
            raise Unreadable("a division by zero")
    elif exponent.is_number and abs(exponent) > 1_000:
        raise Unreadable("a power that is too high")
    return base**exponent


def factorial(value: Expr) -> Expr:
    if not (value.is_Integer and 0 <= value <= MAX_FACTORIAL):
        raise Unreadable("a factorial of something unusual")
    return sp.factorial(value)


def binomial(n: Expr, k: Expr) -> Expr:
    if not (n.is_Integer and k.is_Integer and 0 <= k <= n <= 1_000):
        raise Unreadable("a binomial of something unusual")
    return sp.binomial(n, k)


def logarithm(argument: Expr, base: Expr | None) -> Expr:
    if base is None:
        raise Unreadable("log without a base means different things to different people")
    return sp.log(argument) / sp.log(base)
