"""The part of the grammar that cannot be cut further: numbers, names, roots, fractions."""

from fractions import Fraction

from solver.checking.reading import spelling, tree
from solver.checking.reading.containers import Containers
from solver.checking.reading.cursor import END
from solver.checking.reading.lexer import Token
from solver.checking.reading.tree import (
    Call,
    Constant,
    Node,
    Number,
    Quotient,
    Root,
    Symbol,
    UnreadableError,
)

BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"})
GROUPS = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil"), "lvert": ("rvert", "abs")}

MAX_NESTING = 80


class Atoms(Containers):
    """Numbers, names, commands with arguments, roots and bars."""

    def script(self) -> Node:
        """What stands after ^ or _ : a group, or a single token with an optional sign."""
        if self.is_at("{"):
            return self.group("{", "}")
        if self.is_at("("):
            return self.group("(", ")")
        if self.is_at("-", "+"):
            minus = self.take().text == "-"
            return tree.negative(self.script()) if minus else self.script()
        return self.primary()

    def group(self, opening: str, closing: str) -> Node:
        """One formula between brackets."""
        self.expect(opening)
        bars, self.bars = self.bars, 0
        node = self.sum()
        self.bars = bars
        self.expect(closing)
        return node

    def primary(self) -> Node:
        """One factor without what is raised or appended to it."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise UnreadableError("the formula is nested too deep")
        node = self._unguarded_primary()
        self.nesting -= 1
        return node

    def _unguarded_primary(self) -> Node:
        token = self.peek()
        if token.kind == "number":
            return self._number()
        if token.kind == "constant":
            self.take()
            return Constant(token.text)
        if token.kind == "name":
            return self._symbol()
        if token.kind == "run":
            return self._first_of_run(token)
        if token.kind == "function":
            return self.function()
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
        if self.is_at(*FRACTIONS):
            mark = self.index
            self.take()
            above, below = self.argument(), self.argument()
        elif self.peek().kind == "number" and self.peek().spaced and self.peek(1).text == "/":
            mark = self.index
            above, below = Number(self.take().value), Number(self.peek(1).value)
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
            if token is END or token.text in {"{", "="}:
                raise UnreadableError("a subscript is not read")
            texts.append(token.text)
        self.take()
        return "".join(texts)

    def _first_of_run(self, token: Token) -> Node:
        """`xy^2` is x times y^2: a run of letters is as many tokens."""
        if len(token.text) > 2 and list(token.text) != sorted(token.text):
            raise UnreadableError(f"{token.text!r} is a word")
        letters = [
            Token("constant" if letter in "ei" else "name", letter, token.spaced)
            for letter in token.text
        ]
        self.tokens[self.index : self.index + 1] = letters
        return self.primary()

    def _command(self) -> Node:
        name = self.peek().text
        if name in FRACTIONS:
            self.take()
            return Quotient(self.argument(), self.argument())
        if name in BINOMIALS:
            self.take()
            return Call("binom", (self.argument(), self.argument()))
        if name in {"sqrt", "surd"}:
            return self._root()
        if name in GROUPS:
            closing, function = GROUPS[name]
            return self._bars(name, closing, function)
        return self.special(name)

    def argument(self) -> Node:
        """An argument of a command: a group, or one single-digit number, letter or command."""
        if self.is_at("{"):
            return self.group("{", "}")
        token = self.peek()
        if token.kind == "number":
            return self._digit_argument(token)
        if token.kind in {"name", "constant"} or self.is_at(*FRACTIONS, "sqrt"):
            return self.primary()
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
        return Root(self.primary() if is_sign else self.argument(), degree)

    def _bars(self, opening: str, closing: str, function: str) -> Node:
        self.expect(opening)
        self.bars += opening == "|"
        node = self.sum()
        self.bars -= opening == "|"
        self.expect(closing)
        return Call(function, (node,))
