"""What an answer can be: the kinds of value that the rules compare."""

from dataclasses import dataclass

from solver.checking.reading.tree import Node
from solver.checking.reading.units import Unit


@dataclass(frozen=True, slots=True)
class Scalar:
    """One formula; perhaps with a unit and the name it was given (`x = 2`).

    `also`: further sides of the chain of equations that it ends (`x = 6/3 = 2`).
    `as_product`: the same text with the unit's letters as variables, where they could be.
    """

    node: Node
    unit: Unit | None = None
    label: str = ""
    also: tuple[Node, ...] = ()
    as_product: Node | None = None


@dataclass(frozen=True, slots=True)
class Tuple:
    """Ordered items. `brackets`: `()`, `[]`, `<>`, or `column` for a one-column matrix."""

    items: tuple["Value", ...]
    brackets: str = "()"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """Several values. `is_set`: said to be unordered (braces, or, roots of one unknown, ±).

    `names`: those of indexed roots (`x_1 = 2, x_2 = 3`), in the items' order.
    """

    items: tuple["Value", ...]
    is_set: bool
    label: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[Node, ...], ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the real line; an end that is infinite is never closed."""

    low: Node
    low_closed: bool
    high: Node
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A union of spans of the real line without some points.

    `label` is the unknown, where it was named. Spans may overlap and stand in any order.
    """

    spans: tuple[Span, ...]
    removed: tuple[Node, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Inequality:
    """left < right or left <= right."""

    left: Node
    right: Node
    is_strict: bool


@dataclass(frozen=True, slots=True)
class Assignments:
    """Different unknowns with their values, in the order written."""

    pairs: tuple[tuple[str, "Value"], ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """`2:3`. `is_clock`: it could be a time of day as well (`11:30`)."""

    parts: tuple[Node, ...]
    is_clock: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """An answer in words; see `words.meaning`."""

    meaning: str


@dataclass(frozen=True, slots=True)
class Family:
    """A formula in an integer parameter: `k*pi, k in Z`."""

    value: "Value"
    parameter: str


@dataclass(frozen=True, slots=True)
class Based:
    """A numeral in a stated base: `1011_2`."""

    digits: str
    base: int


Value = (
    Scalar
    | Tuple
    | Several
    | Table
    | Region
    | Equation
    | Inequality
    | Assignments
    | Ratio
    | Phrase
    | Family
    | Based
)
