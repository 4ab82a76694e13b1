"""What a problem was read as. Each task says itself in words: students see them as evidence."""

from dataclasses import dataclass, field
from typing import Any, Literal

Expr = Any
Domain = Literal["unspecified", "real", "integer", "positive", "negative", "complex"]


@dataclass(frozen=True, slots=True)
class Equation:
    """Find every value of the unknowns for which all `equations` (left, right) hold."""

    equations: tuple[tuple[Expr, Expr], ...]
    unknowns: tuple[Expr, ...]
    domain: Domain
    words: str


@dataclass(frozen=True, slots=True)
class Value:
    """Give the value of a constant expression; `numeric` when it was reached by computing."""

    value: Expr
    words: str
    method: str = "exact evaluation"


@dataclass(frozen=True, slots=True)
class Same:
    """Give an expression identical to `expression`.

    Where the form matters (factor, expand, simplify), being identical does not decide.
    """

    expression: Expr
    words: str
    form_matters: bool = False


@dataclass(frozen=True, slots=True)
class Antiderivative:
    """Give an expression whose derivative is `integrand`."""

    integrand: Expr
    variable: Expr
    needs_constant: bool
    words: str


@dataclass(frozen=True, slots=True)
class Integral:
    """Give the value of a definite integral."""

    integrand: Expr
    variable: Expr
    low: Expr
    high: Expr
    words: str


@dataclass(frozen=True, slots=True)
class Limit:
    """Give the value of a limit at `point`; `side` is '+', '-' or '+-'."""

    expression: Expr
    variable: Expr
    point: Expr
    side: str
    words: str


@dataclass(frozen=True, slots=True)
class Series:
    """Give the value of a sum over integers; `high` may be infinite."""

    term: Expr
    index: Expr
    low: Expr
    high: Expr
    words: str


Task = Equation | Value | Same | Antiderivative | Integral | Limit | Series


Outcome = Literal["confirmed", "refuted", "open"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What trying the answer on the task showed.

    `outcome`: confirmed, refuted or open. Only a `decides` finding may make an answer `checked`;
    `lines` are what was done, for people to read.
    """

    outcome: Outcome
    method: str
    lines: list[str] = field(default_factory=list)
    decides: bool = False
