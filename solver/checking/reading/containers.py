"""The part of the grammar that holds several things: tuples, sets, intervals, matrices."""

from solver.checking.reading.cursor import Cursor
from solver.checking.reading.tree import (
    Listing,
    Matrix,
    NamedSet,
    Node,
    SetUnion,
    SetWithout,
    UnevaluatedError,
    UnreadableError,
)

_MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"}
_CLOSING = {"(": (")", "]"), "[": ("]", ")"), "\\{": ("\\}",), "{": ("}",)}
_ROW_END = "\\\\"


class Containers(Cursor):
    """Tuples, sets, intervals and matrices."""

    def collection(self) -> Node:
        """A formula, or sets joined by union and difference."""
        node = self.sum()
        while self.is_at("cup", "bigcup", "setminus", "backslash"):
            is_union = self.take().text in {"cup", "bigcup"}
            right = self.sum()
            if not is_union:
                node = SetWithout(node, right)
            else:
                parts = node.parts if isinstance(node, SetUnion) else (node,)
                node = SetUnion((*parts, right))
        return node

    def arguments(self) -> tuple[Node, ...]:
        """Arguments of a function between round brackets."""
        self.expect("(")
        items = self._items(")")
        self.expect(")")
        return items

    def bracketed(self) -> Node:
        """A group, a tuple, an interval or a set, by its brackets and commas."""
        opening = self.take().text
        if opening == "\\{" and self.is_at("\\}"):
            self.take()
            return NamedSet("empty")
        items = self._items(*_CLOSING[opening])
        closing = self.expect(*_CLOSING[opening])
        if opening in {"\\{", "{"}:
            is_set = opening == "\\{" or len(items) > 1
            return Listing("{}", items) if is_set else items[0]
        if len(items) > 1:
            return Listing(opening + closing, items)
        if opening + closing == "()" or isinstance(items[0], Matrix):
            return items[0]
        raise UnreadableError("square brackets around one thing have two usual meanings")

    def _items(self, *closing: str) -> tuple[Node, ...]:
        bars, self.bars = self.bars, 0
        items = [self.collection()]
        while self.is_at(",", ";"):
            self.take()
            items.append(self.collection())
        self.bars = bars
        if not self.is_at(*closing):
            raise UnreadableError("a bracket is not closed")
        return tuple(items)

    def special(self, name: str) -> Node:
        """Named sets and angle brackets."""
        self.take()
        if name in {"emptyset", "varnothing"}:
            return NamedSet("empty")
        if name.startswith("set "):
            return NamedSet(name[4:])
        if name == "langle":
            items = self._items("rangle")
            self.expect("rangle")
            return Listing("<>", items)
        raise UnreadableError(f"\\{name} is not read")

    def matrix(self) -> Node:
        """A matrix environment with rows of equal length."""
        kind = self.take().text
        if kind == "begin vmatrix":
            raise UnevaluatedError("the determinant still has to be worked out")
        if not kind.startswith("begin ") or kind[6:] not in _MATRICES:
            raise UnreadableError("this environment is not read")
        rows, row = [], [self.sum()]
        while self.is_at("&", _ROW_END):
            if self.take().text == "&":
                row.append(self.sum())
                continue
            rows.append(tuple(row))
            row = [] if self.peek().kind == "environment" else [self.sum()]
        if row:
            rows.append(tuple(row))
        if self.take().text != f"end {kind[6:]}":
            raise UnreadableError("an environment is not closed")
        if len({len(row) for row in rows}) != 1:
            raise UnreadableError("the rows of a matrix have different lengths")
        return Matrix(tuple(rows))
