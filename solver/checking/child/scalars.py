"""Rules for single values: names, units, degrees, money, the constant of integration."""

import re
from dataclasses import replace
from itertools import islice
from typing import Any

from mpmath import mp

from solver.checking.child import confirmation, corners, points
from solver.checking.child.constants import DIGITS
from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.numeric import Convention, Evaluator
from solver.checking.finding import Finding, all_equal, cannot_tell, different, equal
from solver.checking.reading.tree import (
    Call,
    Node,
    Number,
    Product,
    Sum,
    Symbol,
    negative,
    symbols,
    walk,
)
from solver.checking.reading.units import Unit
from solver.checking.reading.values import Scalar

_MONEY = frozenset({"dollar", "euro", "pound sterling", "yuan"})
_CONSTANTS = frozenset({"C", "C_1"})
_CANDIDATES_CONSTANTS = _CONSTANTS | {"c", "K", "c_1"}
_VARIABLES = frozenset({"x", "y", "z", "t", "u", "v", "w", "s", "r", "theta", "phi"})
_FLAT = "the difference of the two is a constant: its derivative is zero"
_POINTS = 6
_TRIED = 40


def same_scalar(reference: Scalar, candidate: Scalar) -> Finding:
    """Whether two single values are the same, under the rules on names and units."""
    if reference.label and candidate.label and reference.label != candidate.label:
        return _other_name(reference, candidate)
    for value in (reference, candidate):
        chain = all_equal((confirmation.compare(each, value.node) for each in value.also), "")
        if chain.is_different and value is candidate:
            return different("the sides of the answer's own equation are not equal")
        if not chain.is_equal:
            return cannot_tell("the sides of an equation may not be equal")
    return _with_units(reference, candidate)


def _other_name(reference: Scalar, candidate: Scalar) -> Finding:
    simple = all(re.fullmatch(r"[A-Za-z]", each.label) for each in (reference, candidate))
    if simple or not confirmation.compare(reference.node, candidate.node).is_equal:
        return different(f"{candidate.label} was answered where {reference.label} was asked")
    return cannot_tell("the values agree, but they are given to different names")


def _with_units(reference: Scalar, candidate: Scalar) -> Finding:
    one, other = reference.unit, candidate.unit
    if one is None and other is None:
        return _angles(reference.node, candidate.node)
    if one is not None and other is not None:
        return _both_units(reference, one, candidate, other)
    as_variables = _as_variables(reference, candidate)
    if as_variables is not None:
        return as_variables
    bare = reference.node if one is None else candidate.node
    if isinstance(bare, Call) and bare.name in {"percent", "degrees"}:
        return different(f"one of them is in {bare.name}, the other is not")
    found = confirmation.compare(reference.node, candidate.node)
    if not found.is_equal:
        return found
    unit = one or other
    if unit is None or unit.is_count or _is_money(unit):
        return equal(f"{found.reason}; the unit adds nothing")
    if other is not None:
        if other.is_sure:
            return equal(f"{found.reason}; the unit was not asked for")
        return cannot_tell("the letters after the number may be a unit or variables")
    return cannot_tell("the numbers agree, but the unit is missing")


def _as_variables(reference: Scalar, candidate: Scalar) -> Finding | None:
    """`3t` beside `3t + 0`: letters that could be a unit are variables beside variables."""
    for one, other in ((reference, candidate), (candidate, reference)):
        if one.unit is not None and one.as_product is not None and symbols(other.node):
            return confirmation.compare(one.as_product, other.node)
    return None


def _both_units(reference: Scalar, one: Unit, candidate: Scalar, other: Unit) -> Finding:
    sizes = [Product((each.node, Number(unit.size)))
             for each, unit in ((reference, one), (candidate, other))]  # fmt: skip
    if not (one.is_sure or other.is_sure) and reference.as_product and candidate.as_product:
        return confirmation.compare(reference.as_product, candidate.as_product)
    if one.dimension != other.dimension:
        if one.is_count or other.is_count:
            return cannot_tell("the units name different things")
        return different("the units measure different things")
    found = confirmation.compare(sizes[0], sizes[1])
    if found.is_equal and one.noun and other.noun and one.noun != other.noun:
        return cannot_tell("the numbers agree, but they count different things")
    if found.is_different:
        return different(f"in the same unit {found.reason}")
    return found


def _is_money(unit: Unit) -> bool:
    return len(unit.dimension) == 1 and unit.dimension[0][0] in _MONEY


