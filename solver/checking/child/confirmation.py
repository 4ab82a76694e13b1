"""The strict confirmation of every yes: of numbers (`constants`) and of functions (`functions`)."""

from solver.checking.child.constants import same_constant
from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.child.functions import same_function
from solver.checking.child.numeric import Convention
from solver.checking.finding import Finding, agreed, cannot_tell, different, equal
from solver.checking.reading.tree import Call, Node, Power, symbols, walk


def compare(one: Node, other: Node) -> Finding:
    """Whether two formulas are the same number or the same function."""
    try:
        return agreed(_compare(one, other, each) for each in _conventions(one, other))
    except TooLargeError as error:
        return _compare_vast(one, other, error)
    except UndefinedError:
        return cannot_tell("a part of the answer has no value")


def _compare(one: Node, other: Node, convention: Convention) -> Finding:
    if one == other:
        return equal("they are written the same")
    if symbols(one) | symbols(other):
        return same_function(one, other, convention)
    return same_constant(one, other, convention)


def _conventions(*nodes: Node) -> list[Convention]:
    """Every convention that could change a value here."""
    parts = [part for node in nodes for part in walk(node)]
    has_log = any(isinstance(p, Call) and p.name == "log" and len(p.arguments) == 1 for p in parts)
    has_root = any(isinstance(p, Power) and _may_be_odd_root(p) for p in parts)
    return [
        Convention(log_is_decimal=decimal, odd_roots_are_real=real)
        for decimal in ((False, True) if has_log else (False,))
        for real in ((True, False) if has_root else (True,))
    ]


def _may_be_odd_root(node: Power) -> bool:
    """A negative number under a broken exponent; a variable's school reading is the real one."""
    if symbols(node.base) or symbols(node.exponent):
        return False
    try:
        exponent = exact(node.exponent)
    except TooLargeError:
        return False
    return exponent is not None and exponent.denominator % 2 == 1 and exponent.denominator > 1


def _compare_vast(one: Node, other: Node, error: TooLargeError) -> Finding:
    for vast, small in ((one, other), (other, one)):
        if error.at == vast:
            try:
                if exact(small) is not None:
                    return different("one number is far larger than the other")
            except (TooLargeError, UndefinedError):
                break
    return cannot_tell("a number in the answer is too large to work out")
