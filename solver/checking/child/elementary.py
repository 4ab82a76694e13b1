"""Elementary functions of one number, at mpmath's working precision.

Each raises `UndefinedError` where it has no value, or where rounding leaves it undecided, and
`TooLargeError` where the value or the argument is vast.
"""

from collections.abc import Callable
from typing import Any

from mpmath import mp

from solver.checking.child.exact import TooLargeError, UndefinedError

MAX_MAGNITUDE = 20_000
Numeric = Any  # mpf or mpc
Function = Callable[[Numeric], Numeric]


def quotient(above: Numeric, below: Numeric) -> Numeric:
    if not below:
        raise UndefinedError
    return above / below


def logarithm(value: Numeric) -> Numeric:
    """Natural logarithm, principal branch."""
    if not value:
        raise UndefinedError
    return mp.log(value)


def gamma(value: Numeric) -> Numeric:
    """Gamma, refused where it is vast or has a pole."""
    if abs(value) > 4_000:
        raise TooLargeError
    if mp.isint(value) and value <= 0:
        raise UndefinedError
    return mp.gamma(value)


def need_real(*values: Numeric) -> None:
    if any(isinstance(value, mp.mpc) for value in values):
        raise UndefinedError


def _step(function: Function) -> Function:
    """Floor or ceiling; undecided within rounding noise of a step."""

    def stepped(value: Numeric) -> Numeric:
        need_real(value)
        if abs(value - mp.nint(value)) < mp.mpf(10) ** -(mp.dps // 2):
            raise UndefinedError
        return function(value)

    return stepped


def _bounded(function: Function) -> Function:
    """A periodic function, refused where its argument is vast."""

    def bounded(value: Numeric) -> Numeric:
        if abs(mp.im(value)) > MAX_MAGNITUDE or abs(value) > mp.mpf(10) ** 30:
            raise TooLargeError
        return function(value)

    return bounded


def _growing(function: Function) -> Function:
    """An exponential or hyperbolic function, refused where its value may be vast."""

    def bounded(value: Numeric) -> Numeric:
        if abs(value) > MAX_MAGNITUDE:
            raise TooLargeError
        return function(value)

    return bounded


def _inverse(function: Function) -> Function:
    """One over the function's value."""
    return lambda value: quotient(mp.mpf(1), function(value))


def _arc_cotangent(value: Numeric) -> Numeric:
    """Two ranges are usual; they agree where the argument is positive."""
    need_real(value)
    if value <= 0:
        raise UndefinedError
    return mp.acot(value)


_sine, _cosine = _bounded(mp.sin), _bounded(mp.cos)
_secant = _inverse(_cosine)


def _tangent(value: Numeric) -> Numeric:
    return _sine(value) * _secant(value)


FUNCTIONS: dict[str, Function] = {
    "sin": _sine,
    "cos": _cosine,
    "tan": _tangent,
    "cot": _inverse(_tangent),
    "sec": _secant,
    "csc": _inverse(_sine),
    "asin": _bounded(mp.asin),
    "acos": _bounded(mp.acos),
    "atan": _bounded(mp.atan),
    "acot": _arc_cotangent,
    "sinh": _growing(mp.sinh),
    "cosh": _growing(mp.cosh),
    "tanh": _growing(mp.tanh),
    "coth": _inverse(_growing(mp.tanh)),
    "asinh": _bounded(mp.asinh),
    "acosh": _bounded(mp.acosh),
    "atanh": _bounded(mp.atanh),
    "ln": logarithm,
    "lg": lambda value: logarithm(value) / mp.log(10),
    "exp": _growing(mp.exp),
    "abs": abs,
    "sign": mp.sign,
    "floor": _step(mp.floor),
    "ceil": _step(mp.ceil),
    "factorial": lambda value: gamma(value + 1),
    "percent": lambda value: value / 100,
    "degrees": lambda value: value * mp.pi / 180,
}
