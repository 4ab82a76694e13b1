"""Equations and inequalities: the same line, circle or half-plane in another form."""

from fractions import Fraction
from itertools import islice
from typing import Any

from mpmath import mp

from solver.checking.child import confirmation, points, polynomials
from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.numeric import Evaluator
from solver.checking.finding import Finding, cannot_tell, different, equal
from solver.checking.reading.regions import ALL
from solver.checking.reading.tree import Node, Number, Product, Sum, Symbol, negative, symbols
from solver.checking.reading.values import Equation, Inequality, Region, Scalar

_POINTS = 8
_TRIED = 60
_DIGITS = 85
_LINES = 4
_ON_CURVE = 1e-30
_OFF_CURVE = 1e-12


def same_equation(one: Equation, other: Equation) -> Finding:
    """Equal when one side-difference is a constant multiple of the other."""
    first, second = (Sum((each.left, negative(each.right))) for each in (one, other))
    if symbols(first) != symbols(second):
        return different("the equations are not about the same unknowns")
    factor = _factor(first, second)
    if factor is not None:
        return _confirmed(first, second, factor, "one equation is a multiple of the other")
    if any(_parts(*pair) for pair in ((first, second), (second, first))):
        return different("a point on one curve is not on the other")
    return cannot_tell("the equations are not multiples of each other")


def same_inequality(one: Inequality, other: Inequality) -> Finding:
    """Equal when one side-difference is a positive multiple of the other."""
    first, second = (Sum((each.right, negative(each.left))) for each in (one, other))
    if symbols(first) != symbols(second):
        return different("the inequalities are not about the same unknowns")
    factor = _factor(first, second)
    if factor is None:
        return cannot_tell("the inequalities are not multiples of each other")
    if one.is_strict != other.is_strict:
        return different("one inequality includes its border and the other does not")
    if exact(factor) is None or (exact(factor) or 0) < 0:
        return different("the inequalities point to opposite sides")
    return _confirmed(first, second, factor, "one inequality is a positive multiple of the other")


def equation_and_scalar(one: Equation, other: Scalar) -> Finding:
    if not other.label or other.unit is not None or other.also:
        return cannot_tell("an equation is not compared with a single value")
    if not other.label.isalpha():
        return cannot_tell("an equation is not compared with this kind of answer")
    return same_equation(one, Equation(Symbol(other.label), other.node))


def inequality_and_region(one: Inequality, other: Region) -> Finding:
    if len(other.spans) != 1 or other.removed or not other.label:
        return cannot_tell("the inequality is not solved")
    span = other.spans[0]
    unknown = Symbol(other.label)
    is_above = span.high == ALL.high
    if not is_above and span.low != ALL.low:
        return cannot_tell("the inequality is not solved")
    if is_above:
        turned = Inequality(span.low, unknown, not span.low_closed)
    else:
        turned = Inequality(unknown, span.high, not span.high_closed)
    return same_inequality(one, turned)


def _factor(first: Node, second: Node) -> Node | None:
    """The rational constant that `first` is of `second` at a random point, if it is one at all."""
    ratios: list[Node] = []
    for point in islice(points.real_points(symbols(first), (first, second)), _TRIED):
        try:
            above, below = exact(first, point), exact(second, point)
        except (TooLargeError, UndefinedError):
            continue
        if above is None or below is None:
            return _numeric_factor(first, second)
        if above == 0 or below == 0:
            continue
        ratio = above / below
        ratios.append(Number(ratio))
        if ratios[0] != ratios[-1]:
            return None
        if len(ratios) >= _POINTS:
            return ratios[0]
    return None


def _numeric_factor(first: Node, second: Node) -> Node | None:
    """As `_factor` for formulas that are not rational; only a rational factor is found."""
    ratios: list[Any] = []
    with mp.workdps(_DIGITS):
        for point in islice(points.real_points(symbols(first), (first, second)), _TRIED):
            ratio = _ratio_at(first, second, point)
            if ratio is None:
                continue
            if ratios and abs(ratio - ratios[0]) > abs(ratio) * mp.mpf(10) ** -50:
                return None
            ratios.append(ratio)
            if len(ratios) >= _POINTS:
                return _rational(ratios[0])
    return None


def _ratio_at(first: Node, second: Node, point: points.Point) -> Any:
    values = points.in_digits(point)
    try:
        above, below = Evaluator(values).value(first), Evaluator(values).value(second)
    except (UndefinedError, TooLargeError, ZeroDivisionError):
        return None
    if isinstance(above, mp.mpc) or isinstance(below, mp.mpc) or not above or not below:
        return None
    return above / below


def _rational(value: Any) -> Node | None:
    exact_value = Fraction(int(mp.nint(value * 10**60)), 10**60).limit_denominator(10**6)
    if abs(value - mp.mpf(exact_value.numerator) / exact_value.denominator) > mp.mpf(10) ** -50:
        return None
    return Number(exact_value)


def _confirmed(first: Node, second: Node, factor: Node, reason: str) -> Finding:
    found = confirmation.compare(first, Product((factor, second)))
    return equal(reason) if found.is_equal else cannot_tell(found.reason)


def _parts(curve: Node, other: Node) -> bool:
    """Whether a point is found at which `curve` is zero and `other` is clearly not."""
    for line in islice(points.random_lines(symbols(curve)), _LINES):
        for root in polynomials.real_roots(curve, line) or []:
            place = polynomials.as_fraction(root)
            point = {name: start + slope * place for name, (start, slope) in line.items()}
            on, off = _size_at(curve, point), _size_at(other, point)
            if on is not None and off is not None and on < _ON_CURVE and off > _OFF_CURVE:
                return True
    return False


def _size_at(node: Node, point: points.Point) -> Any:
    """The value's size beside the largest part met; None where there is no real value."""
    with mp.workdps(_DIGITS):
        values = points.in_digits(point)
        evaluator = Evaluator(values)
        try:
            value = evaluator.value(node)
        except (UndefinedError, TooLargeError, ZeroDivisionError):
            return None
        if isinstance(value, mp.mpc):
            return None
        return abs(value) / mp.ldexp(1, evaluator.largest)
