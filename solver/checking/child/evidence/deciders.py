"""Try an answer on a task: one function for each kind of task."""

from collections.abc import Callable
from typing import Any

import mpmath
import sympy as sp

from solver.checking.child.evidence.answered import Given, read_value
from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.numbers import compare, identical, number
from solver.checking.child.evidence.roots import try_roots
from solver.checking.child.evidence.shown import shown
from solver.checking.child.evidence.tasks import (
    Antiderivative,
    Equation,
    Finding,
    Integral,
    Limit,
    Same,
    Series,
    Task,
    Value,
)
from solver.checking.child.evidence.tokens import Unreadable

QUADRATURE_DIGITS = 30
QUADRATURE_AGREE_DIGITS = 22
SUMMED_AGREE_DIGITS = 10
MAX_TERMS = 20_000


def decide(task: Task, answer: str) -> Finding:
    """Try `answer` on `task`. Raises Unreadable when the answer cannot be read."""
    return _DECIDERS[type(task)](task, answer)


def _value(task: Value, answer: str) -> Finding:
    return _compare_value(task.value, read_value(answer), task.method)


def _compare_value(true: Expr, given: Given, method: str) -> Finding:
    if given.value.free_symbols:
        raise Unreadable("a letter where a number was expected")
    lines = [f"Computed: {shown(true)}. Answered: {shown(given.value)}."]
    sameness = compare(true, given.value)
    if sameness != "different":
        how = "They are equal." if sameness == "exact" else "They agree to 45 digits."
        return Finding("confirmed", method, [*lines, how], decides=True)
    if _is_rounding(true, given):
        lines.append("The answer is the computed value rounded.")
        return Finding("open", method, lines)
    return Finding("refuted", method, [*lines, "They differ."], decides=True)


def _is_rounding(true: Expr, given: Given) -> bool:
    if given.rounded_by is None or true.is_Integer:
        return False
    off = abs(number(true - given.value))
    # A decimal inside an expression: one part in a thousand is taken for rounding.
    allowed = number(given.rounded_by).real or abs(number(true)) / 1000
    return bool(off <= allowed * mpmath.mpf("1.000001"))


def _same(task: Same, answer: str) -> Finding:
    given = read_value(answer).value
    letters = task.expression.free_symbols | given.free_symbols
    sameness = identical(task.expression, given, letters)
    lines = [f"Computed: {shown(task.expression)}. Answered: {shown(given)}."]
    if sameness == "different":
        return Finding("refuted", "identity", [*lines, "They differ."], decides=True)
    lines.append(
        "They are identical." if sameness == "exact" else "They agree at 12 random points."
    )
    if task.form_matters:
        lines.append("Whether the form is the one asked for was not checked.")
        return Finding("open", "identity", lines)
    return Finding("confirmed", "identity", lines, decides=True)


def _antiderivative(task: Antiderivative, answer: str) -> Finding:
    given = read_value(answer).value
    constants = {letter for letter in given.free_symbols if str(letter) in {"C", "c", "K", "k"}}
    constants -= task.integrand.free_symbols
    derivative = sp.diff(given, task.variable)
    lines = [f"The derivative of the answer is {shown(derivative)}."]
    letters = task.integrand.free_symbols | given.free_symbols | {task.variable}
    if identical(derivative, task.integrand, letters) == "different":
        lines.append(f"It differs from {shown(task.integrand)}.")
        return Finding("refuted", "differentiation", lines, decides=True)
    lines.append("It is what was to be integrated.")
    if task.needs_constant and not constants:
        lines.append("The constant of integration is missing.")
        return Finding("open", "differentiation", lines)
    return Finding("confirmed", "differentiation", lines, decides=True)


def _integral(task: Integral, answer: str) -> Finding:
    given = read_value(answer)
    with mpmath.workdps(QUADRATURE_DIGITS):
        function = _function(task.integrand, task.variable)
        low, high = _end(task.low), _end(task.high)
        value, error = mpmath.quad(function, [low, high], error=True)
    if error > mpmath.mpf(10) ** -QUADRATURE_AGREE_DIGITS * max(1, abs(value)):
        return Finding("open", "quadrature", ["The quadrature did not settle."])
    return _compare_number(value, given, "quadrature")


def _series(task: Series, answer: str) -> Finding:
    given = read_value(answer)
    if task.high != sp.oo:
        if task.high - task.low > MAX_TERMS:
            raise Unreadable("too many terms")
        terms = (task.term.subs(task.index, k) for k in range(int(task.low), int(task.high) + 1))
        return _compare_value(sp.Add(*terms), given, "adding every term")
    closed = sp.summation(task.term, (task.index, task.low, sp.oo))
    if not closed.is_number or closed.has(sp.Sum, sp.oo, sp.zoo, sp.nan):
        return Finding("open", "summation", ["No closed form was found."])
    with mpmath.workdps(QUADRATURE_DIGITS):
        summed = mpmath.nsum(_function(task.term, task.index), [int(task.low), mpmath.inf])
    off = abs(summed - number(closed))
    if off > max(1, abs(summed)) * mpmath.mpf(10) ** -SUMMED_AGREE_DIGITS:
        return Finding("open", "summation", ["The closed form and the summed terms disagree."])
    return _compare_value(closed, given, "a closed form that the summed terms agree with")


def _limit(task: Limit, answer: str) -> Finding:
    given = read_value(answer)
    value = sp.limit(task.expression, task.variable, task.point, task.side)
    if not value.is_number or value.has(sp.AccumBounds):
        return Finding("open", "limit", ["The limit could not be computed."])
    if value in {sp.oo, -sp.oo} or given.value in {sp.oo, -sp.oo}:
        same = value == given.value
        lines = [f"Computed: {shown(value)}. Answered: {shown(given.value)}."]
        return Finding("confirmed" if same else "refuted", "limit", lines, decides=True)
    return _compare_value(value, given, "computing the limit")


def _compare_number(value: Any, given: Given, method: str) -> Finding:
    if given.value.free_symbols:
        raise Unreadable("a letter where a number was expected")
    answered = number(given.value)
    lines = [f"Computed: ${mpmath.nstr(value, 15)}$. Answered: ${mpmath.nstr(answered.real, 15)}$."]
    off = abs(value - answered)
    if off <= mpmath.mpf(10) ** -(QUADRATURE_AGREE_DIGITS - 2) * max(1, abs(value)):
        lines.append("They agree to 20 digits.")
        return Finding("confirmed", method, lines, decides=given.rounded_by is None)
    if given.rounded_by is not None and off <= max(
        number(given.rounded_by).real, abs(value) / 1000
    ):
        return Finding("open", method, [*lines, "The answer may be the computed value rounded."])
    return Finding("refuted", method, [*lines, "They differ."], decides=True)


def _function(expression: Expr, variable: Expr) -> Callable[[Any], Any]:
    """`expression` as a numeric function, by substitution: nothing is compiled."""

    def value(at: Any) -> Any:
        # mpmath raises its working precision while it extrapolates: follow it.
        digits = mpmath.mp.dps + 5
        made = number(expression.subs(variable, sp.Float(at, digits)), digits)
        return made.real if made.imag == 0 else made

    return value


def _end(bound: Expr) -> Any:
    if bound == sp.oo:
        return mpmath.inf
    if bound == -sp.oo:
        return -mpmath.inf
    return number(bound).real


_DECIDERS: dict[type, Callable[[Any, str], Finding]] = {
    Equation: try_roots,
    Value: _value,
    Same: _same,
    Antiderivative: _antiderivative,
    Integral: _integral,
    Limit: _limit,
    Series: _series,
}
