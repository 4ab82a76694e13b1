"""Tokens -> sympy expressions, by a recursive-descent reader that refuses what it is not sure of.

`1/2x` may mean (1/2)x or 1/(2x), `1 \\frac{1}{2}` may be a mixed number: such text is Unreadable,
never guessed. Sizes are bounded before sympy computes anything.
"""

import sympy as sp

from solver.checking.child.evidence.bounded import (
    Expr,
    binomial,
    factorial,
    is_odd_root,
    logarithm,
    number,
    power,
)
from solver.checking.child.evidence.names import CONSTANTS, FRACTIONS, FUNCTIONS, GREEK, PRODUCTS
from solver.checking.child.evidence.tokens import Cursor, Token, Unreadable, tokens

MAX_DEPTH = 40

_CLOSING = {"(": ")", "{": "}", "[": "]"}


def symbol(name: str) -> Expr:
    return sp.Symbol(name)


def read(text: str) -> Expr:
    """The expression that the whole of `text` stands for. Raises Unreadable."""
    reader = Reader(tokens(text))
    expression = reader.sum()
    reader.end()
    return expression


class Reader(Cursor):
    """Reads one formula from left to right; each method takes what its name says."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self._depth = 0
        self._in_bars = False

    def sum(self) -> Expr:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        total = self._signed()
        while self.peek().kind in {"+", "-"}:
            sign = self.take().kind
            term = self._signed()
            total = total + term if sign == "+" else total - term
        self._depth -= 1
        return total

    def _signed(self) -> Expr:
        if self.peek().kind in {"+", "-"}:
            sign = self.take().kind
            term = self._product()
            return -term if sign == "-" else term
        return self._product()

    def _product(self) -> Expr:
        product = self._power()
        divided = False
        while True:
            token = self.peek()
            if token.kind == "*" or token.text in {"\\cdot", "\\times", "\\ast"}:
                self.take()
                product, divided = product * self._factor(), False
            elif token.kind == "/" or token.text == "\\div":
                self.take()
                product, divided = self._quotient(product, self._factor()), True
            elif self._starts_factor(token):
                self._refuse_doubtful_neighbours(token, divided)
                product = product * self._power()
            else:
                return product

    def _factor(self) -> Expr:
        if self.peek().kind == "-":
            self.take()
            return -self._power()
        return self._power()

    def _refuse_doubtful_neighbours(self, token: Token, divided: bool) -> None:
        before = self._tokens[self._at - 1]
        if divided:
            raise Unreadable("a/bc can be read in two ways: brackets are needed")
        if token.kind == "number":
            raise Unreadable("two numbers stand side by side")
        if before.kind == "number" and token.text in FRACTIONS and self._is_number_fraction():
            raise Unreadable("this may be a mixed number or a product")

    def _is_number_fraction(self) -> bool:
        following = self._tokens[self._at + 1 : self._at + 3]
        return any(token.kind == "number" for token in following)

    def _quotient(self, above: Expr, below: Expr) -> Expr:
        if below == 0:
            raise Unreadable("a division by zero")
        return above / below

    def _starts_factor(self, token: Token) -> bool:
        if token.kind in {"number", "name", "(", "{", "["}:
            return True
        if token.kind == "|":
            return not self._in_bars
        return token.kind == "command" and self._is_known(token.text)

    def _is_known(self, command: str) -> bool:
        name = command[1:]
        known = name in FUNCTIONS or name in CONSTANTS or name in GREEK or name == "log"
        return known or command in FRACTIONS | {"\\binom", "\\operatorname", "\\mathrm", "\\{"}

    def _power(self) -> Expr:
        base = self._postfix()
        if self.peek().kind != "^":
            return base
        self.take()
        return power(base, self._exponent())

    def _exponent(self) -> Expr:
        if self.peek().kind == "{":
            return self._group()
        if self.peek().kind == "-":
            self.take()
            return -self._exponent()
        # Plain text writes x^10; LaTeX means x^{1}0 by it, but people never do.
        exponent = self._postfix()
        if self.peek().kind == "^":
            raise Unreadable("a tower of powers without braces")
        return exponent

    def _postfix(self) -> Expr:
        value = self._atom()
        while self.peek().kind in {"!", "%"} or self.peek().text == "\\%":
            sign = self.take()
            value = factorial(value) if sign.kind == "!" else value / 100
        return value

    def _atom(self) -> Expr:
        token = self.take()
        if token.kind == "number":
            return number(token.text)
        if token.kind in _CLOSING:
            inner = self.sum()
            self.expect(_CLOSING[token.kind])
            return inner
        if token.kind == "|":
            return self._absolute()
        if token.kind == "name":
            return self._named(token.text)
        if token.kind == "command":
            return self._command(token.text)
        raise Unreadable(f"{token.text or 'the end'!r} was not expected")

    def _absolute(self) -> Expr:
        was, self._in_bars = self._in_bars, True
        inner = self.sum()
        self.expect("|")
        self._in_bars = was
        return sp.Abs(inner)

    def _group(self) -> Expr:
        self.expect("{")
        inner = self.sum()
        self.expect("}")
        return inner

    def _argument(self) -> Expr:
        """What a LaTeX command takes: a group, or one digit or letter as in \\frac12."""
        token = self.peek()
        if token.kind == "{":
            return self._group()
        if token.kind == "number" and len(token.text) > 1:
            self._tokens[self._at] = Token("number", token.text[1:])
            return number(token.text[0])
        return self._atom()

    def _named(self, name: str) -> Expr:
        if name in FUNCTIONS or name == "log":
            return self._function(name)
        if len(name) == 1:
            return self._variable(name)
        if name == "pi":
            return sp.pi
        if name in PRODUCTS:
            return self._variable(name[0], subscript=False) * self._variable(name[1])
        raise Unreadable(f"the word {name!r} is not a formula")

    def _variable(self, name: str, *, subscript: bool = True) -> Expr:
        if subscript and self.peek().kind == "_":
            self.take()
            token = self.take()
            if token.kind == "{":
                token = self.take()
                self.expect("}")
            return symbol(f"{name}_{token.text}")
        if self.peek().kind == "'":
            raise Unreadable("a derivative sign inside a formula")
        return CONSTANTS.get(name) or symbol(name)

    def _command(self, command: str) -> Expr:
        name = command[1:]
        if command in FRACTIONS:
            return self._quotient(self._argument(), self._argument())
        if command == "\\binom":
            return binomial(self._argument(), self._argument())
        if command == "\\sqrt":
            return self._root()
        if command in {"\\operatorname", "\\mathrm"}:
            return self._operator()
        if name in FUNCTIONS or name == "log":
            return self._function(name)
        if name == "pi":
            return sp.pi
        if name == "infty":
            return sp.oo
        if name in GREEK:
            return symbol(name)
        raise Unreadable(f"{command} is not known here")

    def _operator(self) -> Expr:
        self.expect("{")
        name = self.take().text
        self.expect("}")
        if name in FUNCTIONS:
            return self._function(name)
        if name in {"e", "i"}:
            return CONSTANTS[name]
        raise Unreadable(f"the operator {name!r} is not known here")

    def _root(self) -> Expr:
        degree: Expr = sp.Integer(2)
        if self.peek().kind == "[":
            self.take()
            degree = self.sum()
            self.expect("]")
        radicand = self._argument()
        if not (degree.is_Integer and 2 <= degree <= 20):
            raise Unreadable("a root of an unusual degree")
        return (
            sp.real_root(radicand, degree)
            if is_odd_root(degree, radicand)
            else sp.root(radicand, degree)
        )

    def _function(self, name: str) -> Expr:
        exponent = None
        base = None
        if self.peek().kind == "_" and name == "log":
            self.take()
            base = self._argument()
        if self.peek().kind == "^":
            self.take()
            exponent = self._exponent()
        argument = self._function_argument()
        value = logarithm(argument, base) if name == "log" else FUNCTIONS[name](argument)
        if exponent is None:
            return value
        if exponent == -1:
            raise Unreadable("f^{-1} may be an inverse or a reciprocal")
        return power(value, exponent)

    def _function_argument(self) -> Expr:
        token = self.peek()
        if token.kind in _CLOSING or token.kind == "|":
            return self._atom()
        # sin 2x: number and letters up to the next sign belong to the argument.
        argument = self._power()
        while self.peek().kind == "name" and len(self.peek().text) == 1:
            argument = argument * self._power()
        return argument
