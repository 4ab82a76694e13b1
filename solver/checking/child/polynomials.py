"""Formulas on a line as polynomials in one parameter, and their real roots."""

from fractions import Fraction
from typing import Any

from mpmath import mp
from mpmath.libmp.libhyper import NoConvergence

from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.numeric import Evaluator
from solver.checking.child.points import Line
from solver.checking.reading.tree import (
    Call,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    UnreadableError,
    symbols,
)

MAX_DEGREE = 24
_DIGITS = 60
Coefficients = list[Any]  # lowest power first
Ratio = tuple[Coefficients, Coefficients]


def real_roots(node: Node, line: Line) -> list[Any] | None:
    """Parameters at which the formula or its denominator is zero on the line.

    None where it is no quotient of polynomials of degree 24 or less.
    """
    with mp.workdps(_DIGITS):
        try:
            ratio = _ratio(node, line)
        except (TooLargeError, UndefinedError, UnreadableError):
            return None
        if ratio is None:
            return None
        roots: list[Any] = []
        for coefficients in ratio:
            found = _roots(coefficients)
            if found is None:
                return None
            roots.extend(found)
        return roots


def as_fraction(value: Any) -> Fraction:
    """A numeric value as an exact rational close to it."""
    with mp.workdps(_DIGITS):
        return Fraction(int(mp.nint(value * mp.mpf(10) ** 40)), 10**40)


def _roots(coefficients: Coefficients) -> list[Any] | None:
    trimmed = list(coefficients)
    while trimmed and abs(trimmed[-1]) < mp.mpf(10) ** -40:
        trimmed.pop()
    if len(trimmed) < 2:
        return []
    try:
        roots = mp.polyroots(trimmed[::-1], maxsteps=200, extraprec=300)
    except (NoConvergence, ZeroDivisionError):
        return None
    near = mp.mpf(10) ** -10  # a double root is found with a small imaginary part
    return [mp.re(root) for root in roots if abs(mp.im(root)) <= near * (1 + abs(root))]


def _ratio(node: Node, line: Line) -> Ratio | None:
    if not symbols(node):
        return [_constant(node)], [mp.mpf(1)]
    match node:
        case Symbol(name=name):
            start, slope = line[name]
            return [_number(start), _number(slope)], [mp.mpf(1)]
        case Sum(terms=terms):
            return _folded(terms, line, _added)
        case Product(factors=factors):
            return _folded(factors, line, _multiplied)
        case Quotient(above=above, below=below):
            top, bottom = _ratio(above, line), _ratio(below, line)
            if top is None or bottom is None:
                return None
            return _multiplied(top, (bottom[1], bottom[0]))
        case Call(name="percent", arguments=(argument,)):
            return _ratio(Quotient(argument, Number(Fraction(100))), line)
        case Power(base=base, exponent=exponent):
            return _powered(_ratio(base, line), exponent)
    return None


def _constant(node: Node) -> Any:
    value = exact(node)
    if value is not None:
        return _number(value)
    result = Evaluator().value(node)
    if isinstance(result, mp.mpc):
        raise UndefinedError
    return result


def _number(value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator


def _folded(parts: tuple[Node, ...], line: Line, join: Any) -> Ratio | None:
    total: Ratio | None = None
    for part in parts:
        ratio = _ratio(part, line)
        if ratio is None:
            return None
        total = ratio if total is None else join(total, ratio)
        if total is None or max(map(len, total)) > MAX_DEGREE + 1:
            return None
    return total


def _powered(base: Ratio | None, exponent: Node) -> Ratio | None:
    times = exact(exponent)
    if base is None or times is None or times.denominator != 1 or abs(times) > MAX_DEGREE:
        return None
    if times < 0:
        base = (base[1], base[0])
    total: Ratio = ([mp.mpf(1)], [mp.mpf(1)])
    for _ in range(abs(times.numerator)):
        total = _multiplied(total, base)
        if max(map(len, total)) > MAX_DEGREE + 1:
            return None
    return total


def _added(one: Ratio, other: Ratio) -> Ratio:
    if len(one[1]) == len(other[1]) == 1:  # constants below: no need to cross
        scaled = [value * one[1][0] / other[1][0] for value in other[0]]
        return _sum(one[0], scaled), one[1]
    above = _sum(_times(one[0], other[1]), _times(other[0], one[1]))
    return above, _times(one[1], other[1])


def _multiplied(one: Ratio, other: Ratio) -> Ratio:
    return _times(one[0], other[0]), _times(one[1], other[1])


def _sum(one: Coefficients, other: Coefficients) -> Coefficients:
    size = max(len(one), len(other))
    padded = ([*each, *[mp.mpf(0)] * (size - len(each))] for each in (one, other))
    return [a + b for a, b in zip(*padded, strict=True)]


def _times(one: Coefficients, other: Coefficients) -> Coefficients:
    result = [mp.mpf(0)] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            result[i + j] += a * b
    return result
