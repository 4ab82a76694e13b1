"""Formulas that follow different rules on different parts of the line.

Agreement at random points proves nothing about |x - 100| and 100 - x, which agree below 100.
So where an absolute value, a root, a step or a range is met, two formulas are equal only if
- they are with every root and absolute value taken with either sign and every other such part
  taken for an unknown of its own (then the parts do not matter), or
- all places where a rule can change are known on random lines, as real roots of polynomials, and
  the formulas agree between all of them.
Otherwise nothing is claimed.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice, pairwise, product
from typing import Any

from solver.checking.child import points, polynomials
from solver.checking.reading.tree import (
    ONE,
    Call,
    Constant,
    Node,
    Number,
    Power,
    Product,
    Root,
    Sum,
    Symbol,
    negative,
    substitute,
    symbols,
    walk,
)

_OPAQUE = frozenset(
    {"floor", "ceil", "sign", "max", "min", "gcd", "lcm"}
    | {"asin", "acos", "acot", "acosh", "atanh"}
)
_BOUNDED = frozenset({"asin", "acos", "atanh"})
_MOST_SIGNS = 5
_LINES = 3
_PER_INTERVAL = 2
_MOST_PLACES = 60

Agree = Callable[[Node, Node, points.Point], bool | None]


def corners(*nodes: Node) -> list[Node]:
    """The parts at which a rule may change, each once, inner ones first."""
    found: dict[Node, None] = {}
    for node in nodes:
        for part in reversed(list(walk(node))):
            if symbols(part) and _is_corner(part):
                found[part] = None
    return sorted(found, key=lambda part: sum(1 for _ in walk(part)))


def _is_corner(part: Node) -> bool:
    if isinstance(part, Root):
        return True
    if isinstance(part, Call):
        return part.name in _OPAQUE or part.name == "abs"
    if isinstance(part, Power):
        if not symbols(part.base):
            return not _is_positive(part.base)
        exponent = part.exponent
        return not isinstance(exponent, Number) or exponent.value.denominator != 1
    return False


def _is_positive(base: Node) -> bool:
    if isinstance(base, Constant):
        return base.name in {"e", "pi"}
    return isinstance(base, Number) and base.value > 0


def equal_whatever_the_parts(
    one: Node, other: Node, parts: list[Node], same: Callable[[Node, Node], bool]
) -> bool:
    """The first way: equal with either sign of every root and every other part unknown."""
    one, other = _unified((one, other), parts, same)
    parts = corners(one, other)
    signed = [part for part in parts if _is_signed(part)]
    if len(signed) > _MOST_SIGNS or any(_holds(part, parts) for part in parts):
        return False
    for number, part in enumerate(part for part in parts if not _is_signed(part)):
        unknown = Symbol(f"unknown {number}")
        one, other = substitute(one, part, unknown), substitute(other, part, unknown)
    for signs in product((1, -1), repeat=len(signed)):
        first, second = one, other
        for sign, part in zip(signs, signed, strict=True):
            with_sign = _with_sign(part, sign)
            first, second = substitute(first, part, with_sign), substitute(second, part, with_sign)
        if not same(first, second):
            return False
    return True


def _unified(
    nodes: tuple[Node, Node], parts: list[Node], same: Callable[[Node, Node], bool]
) -> tuple[Node, Node]:
    """√(1 + sin x) and √(sin x + 1) as one part: parts of one kind with equal insides."""
    one, other = nodes
    for place, part in enumerate(parts):
        for earlier in parts[:place]:
            if _are_alike(part, earlier) and same(_inside(part), _inside(earlier)):
                one, other = substitute(one, part, earlier), substitute(other, part, earlier)
                break
    return one, other


def _are_alike(part: Node, other: Node) -> bool:
    if isinstance(part, Root) and isinstance(other, Root):
        return part.degree == other.degree
    if isinstance(part, Call) and isinstance(other, Call):
        return part.name == other.name and len(part.arguments) == len(other.arguments) == 1
    return False


def _inside(part: Node) -> Node:
    if isinstance(part, Call):
        return part.arguments[0]
    return part.radicand if isinstance(part, Root) else part


def _is_signed(part: Node) -> bool:
    is_square_root = isinstance(part, Root) and part.degree == Number(Fraction(2))
    return is_square_root or (isinstance(part, Call) and part.name == "abs")


def _with_sign(part: Node, sign: int) -> Node:
    """±√u keeps the root; |u| becomes ±u."""
    inner = part.arguments[0] if isinstance(part, Call) else part
    return inner if sign == 1 else negative(inner)


def _holds(part: Node, parts: list[Node]) -> bool:
    return any(inner in parts for inner in walk(part) if inner != part)


def agree_between_all_corners(
    one: Node, other: Node, parts: list[Node], agree: Agree
) -> bool | None:
    """The second way: True or False where every place of change is known, else None."""
    names = sorted(symbols(one) | symbols(other))
    seen = 0
    for line in islice(points.random_lines(names), 1 if len(names) == 1 else _LINES):
        places = _places(parts, line)
        if places is None or len(places) > _MOST_PLACES:
            return None
        for t in _between(places):
            point = {name: start + slope * t for name, (start, slope) in line.items()}
            agrees = agree(one, other, point)
            if agrees is False:
                return False
            seen += bool(agrees)
    return True if seen >= _PER_INTERVAL else None


def _places(parts: list[Node], line: points.Line) -> list[Any] | None:
    """All parameters on the line where a rule may change, or None where they are not known."""
    places: list[Any] = []
    for part in parts:
        for changing in _changing(part):
            for variant in _without_inner_corners(changing):
                roots = polynomials.real_roots(variant, line)
                if roots is None:
                    return None
                places.extend(roots)
    return sorted(places)


def _changing(part: Node) -> list[Node]:
    """Formulas at whose zeros the part's rule changes."""
    if isinstance(part, Root):
        return [part.radicand]
    if isinstance(part, Power):
        return [part.base]
    if isinstance(part, Call):
        inner = part.arguments
        if part.name in {"abs", "sign", "acot"}:
            return [inner[0]]
        if part.name in {"max", "min"}:
            return [Sum((a, negative(b))) for a in inner for b in inner if a != b]
        if part.name in _BOUNDED or part.name == "acosh":
            return [Sum((inner[0], ONE)), Sum((inner[0], negative(ONE)))]
    return [part]  # not a polynomial: the places are not known


def _without_inner_corners(node: Node) -> list[Node]:
    """|u| inside stands for u and for -u."""
    for part in walk(node):
        if isinstance(part, Call) and part.name == "abs":
            inner = part.arguments[0]
            both = (inner, Product((Number(Fraction(-1)), inner)))
            return [
                variant
                for each in both
                for variant in _without_inner_corners(substitute(node, part, each))
            ][:16]
    return [node]


def _between(places: list[Any]) -> Iterator[Fraction]:
    """Random parameters in every interval that the places leave."""
    exact = [polynomials.as_fraction(place) for place in places] or [Fraction(0)]
    for _ in range(2 * _PER_INTERVAL):
        yield exact[0] - points.magnitude(-2.0, 2.0)
        yield exact[-1] + points.magnitude(-2.0, 2.0)
    for low, high in pairwise(exact):
        if high - low > Fraction(1, 10**15) * (1 + abs(high)):
            for _ in range(_PER_INTERVAL):
                yield low + (high - low) * points.fraction_of_one()
