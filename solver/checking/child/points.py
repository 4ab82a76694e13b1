"""Random points at which two formulas are compared.

Drawn from the system's entropy: an answer cannot be built to agree at the points alone.
"""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from secrets import SystemRandom
from typing import Any

from mpmath import mp

from solver.checking.reading.tree import Node, Number, walk

_MOST_REACH = 12.0
_random = SystemRandom()

Point = dict[str, Fraction]
Line = dict[str, tuple[Fraction, Fraction]]  # start and slope of every coordinate


def real_points(names: Iterable[str], nodes: tuple[Node, ...]) -> Iterator[Point]:
    """Points without end: positive ones, negative ones, then mixed signs and wide scales."""
    ordered = sorted(names)
    reach = _reach(nodes)
    for count in range(10**6):
        signs = {0: (1,), 1: (-1,)}.get(count % 4, (1, -1))
        low, high = (-0.5, 1.0) if count < 8 else (-2.0, reach)
        yield {name: _random.choice(signs) * magnitude(low, high) for name in ordered}


def positive_points(names: Iterable[str]) -> Iterator[Point]:
    """Points whose coordinates are all positive, of moderate size."""
    ordered = sorted(names)
    while True:
        yield {name: magnitude(-0.5, 1.0) for name in ordered}


def whole_points(names: Iterable[str], whole: frozenset[str]) -> Iterator[Point]:
    """As `positive_points`, with small positive integers for the names in `whole`."""
    for point in positive_points(names):
        yield {
            name: Fraction(_random.randint(1, 12)) if name in whole else value
            for name, value in point.items()
        }


def in_digits(point: Point) -> dict[str, Any]:
    """The point in numbers of as many digits as mpmath now works with."""
    return {name: mp.mpf(v.numerator) / v.denominator for name, v in point.items()}


def magnitude(low: float, high: float) -> Fraction:
    """A random positive number between 10**low and 10**high, even in its logarithm."""
    scale = Fraction(10.0 ** _random.uniform(low, high)).limit_denominator(10**6)
    return scale + Fraction(_random.getrandbits(48), 2**52)


def random_lines(names: Iterable[str]) -> Iterator[Line]:
    """Lines through the space of the names; the axis itself where there is one name."""
    ordered = sorted(names)
    while True:
        if len(ordered) == 1:
            yield {ordered[0]: (Fraction(0), Fraction(1))}
        else:
            yield {name: (_either_sign(), _either_sign()) for name in ordered}


def _either_sign() -> Fraction:
    return _random.choice((1, -1)) * magnitude(-0.5, 1.0)


def fraction_of_one() -> Fraction:
    """A random number well inside 0..1."""
    return Fraction(_random.getrandbits(32) % (2**31) + 2**30, 2**32)


def _reach(nodes: tuple[Node, ...]) -> float:
    """The decimal exponent of the widest scale to look at."""
    largest = 10.0
    for node in nodes:
        for part in walk(node):
            if isinstance(part, Number) and part.value:
                size = part.value.numerator.bit_length() - part.value.denominator.bit_length()
                largest = max(largest, 2.0 ** min(size + 1, 60))
    return min(math.log10(largest) + 1.0, _MOST_REACH)
