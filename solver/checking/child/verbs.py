"""Verbs of the oracle: the functions that the killable child will run, by name.

To add one: write `def verb(payload: dict) -> dict` in a module of this package, JSON in and JSON
out, and name it in VERBS. Import what it needs at the top of its module (the warm server pays
once). Within a verb there is no file writing, no process, no socket, and no text is compiled:
`eval`, `exec`, `sympify(str)`, `parse_expr` and `lambdify` raise `ForbiddenError`.
"""

from collections.abc import Callable
from typing import Any

from solver.checking.child.compare import compare, warm_comparisons
from solver.checking.child.evidence.verb import evidence
from solver.checking.child.evidence.warming import build_monomial_functions

Verb = Callable[[dict[str, Any]], dict[str, Any]]


def echo(payload: dict[str, Any]) -> dict[str, Any]:
    """Give the payload back: a health check of the whole road."""
    return payload


VERBS: dict[str, Verb] = {
    "compare": compare,
    "echo": echo,
    "evidence": evidence,
}


def warm() -> None:
    """Run once in the server before it forks, to fill caches that every worker then shares."""
    build_monomial_functions()
    warm_comparisons()
