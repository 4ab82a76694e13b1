"""Rules for ratios, and for what may be a ratio or a time of day."""

from solver.checking.child import confirmation
from solver.checking.finding import Finding, all_equal, cannot_tell, different, equal
from solver.checking.reading.tree import Node, Product, Quotient
from solver.checking.reading.values import Ratio, Scalar


def same_ratio(one: Ratio, other: Ratio) -> Finding:
    found = _proportional(one.parts, other.parts)
    if not (one.is_clock or other.is_clock) or found.is_different:
        return found
    exact = all_equal(
        (confirmation.compare(a, b) for a, b in zip(one.parts, other.parts, strict=True)), ""
    )
    if exact.is_equal:
        return equal("the same numbers on both sides of the colon")
    if one.is_clock and other.is_clock:
        return different("they are different times")
    return found if other.is_clock else cannot_tell("it may be a time of day")


def ratio_and_scalar(one: Ratio, other: Scalar) -> Finding:
    fraction = _as_fraction(one.parts)
    if fraction is None or other.unit is not None:
        return different("a ratio is not a single number")
    found = confirmation.compare(fraction, other.node)
    if found.is_equal:
        return cannot_tell("a ratio has the same value, but may not be what was asked for")
    return different("the ratio has another value")


def _proportional(one: tuple[Node, ...], other: tuple[Node, ...]) -> Finding:
    """Whether two ratios are the same: every pair of parts crosswise."""
    if len(one) != len(other):
        return different("the ratios have different numbers of parts")
    worst = equal("the ratios are the same")
    for a, b in zip(one[1:], other[1:], strict=True):
        found = confirmation.compare(Product((one[0], b)), Product((other[0], a)))
        if found.is_different:
            return different("the ratios are not the same")
        worst = worst if found.is_equal else found
    return worst


def _as_fraction(parts: tuple[Node, ...]) -> Node | None:
    """The value of a ratio of two parts."""
    return Quotient(parts[0], parts[1]) if len(parts) == 2 else None
