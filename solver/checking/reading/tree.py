"""The tree that a formula is read into: plain immutable data, no computer algebra."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any


class UnreadableError(Exception):
    """The text is not in the grammar; the message says what stood in the way."""


class UnevaluatedError(UnreadableError):
    """The answer still holds an integral, a sum, a product or a limit."""


@dataclass(frozen=True, slots=True)
class Number:
    """An exact rational. `is_decimal`: it was written with a decimal point."""

    value: Fraction
    is_decimal: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """One of `pi`, `e`, `i`, `infinity`."""

    name: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable; a subscript belongs to its name (`x_1`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Product:
    factors: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    above: "Node"
    below: "Node"


@dataclass(frozen=True, slots=True)
class Power:
    base: "Node"
    exponent: "Node"


@dataclass(frozen=True, slots=True)
class Root:
    """The real root where there is one, as the radical sign means it."""

    radicand: "Node"
    degree: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A named function; the names are the keys of `FUNCTIONS` in `spelling`."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """Plus-minus (`upper` is +) or minus-plus."""

    upper_is_plus: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Items between brackets: `()`, `[]`, `[)`, `(]`, `<>`, or `{}` for a set."""

    brackets: str
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple["Node", ...], ...]


@dataclass(frozen=True, slots=True)
class NamedSet:
    """`R`, `Z`, `N`, `Q`, `C` or `empty`."""

    name: str


@dataclass(frozen=True, slots=True)
class SetUnion:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class SetWithout:
    whole: "Node"
    removed: "Node"


Node = (
    Number
    | Constant
    | Symbol
    | Sum
    | Product
    | Quotient
    | Power
    | Root
    | Call
    | Sign
    | Listing
    | Matrix
    | NamedSet
    | SetUnion
    | SetWithout
)

ZERO, ONE, TWO, MINUS_ONE = (Number(Fraction(n)) for n in (0, 1, 2, -1))


def negative(node: Node) -> Node:
    """Minus the node; folds into a number."""
    if isinstance(node, Number):
        return Number(-node.value, node.is_decimal)
    return Product((MINUS_ONE, node))


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below."""
    for field in fields(node):
        yield from _nodes(getattr(node, field.name))


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, Node):
        yield value


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def symbols(node: Node) -> frozenset[str]:
    """Names of the variables in the tree."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Symbol))


def substitute(node: Node, old: Node, new: Node) -> Node:
    """The tree with every `old` replaced by `new`."""
    if node == old:
        return new
    changes = {
        field.name: _substituted(value, old, new)
        for field in fields(node)
        if isinstance(value := getattr(node, field.name), Node | tuple)
    }
    return replace(node, **changes) if changes else node


def _substituted(value: Any, old: Node, new: Node) -> Any:
    if isinstance(value, tuple):
        return tuple(_substituted(item, old, new) for item in value)
    return substitute(value, old, new) if isinstance(value, Node) else value
