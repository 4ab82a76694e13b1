"""Derivatives, integrals, limits and sums."""

import re

import sympy as sp

from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.expressions import symbol
from solver.checking.child.evidence.phrases import (
    ASK_VALUE,
    END,
    FORMULA,
    Reading,
    constant,
    expression,
    first_of,
    pattern,
    unwrap,
    variable,
)
from solver.checking.child.evidence.tasks import (
    Antiderivative,
    Integral,
    Limit,
    Same,
    Series,
    Task,
)
from solver.checking.child.evidence.tokens import Unreadable

_NAME = r"(?:\$?(?P<name>[a-zA-Z])(?:\s*\(\s*(?P<of>[a-zA-Z])\s*\))?\s*=\s*)?"
_RESPECT = r"(?:\s*,? with respect to \$?(?P<variable>[a-zA-Z])\$?)?"
_DIFFERENTIATE = (
    r"(?:differentiate|"
    r"(?:find|compute|calculate|determine|what is) the (?:first )?derivative of)\s*:? "
)
_INTEGRAND = r"(?P<formula>.+?)\s*(?:\\,|\\;|\s)*\\?(?:mathrm\{d\}|d)\s*(?P<variable>[a-zA-Z])"


def read(text: str) -> Task | None:
    """The calculus task that the text sets, if it sets one."""
    return first_of(_READINGS, text)


def _bound(match: re.Match[str], name: str) -> Expr:
    return constant(match[name] if match[name] is not None else match[f"{name}1"])


def _only_variable(made: Expr, named: str | None) -> Expr:
    if named:
        if made.free_symbols - {symbol(named)}:
            raise Unreadable("more than one letter")
        return symbol(named)
    if len(made.free_symbols) != 1:
        raise Unreadable("the variable cannot be told")
    return next(iter(made.free_symbols))


def _derivative(match: re.Match[str]) -> Same:
    made = expression(match["formula"].strip("$ "))
    by = _only_variable(made, match["variable"] or match["of"])
    return Same(sp.diff(made, by), f"the derivative of {match['formula'].strip('$ ')} by {by}")


def _antiderivative(match: re.Match[str]) -> Antiderivative:
    made = expression(match["formula"])
    by = variable(match["variable"])
    _only_variable(made, str(by)) if made.free_symbols else None
    words = f"every function whose derivative by {by} is {unwrap(match['formula'])}"
    return Antiderivative(made, by, needs_constant=True, words=words)


def _definite(match: re.Match[str]) -> Integral:
    made = expression(match["formula"])
    by = variable(match["variable"])
    if made.free_symbols - {by}:
        raise Unreadable("more than one letter")
    low, high = _bound(match, "low"), _bound(match, "high")
    words = f"the integral of {unwrap(match['formula'])} over {by} from {low} to {high}"
    return Integral(made, by, low, high, words)


def _limit(match: re.Match[str]) -> Limit:
    made = expression(match["formula"])
    by = variable(match["variable"])
    if made.free_symbols - {by}:
        raise Unreadable("more than one letter")
    point_text = match["point"].strip().removeprefix("+")
    side = "+-"
    if one_sided := re.fullmatch(r"(.+?)\s*\^\s*\{?\s*([+-])\s*\}?", point_text):
        point_text, side = one_sided[1], one_sided[2]
    point = constant(point_text)
    words = f"the limit of {unwrap(match['formula'])} as {by} goes to {point}"
    return Limit(made, by, point, side, words)


def _series(match: re.Match[str]) -> Series:
    index = variable(match["variable"])
    term = expression(match["formula"])
    if term.free_symbols - {index}:
        raise Unreadable("more than one letter")
    low, high = _bound(match, "low"), _bound(match, "high")
    if not low.is_Integer or not (high.is_Integer or high == sp.oo):
        raise Unreadable("a sum that does not run over integers")
    words = f"the sum of {unwrap(match['formula'])} for {index} from {low} to {high}"
    return Series(term, index, low, high, words)


def _brace(name: str) -> str:
    return (
        rf"(?:\{{(?P<{name}>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}"
        rf"|(?P<{name}1>-?(?:\\infty|\\pi|[a-zA-Z0-9]+)))"
    )


_OPEN, _CLOSE = r"(?:\$\$?|\\\(|\\\[)?\s*", r"\s*(?:\$\$?|\\\)|\\\])?"
_ASK_INTEGRAL = rf"(?:(?:{ASK_VALUE})?(?:the )?(?:definite |indefinite )?(?:integral\s*:?\s*)?)"
_INT = _ASK_INTEGRAL + _OPEN + r"\\int"
_ARROW = r"(?:\\to|\\rightarrow|->|→)"
_LOW_EQ = r"_\s*\{\s*(?P<variable>[a-zA-Z])\s*=\s*(?P<low>[^{}]+)(?P<low1>)\}"

_READINGS: tuple[Reading, ...] = (
    (pattern(_DIFFERENTIATE + _NAME + FORMULA + r"\$?" + _RESPECT + END), _derivative),
    (pattern(_INT + rf"\s*_\s*{_brace('low')}\s*\^\s*{_brace('high')}\s*" + _INTEGRAND + _CLOSE + END), _definite),
    (pattern(_INT + r"(?!\s*[_^])\s*" + _INTEGRAND + _CLOSE + END), _antiderivative),
    (pattern(rf"(?:{ASK_VALUE})?(?:the limit\s*:?\s*)?" + _OPEN + rf"\\lim\s*_\s*\{{\s*(?P<variable>[a-zA-Z])\s*{_ARROW}\s*(?P<point>[^{{}}]+(?:\{{[^{{}}]*\}})?)\s*\}}\s*" + FORMULA + _CLOSE + END), _limit),
    (pattern(rf"(?:{ASK_VALUE})?(?:the sum\s*:?\s*)?" + _OPEN + rf"\\sum\s*{_LOW_EQ}\s*\^\s*{_brace('high')}\s*" + FORMULA + _CLOSE + END), _series),
)  # fmt: skip
