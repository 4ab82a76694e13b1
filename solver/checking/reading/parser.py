"""The grammar of formulas: LaTeX as models write it and plain text as students type it.

Strict: a token without a place raises. Where two readings are usual (`1/2x`, `sin x y`) the
parser says so, and the caller reads again in the other style and needs one verdict for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.checking.reading import containers, spelling, tree
from solver.checking.reading.lexer import Token
from solver.checking.reading.tree import (
    Call,
    Constant,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Sign,
    Sum,
    Symbol,
    UnreadableError,
)

_END = Token("end", "")
_MAX_NESTING = 60
_BINOMIALS = {"binom", "dbinom", "tbinom"}
_FRACTIONS = {"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"}
_TIMES = {"cdot", "times", "ast"}
_SIGNS = {"pm": True, "mp": False}
_GROUPS = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil"), "lvert": ("rvert", "abs")}


@dataclass(frozen=True, slots=True)
class Style:
    """Which of two usual readings is taken where they part."""

    tight: bool = False  # 1/2x is 1/(2x), and sin x y is sin(xy)


class Parser(containers.Containers):
    """One pass over the tokens. `is_ambiguous` is set when another style would read otherwise."""

    def __init__(self, tokens: Sequence[Token], style: Style) -> None:
        self.tokens = list(tokens)
        self.style = style
        self.index = 0
        self.nesting = 0
        self.bars = 0
        self.is_ambiguous = False

    def whole(self) -> Node:
        """The tokens as one formula, all of them."""
        node = self.collection()
        if self.peek() is not _END:
            raise UnreadableError(f"{self.peek().text!r} has no place here")
        return node

    def peek(self, ahead: int = 0) -> Token:
        place = self.index + ahead
        return self.tokens[place] if place < len(self.tokens) else _END

    def take(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def is_at(self, *texts: str) -> bool:
        token = self.peek()
        return token.kind in {"op", "command"} and token.text in texts

    def expect(self, *texts: str) -> str:
        if not self.is_at(*texts):
            raise UnreadableError(f"{' or '.join(texts)} was expected")
        return self.take().text

    def sum(self) -> Node:
        """Terms joined by plus, minus, plus-minus."""
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise UnreadableError("the formula is nested too deep")
        terms = [self._signed_term()]
        while self.is_at("+", "-", "pm", "mp"):
            terms.append(self._signed_term())
        self.nesting -= 1
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
        node = self._juxtaposed() if self.style.tight else self._power()
        divided = False
        while True:
            if self.is_at(*_TIMES, "*"):
                self.take()
                node, divided = _times(node, self._operand()), False
            elif self.is_at("/", "div"):
                self.take()
                node, divided = Quotient(node, self._operand()), True
            elif self._starts_factor():
                self.is_ambiguous |= divided
                node = _times(node, self._power())
            else:
                return node

    def _operand(self) -> Node:
        sign = 1
        while self.is_at("-", "+"):
            sign *= -1 if self.take().text == "-" else 1
        node = self._juxtaposed() if self.style.tight else self._power()
        return node if sign == 1 else tree.negative(node)

    def _juxtaposed(self) -> Node:
        node = self._power()
        while self._starts_factor():
            node = _times(node, self._power())
        return node

    def _starts_factor(self) -> bool:
        token = self.peek()
        if token.kind == "number":
            raise UnreadableError("a number follows a factor without a sign between them")
        if token.kind in {"name", "run", "function", "constant"}:
            return True
        if token.kind == "op":
            return token.text in "({" or (token.text == "|" and not self.bars)
        return token.kind == "command" and (
            token.text in _FRACTIONS | _BINOMIALS | {"sqrt", "surd"} | set(_GROUPS)
        )

    def _power(self) -> Node:
        node = self._primary()
        while True:
            if self.is_at("!"):
                self.take()
                if self.is_at("!"):
                    raise UnreadableError("a double factorial has two usual meanings")
                node = Call("factorial", (node,))
            elif self.is_at("%"):
                self.take()
                node = Quotient(node, Number(Fraction(100)))
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

    def script(self) -> Node:
        """What stands after ^ or _ : a group, or a single token with an optional sign."""
        if self.is_at("{"):
            return self.group("{", "}")
        if self.is_at("("):
            return self.group("(", ")")
        if self.is_at("-", "+"):
            minus = self.take().text == "-"
            return tree.negative(self.script()) if minus else self.script()
        return self._primary()

    def group(self, opening: str, closing: str) -> Node:
        """One formula between brackets."""
        self.expect(opening)
        bars, self.bars = self.bars, 0
        node = self.sum()
        self.bars = bars
        self.expect(closing)
        return node

    def _primary(self) -> Node:
        token = self.peek()
        if token.kind == "number":
            return self._number()
        if token.kind == "constant":
            self.take()
            return Constant(token.text)
        if token.kind == "name":
            return self._symbol()
        if token.kind == "run":
            return self._run()
        if token.kind == "function":
            return self._function()
        if token.kind == "command":
            return self._command()
        if token.kind == "environment":
            return self.matrix()
        if token.kind == "op" and token.text in {"(", "[", "\\{", "{"}:
            return self.bracketed()
        if self.is_at("|"):
            return self._bars("|", "|", "abs")
        raise UnreadableError(f"{token.text or 'the end'!r} was not expected")

    def _number(self) -> Node:
        token = self.take()
        node: Node = Number(token.value, "." in token.text)
        if token.value.denominator == 1 and token.text.isdigit():
            return self._mixed(token.value) or node
        return node

    def _mixed(self, whole: Fraction) -> Node | None:
        """`1\\frac{1}{2}` and `1 1/2`: a whole number directly before a proper fraction."""
        if self.is_at(*_FRACTIONS):
            mark = self.index
            self.take()
            above, below = self.argument(), self.argument()
        elif self.peek().kind == "number" and self.peek().spaced and self.peek(1).text == "/":
            mark = self.index
            above, below = Number(self.take().value), Number(self.tokens[self.index + 1].value)
            self.index += 2
        else:
            return None
        if not (isinstance(above, Number) and isinstance(below, Number)):
            self.index = mark
            return None
        if not 0 < above.value < below.value or (above.value + below.value).denominator != 1:
            raise UnreadableError("a number stands before a fraction that is not proper")
        return Number(whole + above.value / below.value)

    def _symbol(self) -> Node:
        name = self.take().text
        subscript = self.subscript()
        if subscript and name in {"C", "A", "P"} and subscript.isdigit() and self.is_at("^"):
            self.take()
            chosen = self.script()
            total = Number(Fraction(int(subscript)))
            return Call("binom" if name == "C" else "permutations", (total, chosen))
        if self.is_at("'"):
            raise UnreadableError("a derivative or a prime is not read")
        opens = self.is_at("(") or (self.is_at("[") and not self.peek().spaced)
        if opens and (name in spelling.FUNCTION_NAMES):
            raise UnreadableError(f"{name}( ) is an unknown function")
        return Symbol(f"{name}_{subscript}" if subscript else name)

    def subscript(self) -> str:
        """The subscript's characters as part of a name, or nothing."""
        if not self.is_at("_"):
            return ""
        self.take()
        if not self.is_at("{"):
            token = self.take()
            if token.kind not in {"number", "name", "constant", "run", "word"}:
                raise UnreadableError("a subscript is not read")
            return token.text
        self.take()
        texts = []
        while not self.is_at("}"):
            token = self.take()
            if token is _END or token.text in {"{", "="}:
                raise UnreadableError("a subscript is not read")
            texts.append(token.text)
        self.take()
        return "".join(texts)

    def _run(self) -> Node:
        token = self.take()
        letters = token.text
        if len(letters) > 2 and list(letters) != sorted(letters):
            raise UnreadableError(f"{letters!r} is a word")
        return Product(tuple(_letter(letter) for letter in letters))

    def _command(self) -> Node:
        name = self.peek().text
        if name in _FRACTIONS:
            self.take()
            return Quotient(self.argument(), self.argument())
        if name in _BINOMIALS:
            self.take()
            return Call("binom", (self.argument(), self.argument()))
        if name in {"sqrt", "surd"}:
            return self._root()
        if name in _GROUPS:
            closing, function = _GROUPS[name]
            return self._bars(name, closing, function)
        return self.special(name)

    def argument(self) -> Node:
        """An argument of a command: a group, or one single-digit number, letter or command."""
        if self.is_at("{"):
            return self.group("{", "}")
        token = self.peek()
        if token.kind == "number":
            return self._digit_argument(token)
        if token.kind in {"name", "constant"} or self.is_at(*_FRACTIONS, "sqrt"):
            return self._primary()
        raise UnreadableError("a command lacks its argument")

    def _digit_argument(self, token: Token) -> Node:
        """`\\frac12` is one half: LaTeX takes one digit, so the token is cut."""
        if not token.text.isdigit() or len(token.text) > 2:
            raise UnreadableError("an argument without braces has several digits")
        first, rest = token.text[0], token.text[1:]
        if rest:
            cut = Token("number", rest, False, Fraction(int(rest)))
            self.tokens = [*self.tokens[: self.index + 1], cut, *self.tokens[self.index + 1 :]]
        self.index += 1
        return Number(Fraction(int(first)))

    def _root(self) -> Node:
        is_sign = self.take().text == "surd"
        degree: Node = tree.TWO
        if self.is_at("["):
            degree = self.group("[", "]")
        if is_sign and self.peek().kind == "number":  # the sign √ covers a whole number
            return Root(self._number(), degree)
        if self.is_at("("):
            return Root(self.group("(", ")"), degree)
        if self.peek().kind == "number" and len(self.peek().text) > 1:
            raise UnreadableError("\\sqrt without braces stands before several digits")
        return Root(self._primary() if is_sign else self.argument(), degree)

    def _bars(self, opening: str, closing: str, function: str) -> Node:
        self.expect(opening)
        self.bars += opening == "|"
        node = self.sum()
        self.bars -= opening == "|"
        self.expect(closing)
        return Call(function, (node,))

    def _function(self) -> Node:
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
        node = self._power()
        if isinstance(node, Number) and self._starts_factor() and self.peek().kind != "function":
            node = _times(node, self._power())
        while self._starts_factor() and self.peek().kind != "function":
            self.is_ambiguous = True
            if not self.style.tight:
                break
            node = _times(node, self._power())
        if self.is_at("/"):
            self.is_ambiguous = True
            if self.style.tight:
                self.take()
                node = Quotient(node, self._power())
        return tree.negative(node) if minus else node


def _times(left: Node, right: Node) -> Node:
    factors = left.factors if isinstance(left, Product) else (left,)
    return Product((*factors, right))


def _letter(letter: str) -> Node:
    return Constant(letter) if letter in "ei" else Symbol(letter)
