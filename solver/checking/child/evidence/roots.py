"""Equations: each given root is substituted, and the roots are counted.

Completeness is known where every solution must be a root of a polynomial that the equation
implies: the equation itself, its numerator, or what is left when radicals are squared away. For
systems it is known for linear ones with one solution.
"""

from collections.abc import Callable, Iterable

import sympy as sp
from sympy.solvers.solvers import unrad

from solver.checking.child.evidence.answered import Given, read_solutions
from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.numbers import compare, is_real, number
from solver.checking.child.evidence.shown import equals, shown
from solver.checking.child.evidence.tasks import Equation, Finding, Outcome
from solver.checking.child.evidence.tokens import Unreadable

MAX_DEGREE = 30
Point = tuple[Given, ...]


def try_roots(task: Equation, answer: str) -> Finding:
    """Substitute every root of `answer`, then ask whether one is missing."""
    points = read_solutions(answer, task.unknowns)
    lines: list[str] = []
    for point in points:
        outcome = _substitute(task, point, lines)
        if outcome != "confirmed":
            return Finding(outcome, "substitution", lines, decides=outcome == "refuted")
    return _complete(task, points, lines)


def _substitute(task: Equation, point: Point, lines: list[str]) -> Outcome:
    values = {unknown: given.value for unknown, given in zip(task.unknowns, point, strict=True)}
    point_words = ", ".join(equals(unknown, value) for unknown, value in values.items())
    for left, right in task.equations:
        left_value, right_value = left.subs(values), right.subs(values)
        try:
            holds = compare(left_value, right_value) != "different"
        except Unreadable:
            lines.append(f"{point_words}: a side of the equation has no value there.")
            return "refuted"
        lines.append(
            f"{point_words}: left side {shown(left_value)}, right side {shown(right_value)}: "
            + ("equal." if holds else "not equal.")
        )
        if not holds:
            rounded = any(given.rounded_by is not None for given in point)
            if rounded:
                lines.append("The answer is a rounded decimal, so this decides nothing.")
            return "open" if rounded else "refuted"
    if not _in_domain(values.values(), task.domain):
        lines.append(f"{point_words} is no {task.domain} number.")
        return "refuted"
    return "confirmed"


def _in_domain(values: Iterable[Expr], domain: str) -> bool:
    tests: dict[str, Callable[[Expr], bool]] = {
        "real": is_real,
        "integer": lambda value: bool(value.is_Integer),
        "positive": lambda value: is_real(value) and number(value).real > 0,
        "negative": lambda value: is_real(value) and number(value).real < 0,
    }
    test = tests.get(domain, lambda value: True)
    return all(test(value) for value in values)


def _complete(task: Equation, points: list[Point], lines: list[str]) -> Finding:
    given = _distinct([tuple(given.value for given in point) for point in points])
    try:
        expected = _solution_count(task)
    except (Unreadable, NotImplementedError, sp.PolynomialError, ValueError, TypeError):
        expected = None
    if expected is None:
        lines.append("Whether there are further solutions could not be told.")
        return Finding("open", "substitution", lines)
    lines.append(f"The problem has {_count(expected)}; the answer gives {len(given)}.")
    if len(given) == expected:
        return Finding("confirmed", "substitution and count", lines, decides=True)
    if task.domain == "unspecified" and len(given) == _solution_count(task, real_only=True):
        lines.append("All real solutions are there; the others are not real.")
        return Finding("open", "substitution and count", lines)
    return Finding("refuted", "substitution and count", lines, decides=len(given) < expected)


def _solution_count(task: Equation, *, real_only: bool = False) -> int | None:
    if len(task.unknowns) > 1:
        return _linear_count(task)
    unknown = task.unknowns[0]
    left, right = task.equations[0]
    roots = _candidates(left - right, unknown)
    if roots is None:
        return None
    holding = [root for root in roots if _holds(left, right, unknown, root)]
    domain = "real" if real_only else task.domain
    return sum(1 for root in holding if _in_domain([root], domain))


def _candidates(equation: Expr, unknown: Expr) -> list[Expr] | None:
    """A finite list with every solution in it, and perhaps more; None when it cannot be had."""
    if equation.has(sp.Abs):
        return _candidates_of_absolute(equation, unknown)
    numerator, _ = sp.fraction(sp.together(equation))
    if not numerator.is_polynomial(unknown):
        without_roots = unrad(numerator, unknown)
        if not without_roots or without_roots[1]:
            return None
        numerator = without_roots[0]
    polynomial = sp.Poly(numerator, unknown)
    if polynomial.is_zero or polynomial.degree() > MAX_DEGREE:
        return None
    if not all(coefficient.is_Rational for coefficient in polynomial.all_coeffs()):
        return None
    if polynomial.degree() == 0:
        return []
    return list(dict.fromkeys(sp.Poly(polynomial.sqf_part(), unknown).all_roots()))


def _candidates_of_absolute(equation: Expr, unknown: Expr) -> list[Expr] | None:
    """|u| is u or -u: both equations together have every real solution."""
    absolute = sorted(equation.atoms(sp.Abs), key=str)
    if len(absolute) > 3:
        return None
    found: list[Expr] = []
    for signs in range(2 ** len(absolute)):
        replaced = equation
        for position, part in enumerate(absolute):
            sign = 1 if signs >> position & 1 else -1
            replaced = replaced.subs(part, sign * part.args[0])
        if replaced.has(sp.Abs):
            return None
        roots = _candidates(replaced, unknown)
        if roots is None:
            return None
        found += roots
    return list(dict.fromkeys(root for root in found if is_real(root)))


def _holds(left: Expr, right: Expr, unknown: Expr, root: Expr) -> bool:
    try:
        return compare(left.subs(unknown, root), right.subs(unknown, root)) != "different"
    except Unreadable:
        return False


def _linear_count(task: Equation) -> int | None:
    rows = [sp.Poly(left - right, *task.unknowns) for left, right in task.equations]
    if any(row.total_degree() != 1 for row in rows):
        return None
    matrix = sp.Matrix([[row.coeff_monomial(unknown) for unknown in task.unknowns] for row in rows])
    return 1 if matrix.det() != 0 else None


def _distinct(points: list[tuple[Expr, ...]]) -> list[tuple[Expr, ...]]:
    kept: list[tuple[Expr, ...]] = []
    for point in points:
        if not any(_same_point(point, other) for other in kept):
            kept.append(point)
    return kept


def _same_point(first: tuple[Expr, ...], second: tuple[Expr, ...]) -> bool:
    return all(compare(a, b) != "different" for a, b in zip(first, second, strict=True))


def _count(expected: int) -> str:
    return f"{expected} solution{'' if expected == 1 else 's'}"
