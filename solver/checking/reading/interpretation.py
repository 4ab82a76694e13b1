"""From text to values: what kind of answer it is, by its form alone."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from solver.checking.reading import labels, regions, words
from solver.checking.reading.cursor import Style
from solver.checking.reading.lexer import Token, tokens
from solver.checking.reading.normaliser import normalise
from solver.checking.reading.numerals import english_number, with_digits
from solver.checking.reading.parser import Parser
from solver.checking.reading.statements import Chain, Joined, split
from solver.checking.reading.tree import (
    Constant,
    Listing,
    Matrix,
    NamedSet,
    Node,
    Number,
    SetUnion,
    SetWithout,
    Sign,
    Symbol,
    UnreadableError,
    negative,
    substitute,
    symbols,
    walk,
)
from solver.checking.reading.units import compound, split_unit
from solver.checking.reading.values import (
    Based,
    Equation,
    Family,
    Inequality,
    Phrase,
    Ratio,
    Region,
    Scalar,
    Several,
    Table,
    Tuple,
    Value,
)

_CONTAINERS = (Listing, Matrix, NamedSet, SetUnion, SetWithout)
_BASED = re.compile(r"(?:([0-9A-Z]+)|\(([0-9A-Z]+)\))_(?:([0-9]{1,2})|\{([0-9]{1,2})\})")


def read(text: str) -> tuple[Value, ...]:
    """Every usual reading of an answer: one value, or two where its writing is ambiguous.

    Raises `UnreadableError` for a text outside the grammar, and its subclass `UnevaluatedError`
    for one that still asks for a computation.
    """
    written = normalise(text)
    if not re.search(r"\w|\\emptyset|\\varnothing|\\infty|\{\}|\\\{\s*\\\}", written):
        raise UnreadableError("the answer is empty")
    said = words.meaning(written)
    if said:
        return (Phrase(said),)
    in_words = english_number(written)
    found = tokens(with_digits(written) if in_words is None else str(in_words))
    first = _Reader(Style(tight=False))
    value = first.value(found)
    if not first.is_ambiguous:
        return (value,)
    return (value, _Reader(Style(tight=True)).value(found))


def read_formula(text: str) -> Node:
    """The text as one unambiguous formula; raises `UnreadableError` otherwise."""
    (value, *others) = read(text)
    if others or not isinstance(value, Scalar):
        raise UnreadableError("one formula was expected")
    return value.node


class _Reader:
    """Reads in one style; remembers whether the other style would read otherwise."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.is_ambiguous = False

    def formula(self, found: Sequence[Token]) -> Node:
        if not found:
            raise UnreadableError("a formula is missing")
        parser = Parser(list(found), self.style)
        node = parser.whole()
        self.is_ambiguous |= parser.is_ambiguous
        return node

    def value(self, found: Sequence[Token]) -> Value:
        found = regions.without_builder(found)
        if any(token.text == ":" and token.kind == "op" for token in found):
            return self._ratio(found)
        joined = split(found)
        if len(joined.chains) > 1 and (parameter := self._integer(joined.chains[-1])):
            joints = joined.joints if len(joined.chains) > 2 else frozenset()
            return Family(self._joined(Joined(joined.chains[:-1], joints)), parameter)
        return self._joined(joined)

    def _joined(self, joined: Joined) -> Value:
        values = [self._chain(chain) for chain in joined.chains]
        return values[0] if len(values) == 1 else labels.combine(values, joined.joints)

    def _integer(self, chain: Chain) -> str | None:
        """The parameter of `k \\in \\mathbb{Z}`."""
        if chain.relations != ("in",) or len(chain.sides[0]) != 1:
            return None
        right = self.formula(chain.sides[1])
        return chain.sides[0][0].text if right == NamedSet("Z") else None

    def _ratio(self, found: Sequence[Token]) -> Ratio:
        parts: list[list[Token]] = [[]]
        for token in found:
            if token.text == ":" and token.kind == "op":
                parts.append([])
            else:
                parts[-1].append(token)
        nodes = tuple(self._plain(self.formula(part)) for part in parts)
        texts = ["".join(token.text for token in part) for part in parts]
        clock = len(texts) in {2, 3} and all(re.fullmatch(r"[0-5]\d", part) for part in texts[1:])
        return Ratio(nodes, clock and re.fullmatch(r"[01]?\d|2[0-4]", texts[0]) is not None)

    def _chain(self, chain: Chain) -> Value:
        sides, relations = chain.sides, set(chain.relations)
        if not relations:
            return self._single(sides[0])
        if relations == {"="}:
            return self._equations(sides)
        if chain.relations == ("~",) and not sides[0]:
            return self._single(sides[1])
        if chain.relations == ("in",):
            return self._member(sides)
        if relations <= {"<", ">", "<=", ">=", "!="}:
            return self._inequality(chain)
        raise UnreadableError("this relation is not read")

    def _member(self, sides: Sequence[Sequence[Token]]) -> Value:
        label = labels.name_of(sides[0])
        if label is None:
            raise UnreadableError("what is a member of the set is not a name")
        value = self._single(sides[1])
        if isinstance(value, Tuple):
            value = regions.from_pair(value)
        if isinstance(value, Region | Several):
            return replace(value, label=label)
        raise UnreadableError("membership of this set is not read")

    def _inequality(self, chain: Chain) -> Value:
        nodes = [self._plain(self.formula(side)) for side in chain.sides]
        region = regions.from_inequality(nodes, chain.relations)
        if region is not None:
            return region
        if len(nodes) != 2 or chain.relations == ("!=",):
            raise UnreadableError("this chain of inequalities is not read")
        relation = chain.relations[0]
        left, right = nodes if relation.startswith("<") else reversed(nodes)
        return Inequality(left, right, is_strict="=" not in relation)

    def _equations(self, sides: Sequence[Sequence[Token]]) -> Value:
        if any(not side for side in sides):
            raise UnreadableError("a side of the equation is missing")
        label = labels.name_of(sides[0])
        if label is None and len(sides) == 2 and (label := labels.name_of(sides[1])):
            sides = (sides[1], sides[0])
        if label is None:
            return self._unnamed(sides)
        value = self._single(sides[-1])
        middle = tuple(self._plain(self.formula(split_unit(side)[0])) for side in sides[1:-1])
        if isinstance(value, Scalar):
            if label in symbols(value.node):
                return Equation(Symbol(label), value.node)
            return replace(value, label=label, also=middle)
        if middle or isinstance(value, Phrase | Based | Ratio):
            raise UnreadableError("this chain of equations is not read")
        if isinstance(value, Region | Several | Tuple | Table):
            return replace(value, label=label)
        raise UnreadableError("this equation is not read")

    def _unnamed(self, sides: Sequence[Sequence[Token]]) -> Value:
        values = [self._single(side) for side in sides]
        nodes = [value.node for value in values if isinstance(value, Scalar)]
        if len(nodes) < len(values):
            raise UnreadableError("this equation is not read")
        if not any(symbols(node) for node in nodes):
            last = values[-1]
            if isinstance(last, Scalar):
                return replace(last, also=tuple(nodes[:-1]))
        if len(nodes) != 2:
            raise UnreadableError("this chain of equations is not read")
        return Equation(nodes[0], nodes[1])

    def _single(self, found: Sequence[Token]) -> Value:
        based = _based(found)
        if based:
            return based
        parts = compound(found)
        if parts:
            total = sum((number.value * unit.size for number, unit in parts), Fraction(0))
            return Scalar(Number(total), replace(parts[0][1], size=Fraction(1), is_sure=True))
        rest, unit = split_unit(found)
        value = self.value_of(self.formula(rest))
        if unit is None:
            return value
        if not isinstance(value, Scalar):
            raise UnreadableError("a unit follows something that is not one number")
        return replace(value, unit=unit, as_product=None if unit.is_sure else self._product(found))

    def _product(self, found: Sequence[Token]) -> Node | None:
        try:
            return self._plain(self.formula(found))
        except UnreadableError:
            return None

    def value_of(self, node: Node) -> Value:
        """The kind of value that a formula's outermost form makes it."""
        if isinstance(node, Listing):
            return self._listing(node)
        if isinstance(node, Matrix):
            return self._matrix(node)
        if isinstance(node, NamedSet | SetUnion | SetWithout):
            return regions.from_sets(node)
        if any(isinstance(part, Sign) for part in walk(node)):
            return Several(tuple(Scalar(self._plain(each)) for each in both_signs(node)), True)
        return Scalar(self._plain(node))

    def _listing(self, node: Listing) -> Value:
        if node.brackets == "{}":
            return labels.flat(tuple(self.value_of(item) for item in node.items), is_set=True)
        region = regions.from_listing(node)
        if region is not None:
            return region
        items = tuple(self.value_of(item) for item in node.items)
        if any(isinstance(item, Several) for item in items):
            raise UnreadableError("a set stands inside a tuple")
        return Tuple(items, node.brackets)

    def _matrix(self, node: Matrix) -> Value:
        rows = tuple(tuple(self._plain(entry) for entry in row) for row in node.rows)
        if len(rows) > 1 and len(rows[0]) == 1:
            return Tuple(tuple(Scalar(row[0]) for row in rows), "column")
        return Table(rows)

    def _plain(self, node: Node) -> Node:
        """A formula that holds no set or tuple, and infinity only as the whole of it."""
        for part in walk(node):
            if isinstance(part, (*_CONTAINERS, Sign)):
                raise UnreadableError("a set or a tuple stands inside a formula")
        if Constant("infinity") in walk(node) and node not in regions.INFINITIES:
            raise UnreadableError("infinity stands inside a formula")
        return node


def both_signs(node: Node) -> tuple[Node, ...]:
    """A formula with plus-minus as two: all upper signs, then all lower ones."""
    marks = [part for part in walk(node) if isinstance(part, Sign)]
    if len([mark for mark in marks if mark.upper_is_plus]) > 1:
        raise UnreadableError("several plus-minus signs have two usual meanings")
    both = []
    for upper in (1, -1):
        one = substitute(node, Sign(True), Number(Fraction(upper)))
        both.append(substitute(one, Sign(False), negative(Number(Fraction(upper)))))
    return tuple(both)


def _based(found: Sequence[Token]) -> Based | None:
    """`1011_2`, `(FF)_{16}`; `A_1` is a name."""
    match = _BASED.fullmatch("".join(token.text for token in found))
    if not match or found[0].kind not in {"number", "op", "run", "word"}:
        return None
    base = int(match[3] or match[4])
    digits = (match[1] or match[2]).lstrip("0") or "0"
    if not 2 <= base <= 36 or any(int(digit, 36) >= base for digit in digits):
        return None
    return Based(digits, base)
