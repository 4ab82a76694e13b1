"""Numeric values of formulas at any precision, with a record of the sizes met on the way.

The record matters: `1 + 10^-80 - 1` needs more than 60 digits, and says so by its smallest part.
Not thread-safe: one worker, one process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mpmath import mp

from solver.checking.child.elementary import (
    FUNCTIONS,
    MAX_MAGNITUDE,
    Numeric,
    gamma,
    need_real,
    quotient,
)
from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.reading.tree import (
    Call,
    Constant,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Symbol,
    UnreadableError,
)

_NOISE_BITS = 64
_WITH_ZEROS = frozenset(
    {"sin", "cos", "tan", "cot", "ln", "lg", "sinh", "tanh"}
    | {"asin", "acos", "atan", "asinh", "acosh", "atanh"}
)


@dataclass(frozen=True, slots=True)
class Convention:
    """What notation leaves open: the base of `log`, and (-8)^(1/3)."""

    log_is_decimal: bool = False
    odd_roots_are_real: bool = True


@dataclass(slots=True)
class Evaluator:
    """Evaluates trees with the symbols set to `values`, at mpmath's working precision.

    `largest` and `smallest` are the binary exponents of the largest and the smallest part other
    than zero that was met.
    """

    values: Mapping[str, Numeric] = field(default_factory=dict)
    convention: Convention = field(default_factory=Convention)
    largest: int = 0
    smallest: int = 0

    def value(self, node: Node) -> Numeric:
        """The value; raises `UndefinedError` or `TooLargeError`."""
        result = self._chopped(self._value(node))
        if not mp.isfinite(result):
            raise UndefinedError
        if result:
            magnitude = int(mp.mag(result))
            if abs(magnitude) > MAX_MAGNITUDE:
                raise TooLargeError
            self.largest = max(self.largest, magnitude)
            self.smallest = min(self.smallest, magnitude)
        return result

    @property
    def span_digits(self) -> int:
        """Decimal digits between the largest and the smallest part."""
        return int((self.largest - self.smallest) * 0.302) + 1

    def _chopped(self, value: Numeric) -> Numeric:
        """A value whose imaginary part is rounding noise is real."""
        if isinstance(value, mp.mpc):
            noise = mp.ldexp(max(abs(value.real), mp.mpf(10) ** -15), -mp.prec + 50)
            if abs(value.imag) <= noise:
                return value.real
        return value

    def _value(self, node: Node) -> Numeric:
        match node:
            case Number(value=value):
                return mp.mpf(value.numerator) / value.denominator
            case Constant(name=name):
                return self._constant(name)
            case Symbol(name=name):
                if name not in self.values:
                    raise UnreadableError(f"{name} has no value")
                return self.values[name]
            case Sum(terms=terms):
                values = [self.value(term) for term in terms]
                return _settled(mp.fsum(values), max(values, key=abs))
            case Product(factors=factors):
                return mp.fprod([self.value(factor) for factor in factors])
            case Quotient(above=above, below=below):
                divisor = self.value(below)
                if exact(below):  # however small, it is not zero
                    return self.value(above) / divisor
                return quotient(self.value(above), divisor)
            case Power():
                return self._power(node)
            case Root():
                return self._root(node)
            case Call(name=name, arguments=arguments):
                return self._call(name, [self.value(argument) for argument in arguments])
        raise UnreadableError("a set or a tuple has no single value")

    def _constant(self, name: str) -> Numeric:
        if name == "infinity":
            raise UndefinedError
        return {"pi": +mp.pi, "e": +mp.e, "i": mp.j}[name]

    def _power(self, node: Power) -> Numeric:
        base, exponent = self.value(node.base), self.value(node.exponent)
        if not base:
            if mp.re(exponent) <= 0:
                raise UndefinedError
            return mp.mpf(0)
        self._check_size(base, exponent)
        rational = exact(node.exponent)
        if isinstance(base, mp.mpf) and base < 0 and rational is not None:
            if rational.denominator == 1:
                return base**rational.numerator
            if rational.denominator % 2 and self.convention.odd_roots_are_real:
                power = mp.power(-base, exponent)
                return -power if rational.numerator % 2 else power
        return mp.power(base, exponent)

    def _check_size(self, base: Numeric, exponent: Numeric) -> None:
        if abs(exponent) * (abs(mp.mag(base)) + 10) > 40 * MAX_MAGNITUDE:
            raise TooLargeError

    def _root(self, node: Root) -> Numeric:
        radicand, degree = self.value(node.radicand), exact(node.degree)
        if degree is None:  # a degree in letters
            return mp.power(radicand, 1 / self.value(node.degree))
        if degree.denominator != 1 or not 1 <= degree <= 1000:
            raise UndefinedError
        n = degree.numerator
        if isinstance(radicand, mp.mpf) and radicand < 0 and n % 2:
            return -mp.root(-radicand, n)
        return mp.root(radicand, n)

    def _call(self, name: str, values: list[Numeric]) -> Numeric:
        if name == "log":
            return self._logarithm(values)
        if name in {"max", "min"}:
            need_real(*values)
            return max(values) if name == "max" else min(values)
        if name in {"binom", "permutations"} and len(values) == 2:
            return self._chosen(name, *values)
        function = FUNCTIONS.get(name)
        if function is None or len(values) != 1:
            raise UnreadableError(f"{name} is not worked out here")
        value = function(values[0])
        return _settled(value, values[0]) if name in _WITH_ZEROS else value

    def _logarithm(self, values: list[Numeric]) -> Numeric:
        if not all(values):
            raise UndefinedError
        if len(values) == 2:
            return quotient(mp.log(values[0]), mp.log(values[1]))
        return mp.log10(values[0]) if self.convention.log_is_decimal else mp.log(values[0])

    def _chosen(self, name: str, n: Numeric, k: Numeric) -> Numeric:
        below = gamma(n - k + 1)
        if name == "binom":
            below *= gamma(k + 1)
        return gamma(n + 1) / below


def _settled(value: Numeric, from_value: Numeric) -> Numeric:
    """Zero where the value is nothing but what rounding left of `from_value`.

    Sure only at a precision beyond the sizes of all parts, which the caller sees to.
    """
    if value and from_value and mp.mag(value) < mp.mag(from_value) - mp.prec + _NOISE_BITS:
        return mp.mpf(0)
    return value
