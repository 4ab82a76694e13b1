"""Random points at which two formulas are compared.

Drawn from the system's entropy: an answer cannot be built to agree at the points alone. Scales
reach past every constant of the formulas where they have corners (absolute values, floors).
"""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from secrets import SystemRandom

from solver.checking.reading.tree import Call, Node, Number, Power, Root, walk

_CORNERED = frozenset(
    {"abs", "floor", "ceil", "sign", "max", "min", "gcd", "lcm"}
    | {"asin", "acos", "acot", "acosh", "atanh", "asinh"}
)
_random = SystemRandom()

Point = dict[str, Fraction]


def has_corners(nodes: Iterable[Node]) -> bool:
    """Whether a formula may follow different rules on different parts of the line."""
    for node in nodes:
        for part in walk(node):
            if isinstance(part, Root) or (isinstance(part, Call) and part.name in _CORNERED):
                return True
            if isinstance(part, Power) and not isinstance(part.exponent, Number):
                return True
            if isinstance(part, Power) and _is_broken(part.exponent):
                return True
    return False


def _is_broken(exponent: Node) -> bool:
    return isinstance(exponent, Number) and exponent.value.denominator != 1


def real_points(names: Iterable[str], nodes: tuple[Node, ...]) -> Iterator[Point]:
    """Points without end: positive ones, negative ones, then mixed signs and wide scales."""
    ordered = sorted(names)
    reach = _reach(nodes) if has_corners(nodes) else 1.0
    for count in range(10**6):
        signs = {0: (1,), 1: (-1,)}.get(count % 4, (1, -1))
        low, high = (-0.5, 1.0) if count < 8 else (-2.0, reach)
        yield {name: _random.choice(signs) * _magnitude(low, high) for name in ordered}


def positive_points(names: Iterable[str]) -> Iterator[Point]:
    """Points whose coordinates are all positive, of moderate size."""
    ordered = sorted(names)
    while True:
        yield {name: _magnitude(-0.5, 1.0) for name in ordered}


def whole_points(names: Iterable[str], whole: frozenset[str]) -> Iterator[Point]:
    """As `positive_points`, with small positive integers for the names in `whole`."""
    for point in positive_points(names):
        yield {
            name: Fraction(_random.randint(1, 12)) if name in whole else value
            for name, value in point.items()
        }


def _magnitude(low: float, high: float) -> Fraction:
    scale = Fraction(10.0 ** _random.uniform(low, high)).limit_denominator(10**6)
    return scale + Fraction(_random.getrandbits(48), 2**52)


def _reach(nodes: tuple[Node, ...]) -> float:
    """The decimal exponent of the widest scale to look at."""
    largest = 10.0
    for node in nodes:
        for part in walk(node):
            if isinstance(part, Number) and part.value:
                size = abs(part.value.numerator).bit_length() - part.value.denominator.bit_length()
                largest = max(largest, 2.0 ** min(size + 1, 200))
    return math.log10(largest) + 1.0