def _angles(one: Node, other: Node) -> Finding:
    """A degree sign may be left out (60 for 60°); else degrees are what they are in radians."""
    found = same_up_to_constant(one, other) or confirmation.compare(one, other)
    if found.is_equal:
        return found
    for angle, number in ((one, other), (other, one)):
        if isinstance(angle, Call) and angle.name == "degrees" and not _has(number, "degrees"):
            size = angle.arguments[0]
            if not symbols(size) and not _has(number, "percent") and exact(size) is not None:
                without = confirmation.compare(size, number)
                return without if without.is_equal else found
    return found


def _has(node: Node, name: str) -> bool:
    return any(isinstance(part, Call) and part.name == name for part in walk(node))


def same_up_to_constant(reference: Node, candidate: Node) -> Finding | None:
    """The rule for antiderivatives: with `+ C` in both, a constant difference does not count.

    None where the rule does not apply. By the derivative of the difference, over the reals.
    """
    first = _without_constant(reference, _CONSTANTS)
    second = _without_constant(candidate, _CANDIDATES_CONSTANTS)
    if first is None or not _is_antiderivative(first):
        return None
    if second is None:
        found = confirmation.compare(first, candidate)
        return different("the constant of integration is missing") if found.is_equal else found
    names = symbols(first) | symbols(second)
    if symbols(first) != symbols(second):
        return different("the answers are not about the same variable")
    return _constant_difference(first, second, names)


def _without_constant(node: Node, names: frozenset[str]) -> Node | None:
    """The formula without its one added constant, or None where it has none."""
    if not isinstance(node, Sum):
        return None
    constants = [term for term in node.terms if isinstance(term, Symbol) and term.name in names]
    if len(constants) != 1:
        return None
    rest = tuple(term for term in node.terms if term is not constants[0])
    without = rest[0] if len(rest) == 1 else Sum(rest)
    return None if constants[0].name in symbols(without) else without


def _is_antiderivative(rest: Node) -> bool:
    """In a usual variable besides lower-case parameters; `A + B + C` is an ordinary sum."""
    names = symbols(rest)
    return bool(names & _VARIABLES) and all(name[0].islower() for name in names)


def _constant_difference(first: Node, second: Node, names: frozenset[str]) -> Finding:
    flat = _is_flat_at_random(first, second, names, real=True)
    if flat is None:
        return cannot_tell("too few points were found at which both have a value")
    if not flat:
        return different("the difference of the two is not a constant")
    parts = corners.corners(first, second)
    if not parts or corners.equal_whatever_the_parts(first, second, parts, _is_flat_for_any_sign):
        return equal(_FLAT)
    if corners.agree_between_all_corners(first, second, parts, _is_flat):
        return equal(_FLAT)
    return cannot_tell("the difference is constant at random points, but may not be elsewhere")


def _is_flat_for_any_sign(first: Node, second: Node) -> bool:
    names = symbols(first) | symbols(second)
    return bool(_is_flat_at_random(first, second, names, real=False))


def _is_flat_at_random(
    first: Node, second: Node, names: frozenset[str], *, real: bool
) -> bool | None:
    held = 0
    for point in islice(points.real_points(names, (first, second)), _TRIED):
        flat = _is_flat(first, second, point, real=real)
        if flat is False:
            return False
        held += bool(flat)
        if held >= _POINTS:
            return True
    return None


def _is_flat(first: Node, second: Node, point: points.Point, *, real: bool = True) -> bool | None:
    """Whether the difference has slope zero at a point; None where neither side is real."""
    with mp.workdps(3 * DIGITS):
        here = points.in_digits(point)
        try:
            if real:
                reals = [isinstance(_value(each, here), mp.mpf) for each in (first, second)]
                if not all(reals):
                    return False if any(reals) else None
            return _has_no_slope(first, second, here)
        except (UndefinedError, TooLargeError):
            return None


def _has_no_slope(first: Node, second: Node, here: dict[str, Any]) -> bool:
    step = mp.mpf(10) ** -(DIGITS // 2)
    difference = Sum((first, negative(second)))
    scale = 1 + abs(_value(first, here)) + abs(_value(second, here))
    start = _value(difference, here)
    moves = [_value(difference, here | {name: here[name] + step}) for name in here]
    return all(abs(moved - start) <= step * scale * mp.mpf(10) ** -DIGITS for moved in moves)


def _value(node: Node, values: dict[str, Any]) -> Any:
    return Evaluator(values, Convention()).value(node)


def unnamed(value: Scalar) -> Scalar:
    """The value without its name."""
    return replace(value, label="")
