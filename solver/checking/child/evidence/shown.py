"""Values as people read them: LaTeX between dollars, digits where LaTeX would be long."""

import sympy as sp

from solver.checking.child.evidence.bounded import Expr

MAX_CHARS = 100
DIGITS = 12


def shown(value: Expr) -> str:
    """One value or expression for a sentence."""
    return f"${_latex(value)}$"


def equals(unknown: Expr, value: Expr) -> str:
    """`x = 2` for a sentence."""
    return f"${sp.latex(unknown)} = {_latex(value)}$"


def _latex(value: Expr) -> str:
    text = sp.latex(sp.radsimp(value) if value.is_number else value, ln_notation=True)
    if len(text) > MAX_CHARS and value.is_number:
        text = sp.latex(sp.N(value, DIGITS))
    return str(text) if len(text) <= MAX_CHARS else r"\text{(too long to show)}"
