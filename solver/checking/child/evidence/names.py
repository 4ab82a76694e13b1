"""What the names and commands in a formula stand for."""

from collections.abc import Callable

import sympy as sp

from solver.checking.child.evidence.bounded import Expr

FUNCTIONS: dict[str, Callable[[Expr], Expr]] = {
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "cot": sp.cot,
    "sec": sp.sec,
    "csc": sp.csc,
    "arcsin": sp.asin,
    "arccos": sp.acos,
    "arctan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "ln": sp.log,
    "exp": sp.exp,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
}
CONSTANTS = {"pi": sp.pi, "e": sp.E, "i": sp.I}
# Letters side by side that are a product; any other word is a word (`by` and `at` are English).
PRODUCTS = {"xy", "xz", "yz", "ab", "ac", "bc", "ax", "bx", "cx", "ay", "mn", "rs", "xx", "kx"}
GREEK = {"alpha", "beta", "gamma", "theta", "lambda", "mu", "phi", "omega"}
FRACTIONS = {"\\frac", "\\dfrac", "\\tfrac", "\\cfrac"}
