"""How the grammar's words are spelled: functions, constants, relations, letters."""

FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "tg": "tan", "cot": "cot", "ctg": "cot",
    "sec": "sec", "csc": "csc", "cosec": "csc",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctg": "atan", "arccot": "acot",
    "asin": "asin", "acos": "acos", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "arsinh": "asinh",
    "arcosh": "acosh", "artanh": "atanh",
    "ln": "ln", "log": "log", "lg": "lg", "exp": "exp", "sqrt": "sqrt", "cbrt": "cbrt",
    "abs": "abs", "sgn": "sign", "sign": "sign", "floor": "floor", "ceil": "ceil",
    "gcd": "gcd", "lcm": "lcm", "max": "max", "min": "min", "binom": "binom",
}  # fmt: skip

INVERSE = {
    "sin": "asin", "cos": "acos", "tan": "atan", "cot": "acot",
    "sinh": "asinh", "cosh": "acosh", "tanh": "atanh",
}  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GREEK = _words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi "
    "rho varrho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma "
    "Upsilon Phi Psi Omega ell"
)
GREEK_ALIASES = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho"}

RELATIONS = {
    "=": "=", "<": "<", ">": ">", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "in": "in",
    "approx": "~", "notin": "notin", "equiv": "equiv", "<=": "<=", ">=": ">=", "!=": "!=",
    "==": "=", ":=": "=",
}  # fmt: skip

OR_WORDS = frozenset({"or", "或", "或者", "或是"})
AND_WORDS = frozenset({"and", "和", "与", "及", "以及", "且", "并且"})

# Operators that ask for a computation: an answer that still holds one repeats the question.
UNEVALUATED = _words("int iint iiint oint sum prod lim limsup liminf coprod partial nabla det")

# A name followed by a bracket that is far more often a function than a factor.
FUNCTION_NAMES = _words("f g h F G H P Q y u v phi psi Phi Psi Gamma")

# Runs of letters that are words, though letters could stand for a product.
WORDS = _words(
    "is are the an if so no to of on at by it as be we he do not any for but all yes true false "
    "ways when with than then else only even odd units"
)
