"""Parts of the real line out of intervals, inequalities and set operations."""

from collections.abc import Sequence
from dataclasses import replace

from solver.checking.reading.lexer import Token
from solver.checking.reading.tree import (
    Constant,
    Listing,
    NamedSet,
    Node,
    SetUnion,
    SetWithout,
    Symbol,
    UnreadableError,
    negative,
    symbols,
)
from solver.checking.reading.values import Phrase, Region, Scalar, Several, Span, Tuple, Value

PLUS_INFINITY: Node = Constant("infinity")
MINUS_INFINITY: Node = negative(PLUS_INFINITY)
INFINITIES = (PLUS_INFINITY, MINUS_INFINITY)
ALL = Span(MINUS_INFINITY, False, PLUS_INFINITY, False)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}


def span(low: Node, low_closed: bool, high: Node, high_closed: bool) -> Span:
    """A span whose ends are constants; an infinite end must be open."""
    for end, closed in ((low, low_closed), (high, high_closed)):
        if end in INFINITIES:
            if closed:
                raise UnreadableError("an interval is closed at infinity")
        elif any(isinstance(end, kind) for kind in (Listing, NamedSet, SetUnion)):
            raise UnreadableError("an end of an interval is not a number")
    return Span(low, low_closed, high, high_closed)


def from_listing(node: Listing) -> Region | None:
    """An interval where the brackets or an infinite end leave no doubt."""
    if len(node.items) != 2 or node.brackets not in {"()", "[)", "(]", "[]"}:
        if node.brackets in {"[)", "(]"}:
            raise UnreadableError("brackets do not match")
        return None
    if node.brackets == "()" and not set(node.items) & set(INFINITIES):
        return None
    return Region((_interval(node),))


def _interval(node: Listing) -> Span:
    low, high = node.items
    return span(low, node.brackets[0] == "[", high, node.brackets[1] == "]")


def from_pair(value: Tuple) -> Region:
    """A pair in round brackets as the open interval that it is written like."""
    ends = [item.node for item in value.items if isinstance(item, Scalar)]
    if value.brackets != "()" or len(value.items) != 2 or len(ends) != 2:
        raise UnreadableError("this is not an interval")
    return Region((span(ends[0], False, ends[1], False),), label=value.label)


def from_sets(node: Node) -> Value:
    """A named set, a union or a difference."""
    if isinstance(node, NamedSet):
        if node.name == "empty":
            return Phrase("no solution")
        return Region((ALL,)) if node.name == "R" else Phrase(f"set {node.name}")
    if isinstance(node, SetWithout):
        whole = _as_region(node.whole)
        removed = node.removed
        if not isinstance(removed, Listing) or removed.brackets != "{}":
            raise UnreadableError("only single points are taken out of a set")
        return replace(whole, removed=(*whole.removed, *removed.items))
    if isinstance(node, SetUnion):
        if all(isinstance(part, Listing) and part.brackets == "{}" for part in node.parts):
            items = [item for part in node.parts for item in getattr(part, "items", ())]
            return Several(tuple(Scalar(item) for item in items), is_set=True)
        parts = [_as_region(part) for part in node.parts]
        if any(part.removed for part in parts):
            raise UnreadableError("a union with points taken out is not read")
        return Region(tuple(one for part in parts for one in part.spans))
    raise UnreadableError("this set is not read")


def _as_region(node: Node) -> Region:
    if isinstance(node, Listing):
        if node.brackets == "{}":
            return Region(tuple(span(item, True, item, True) for item in node.items))
        if len(node.items) == 2:
            return Region((_interval(node),))
    elif isinstance(node, NamedSet | SetUnion | SetWithout):
        value = from_sets(node)
        if isinstance(value, Region):
            return value
        if isinstance(value, Phrase) and value.meaning == "no solution":
            return Region(())
    raise UnreadableError("this set is not read")


def from_inequality(nodes: Sequence[Node], relations: Sequence[str]) -> Region | None:
    """`x > 2`, `1 <= x < 3`, `x != 2`: one bare unknown against constants, else None."""
    if len(nodes) == 2:
        return _half_line(nodes[0], relations[0], nodes[1])
    if len(nodes) != 3 or not isinstance(nodes[1], Symbol) or symbols(nodes[0]) | symbols(nodes[2]):
        return None
    low, high, (first, second) = nodes[0], nodes[2], relations
    if first.startswith(">") and second.startswith(">"):
        low, high, first, second = high, low, _TURNED[second], _TURNED[first]
    if not (first.startswith("<") and second.startswith("<")):
        return None
    return Region((span(low, first == "<=", high, second == "<="),), label=nodes[1].name)


def _half_line(left: Node, relation: str, right: Node) -> Region | None:
    if not isinstance(left, Symbol):
        left, right, relation = right, left, _TURNED[relation]
    if not isinstance(left, Symbol) or symbols(right):
        return None
    if relation == "!=":
        return Region((ALL,), removed=(right,), label=left.name)
    if relation.startswith("<"):
        return Region((span(MINUS_INFINITY, False, right, relation == "<="),), label=left.name)
    return Region((span(right, relation == ">=", PLUS_INFINITY, False),), label=left.name)


def combine(values: Sequence[Value], joints: frozenset[str]) -> Region:
    """Regions joined by `or` (union) or `and` (two half-lines, or points taken out)."""
    parts = [_named_region(value) for value in values]
    names = {part.label for part in parts if part.label}
    if len(names) > 1:
        raise UnreadableError("inequalities in several unknowns are not read")
    label = names.pop() if names else ""
    if joints == {"or"} and not any(part.removed for part in parts):
        return Region(tuple(one for part in parts for one in part.spans), label=label)
    if joints <= {"and", ","} and any(part.removed for part in parts):
        return _taken_out(parts, label)
    if joints == {"and"} and len(parts) == 2:
        return Region((_overlap(parts[0], parts[1]),), label=label)
    raise UnreadableError("how these inequalities belong together is not said")


def _named_region(value: Value) -> Region:
    if isinstance(value, Region):
        return value
    if isinstance(value, Scalar) and value.label and value.unit is None and not value.also:
        return Region((span(value.node, True, value.node, True),), label=value.label)
    raise UnreadableError("a list of such things is not read")


def _taken_out(parts: Sequence[Region], label: str) -> Region:
    whole = [part for part in parts if not part.removed]
    if len(whole) > 1 or any(part.spans != (ALL,) for part in parts if part.removed):
        raise UnreadableError("how these inequalities belong together is not said")
    removed = tuple(point for part in parts for point in part.removed)
    return Region(whole[0].spans if whole else (ALL,), removed=removed, label=label)


def _overlap(one: Region, other: Region) -> Span:
    for first, second in ((one, other), (other, one)):
        if len(first.spans) == len(second.spans) == 1:
            above, below = first.spans[0], second.spans[0]
            if above.high == PLUS_INFINITY and below.low == MINUS_INFINITY:
                return Span(above.low, above.low_closed, below.high, below.high_closed)
    raise UnreadableError("how these inequalities belong together is not said")


def without_builder(found: Sequence[Token]) -> Sequence[Token]:
    """`{x | x > 2}` is its condition, where the unknown is real."""
    if len(found) < 5 or found[0].text not in {"\\{", "{"} or found[-1].text not in {"\\}", "}"}:
        return found
    if found[1].kind != "name":
        return found
    real = [token.text for token in found[2:4]] == ["in", "set R"]
    bar = 4 if real else 2
    if found[bar].text in {"|", "mid", ":"}:
        return found[bar + 1 : -1]
    return found
