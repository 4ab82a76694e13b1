"""The grammar of formulas: LaTeX as models write it and plain text as students type it.

Strict: a token without a place raises. Where two readings are usual (`1/2x`, `sin x y`) the
parser says so, and the caller reads again in the other style and needs one verdict for both.
"""

from fractions import Fraction

from solver.checking.reading import spelling, tree
from solver.checking.reading.atoms import BINOMIALS, FRACTIONS, GROUPS, Atoms
from solver.checking.reading.cursor import END
from solver.checking.reading.tree import (
    Call,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Sign,
    Sum,
    UnreadableError,
)

_TIMES = ("cdot", "times", "ast", "*")
_SIGNS = {"pm": True, "mp": False}
_FACTOR_COMMANDS = FRACTIONS | BINOMIALS | {"sqrt", "surd"} | set(GROUPS)


class Parser(Atoms):
    """One pass over the tokens: sums, terms, powers and functions."""

    def whole(self) -> Node:
        """The tokens as one formula, all of them."""
        node = self.collection()
        if self.peek() is not END:
            raise UnreadableError(f"{self.peek().text!r} has no place here")
        return node

    def sum(self) -> Node:
        """Terms joined by plus, minus, plus-minus."""
        terms = [self._signed_term()]
        while self.is_at("+", "-", "pm", "mp"):
            terms.append(self._signed_term())
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _signed_term(self) -> Node:
        minus, marks = False, []
        while self.is_at("+", "-", "pm", "mp"):
            text = self.take().text
            minus ^= text == "-"
            if text in _SIGNS:
                marks.append(Sign(_SIGNS[text]))
            if len(marks) > 1:
                raise UnreadableError("two plus-minus signs stand together")
        term = self.term()
        if marks:
            term = Product((marks[0], term))
        return tree.negative(term) if minus else term

    def term(self) -> Node:
        """Factors joined by signs of multiplication and division, or by standing together."""
        node = self._juxtaposed() if self.style.tight else self.power()
        divided = False
        while True:
            if self.is_at(*_TIMES):
                self.take()
                node, divided = _times(node, self._operand()), False
            elif self.is_at("/", "div"):
                self.take()
                node, divided = Quotient(node, self._operand()), True
            elif self.starts_factor():
                self.is_ambiguous |= divided
                node = _times(node, self.power())
            else:
                return node

    def _operand(self) -> Node:
        sign = 1
        while self.is_at("-", "+"):
            sign *= -1 if self.take().text == "-" else 1
        node = self._juxtaposed() if self.style.tight else self.power()
        return node if sign == 1 else tree.negative(node)

    def _juxtaposed(self) -> Node:
        node = self.power()
        while self.starts_factor():
            node = _times(node, self.power())
        return node

    def starts_factor(self) -> bool:
        """Whether a factor may begin here without a sign before it."""
        token = self.peek()
        if token.kind == "number":
            raise UnreadableError("a number follows a factor without a sign between them")
        if token.kind in {"name", "run", "function", "constant"}:
            return True
        if token.kind == "op":
            if token.text == "{" and self.peek(1).kind == "number":
                raise UnreadableError("2{3} shows as 23")
            return token.text in {"(", "{"} or (token.text == "|" and not self.bars)
        return token.kind == "command" and token.text in _FACTOR_COMMANDS

    def power(self) -> Node:
        """A factor with its exponents, factorials, percent and degree signs."""
        node = self.primary()
        while True:
            if self.is_at("!"):
                self.take()
                if self.is_at("!"):
                    raise UnreadableError("a double factorial has two usual meanings")
                node = Call("factorial", (node,))
            elif self.is_at("%"):
                self.take()
                node = Call("percent", (node,))
            elif self.is_at("^"):
                self.take()
                node = self._raised(node)
            else:
                return node

    def _raised(self, base: Node) -> Node:
        if self._takes_degree_sign():
            return Call("degrees", (base,))
        exponent = self.script()
        if self.is_at("^"):  # 2^3^2 is 2^(3^2)
            self.take()
            exponent = self._raised(exponent)
        return Power(base, exponent)

    def _takes_degree_sign(self) -> bool:
        braced = self.is_at("{")
        if self.peek(1 if braced else 0).text not in {"circ", "degree"}:
            return False
        if braced and self.peek(2).text != "}":
            return False
        self.index += 3 if braced else 1
        return True

    def function(self) -> Node:
        r"""`sin x`, `\log_2 8`, `\sin^{-1} x`, `sqrt(2)`."""
        name = self.take().text
        if name == "sqrt":
            return Root(self.group("(", ")"), tree.TWO)
        if name == "cbrt":
            return Root(self.group("(", ")"), Number(Fraction(3)))
        base = exponent = None
        while self.is_at("_", "^"):
            if self.take().text == "_":
                base = self.script()
            else:
                exponent = self.script()
        if base is not None and name != "log":
            raise UnreadableError("only a logarithm takes a base")
        node = self._applied(name, base)
        if exponent is None:
            return node
        if exponent == tree.MINUS_ONE and name in spelling.INVERSE:
            return Call(spelling.INVERSE[name], node.arguments)
        return Power(node, exponent)

    def _applied(self, name: str, base: Node | None) -> Call:
        arguments = self.arguments() if self.is_at("(") else (self._bare_argument(),)
        if base is not None:
            arguments = (*arguments, base)
        return Call(name, arguments)

    def _bare_argument(self) -> Node:
        """`sin 2x`: a coefficient and one factor; more is ambiguous until the style decides."""
        minus = self.is_at("-") and bool(self.take())
        node = self.power()
        if isinstance(node, Number) and self._is_coefficient():
            node = _times(node, self.power())
        while self.starts_factor() and self.peek().kind != "function":
            self.is_ambiguous = True
            if not self.style.tight:
                break
            node = _times(node, self.power())
        if self.is_at("/"):
            self.is_ambiguous = True
            if self.style.tight:
                self.take()
                node = Quotient(node, self.power())
        return tree.negative(node) if minus else node

    def _is_coefficient(self) -> bool:
        """2 in sin 2x and ln 2√3; not surely so in ln 2(x + 1) or ln 2 e^x."""
        if not self.starts_factor() or self.peek().kind == "function":
            return False
        return self.peek().text not in {"(", "|", "lvert", "e"}


def _times(left: Node, right: Node) -> Node:
    factors = left.factors if isinstance(left, Product) else (left,)
    return Product((*factors, right))
