"""What the server does once before it forks, so that workers need not and must not do it."""

# sympy imports these when it first needs them. A worker may compile nothing, and where packages
# were installed without bytecode an import compiles: so they are here before the first fork.
import sympy.assumptions.wrapper
import sympy.combinatorics
import sympy.sets.setexpr
import sympy.tensor.tensor  # noqa: F401
from sympy.polys.monomials import MonomialOps

MAX_GENERATORS = 8


def build_monomial_functions() -> None:
    """sympy compiles small functions for each number of polynomial generators and caches them.

    A worker may compile nothing: it finds them built for up to eight generators.
    """
    for generators in range(1, MAX_GENERATORS + 1):
        operations = MonomialOps(generators)
        for name in ("mul", "pow", "mulpow", "ldiv", "div", "lcm", "gcd"):
            getattr(operations, name)()
