"""Numeric values of formulas at any precision, with a record of the sizes met on the way.

The record matters: `1 + 10^-80 - 1` needs more than 60 digits, and says so by its smallest part.
Not thread-safe: one worker, one process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mpmath import mp

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

MAX_MAGNITUDE = 20_000
_NOISE_BITS = 64
_WITH_ZEROS = frozenset(
    {"sin", "cos", "tan", "cot", "ln", "lg", "sinh", "tanh"}
    | {"asin", "acos", "atan", "asinh", "acosh", "atanh"}
)
Numeric = Any  # mpf or mpc


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
                return self._quotient(self.value(above), divisor)
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

    def _quotient(self, above: Numeric, below: Numeric) -> Numeric:
        if not below:
            raise UndefinedError
        return above / below

    def _power(self, node: Power) -> Numeric:
        base, exponent = self.value(node.base), self.value(node.exponent)
        if not base:
            if mp.re(exponent) <= 0:
                raise UndefinedError
            return mp.mpf(0)
        self._check_size(base, exponent)
        rational = exact_constant(node.exponent)
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
        radicand, degree = self.value(node.radicand), exact_constant(node.degree)
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
            _need_real(*values)
            return max(values) if name == "max" else min(values)
        if name in {"binom", "permutations"} and len(values) == 2:
            return self._chosen(name, *values)
        function = _FUNCTIONS.get(name)
        if function is None or len(values) != 1:
            raise UnreadableError(f"{name} is not worked out here")
        value = function(self, values[0])
        return _settled(value, values[0]) if name in _WITH_ZEROS else value

    def _logarithm(self, values: list[Numeric]) -> Numeric:
        if not all(values):
            raise UndefinedError
        if len(values) == 2:
            return self._quotient(mp.log(values[0]), mp.log(values[1]))
        return mp.log10(values[0]) if self.convention.log_is_decimal else mp.log(values[0])

    def _chosen(self, name: str, n: Numeric, k: Numeric) -> Numeric:
        below = self.gamma(n - k + 1)
        if name == "binom":
            below *= self.gamma(k + 1)
        return self.gamma(n + 1) / below

    def gamma(self, value: Numeric) -> Numeric:
        """Gamma, refused where it is vast or has a pole."""
        if abs(value) > 4_000:
            raise TooLargeError
        if mp.isint(value) and value <= 0:
            raise UndefinedError
        return mp.gamma(value)

    def step(self, value: Numeric, function: Callable[[Numeric], Numeric]) -> Numeric:
        """Floor or ceiling; undecided within rounding noise of a step."""
        _need_real(value)
        if abs(value - mp.nint(value)) < mp.mpf(10) ** -(mp.dps // 2):
            raise UndefinedError
        return function(value)

    def logarithm_of(self, value: Numeric) -> Numeric:
        """Natural logarithm, principal branch."""
        if not value:
            raise UndefinedError
        return mp.log(value)

    def exponential(self, value: Numeric) -> Numeric:
        """e to the value."""
        if abs(value) > MAX_MAGNITUDE:
            raise TooLargeError
        return mp.exp(value)

    def inverse(self, value: Numeric) -> Numeric:
        """One over the value."""
        return self._quotient(mp.mpf(1), value)

    def arc_cotangent(self, value: Numeric) -> Numeric:
        """Two ranges are usual; they agree where the argument is positive."""
        _need_real(value)
        if value <= 0:
            raise UndefinedError
        return mp.acot(value)


def exact_constant(node: Node) -> Any:
    """The rational value of a formula without symbols, or None."""
    return exact(node)


def _settled(value: Numeric, from_value: Numeric) -> Numeric:
    """Zero where the value is nothing but what rounding left of `from_value`.

    Sure only at a precision beyond the sizes of all parts, which the caller sees to.
    """
    if value and from_value and mp.mag(value) < mp.mag(from_value) - mp.prec + _NOISE_BITS:
        return mp.mpf(0)
    return value


def _need_real(*values: Numeric) -> None:
    if any(isinstance(value, mp.mpc) for value in values):
        raise UndefinedError


def _cosecant(function: Callable[[Numeric], Numeric]) -> Callable[[Evaluator, Numeric], Numeric]:
    return lambda evaluator, value: evaluator.inverse(_bounded(function, value))


def _bounded(function: Callable[[Numeric], Numeric], value: Numeric) -> Numeric:
    """A periodic or hyperbolic function, refused where its argument is vast."""
    if abs(mp.im(value)) > MAX_MAGNITUDE or abs(value) > mp.mpf(10) ** 30:
        raise TooLargeError
    return function(value)


def _plain(function: Callable[[Numeric], Numeric]) -> Callable[[Evaluator, Numeric], Numeric]:
    return lambda _, value: _bounded(function, value)


def _hyperbolic(function: Callable[[Numeric], Numeric]) -> Callable[[Evaluator, Numeric], Numeric]:
    def bounded(_: Evaluator, value: Numeric) -> Numeric:
        if abs(value) > MAX_MAGNITUDE:
            raise TooLargeError
        return function(value)

    return bounded


def _tangent(evaluator: Evaluator, value: Numeric) -> Numeric:
    return _bounded(mp.sin, value) * evaluator.inverse(_bounded(mp.cos, value))


_FUNCTIONS: dict[str, Callable[[Evaluator, Numeric], Numeric]] = {
    "sin": _plain(mp.sin),
    "cos": _plain(mp.cos),
    "tan": _tangent,
    "cot": lambda evaluator, value: evaluator.inverse(_tangent(evaluator, value)),
    "sec": _cosecant(mp.cos),
    "csc": _cosecant(mp.sin),
    "asin": _plain(mp.asin),
    "acos": _plain(mp.acos),
    "atan": _plain(mp.atan),
    "acot": Evaluator.arc_cotangent,
    "sinh": _hyperbolic(mp.sinh),
    "cosh": _hyperbolic(mp.cosh),
    "tanh": _hyperbolic(mp.tanh),
    "coth": lambda evaluator, value: evaluator.inverse(_hyperbolic(mp.tanh)(evaluator, value)),
    "asinh": _plain(mp.asinh),
    "acosh": _plain(mp.acosh),
    "atanh": _plain(mp.atanh),
    "ln": Evaluator.logarithm_of,
    "lg": lambda evaluator, value: evaluator.logarithm_of(value) / mp.log(10),
    "exp": Evaluator.exponential,
    "abs": lambda _, value: abs(value),
    "sign": lambda _, value: mp.sign(value),
    "floor": lambda evaluator, value: evaluator.step(value, mp.floor),
    "ceil": lambda evaluator, value: evaluator.step(value, mp.ceil),
    "factorial": lambda evaluator, value: evaluator.gamma(value + 1),
    "percent": lambda _, value: value / 100,
    "degrees": lambda _, value: value * mp.pi / 180,
}
