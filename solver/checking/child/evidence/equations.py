"""`Solve for x: …`, `Find all real solutions of …`, systems of equations."""

import re

from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.expressions import symbol
from solver.checking.child.evidence.phrases import END, FORMULA, PLEASE, expression, pattern, unwrap
from solver.checking.child.evidence.tasks import Domain, Equation
from solver.checking.child.evidence.tokens import Unreadable

_UNKNOWN = r"\$?(?P<unknown>[A-Za-z])\$?"
_EQUATION_WORD = r"(?:(?:quadratic|linear|cubic|polynomial|following|radical|rational) )*equations?"
_DOMAIN = r"(?:(?P<domain>real|integer|positive|negative|complex) )?"
_PATTERNS = tuple(
    pattern(PLEASE + text + END)
    for text in (
        rf"solve for {_UNKNOWN}\s*(?::|,|in|if|when|given(?: that)?|where)?\s*(?:the {_EQUATION_WORD}\s*:?\s*)?{FORMULA}",
        rf"solve\s*(?:the )?(?:{_EQUATION_WORD}|system(?: of (?:linear )?equations)?)?\s*:?\s*{FORMULA}\s*,? for {_UNKNOWN}",
        rf"solve\s*(?:the )?(?:{_EQUATION_WORD}|system(?: of (?:linear )?equations)?)?\s*:?\s*{FORMULA}(?: over the (?P<domain>real|complex) numbers)?",
        rf"(?:find|determine|what are) (?:all )?(?:the )?{_DOMAIN}(?:solutions?|roots?|zeros|zeroes) (?:of|to) (?:the )?(?:{_EQUATION_WORD}\s*:?\s*)?{FORMULA}",
        rf"(?:find|determine) all (?:the )?{_DOMAIN}(?:values of )?{_UNKNOWN} (?:such that|for which|satisfying|that satisfy|with) {FORMULA}",
        rf"(?:if )?{FORMULA}\s*,\s*(?:then )?what is {_UNKNOWN}",
        rf"(?:if )?{FORMULA}\s*,\s*(?:then )?find (?:the value of )?{_UNKNOWN}",
        rf"(?:find|determine|what is) (?:the value of )?{_UNKNOWN} (?:if|when|given that|such that|in) {FORMULA}",
        rf"解(?:方程|方程组)\s*:?\s*{FORMULA}",
    )
)
_SEPARATOR = re.compile(r"\s*(?:,\s*and|,|;|\\\\|\band\b|\\text\{\s*and\s*\})\s*")
_WRAPPER = re.compile(r"\\(?:begin|end)\{(?:cases|aligned|align\*?)\}|&")


def read_equations(text: str) -> Equation | None:
    """An equation or a system, when the text asks for all of its solutions."""
    text = text.replace("：", ":")
    for known in _PATTERNS:
        match = known.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        try:
            return _equation(groups["formula"], groups.get("unknown"), groups.get("domain"))
        except Unreadable:
            continue
    return None


def _equation(formula: str, unknown: str | None, domain: str | None) -> Equation:
    pairs = tuple(_pair(part) for part in _parts(formula))
    letters = _letters(pairs)
    if unknown is not None and (len(pairs) > 1 or letters != {symbol(unknown)}):
        # `solve ax + b = 0 for x` and `x + y = 3, x - y = 1, what is x` ask for something else.
        raise Unreadable("not every letter is asked for")
    if not letters or len(letters) > 4 or len(letters) != len(pairs):
        raise Unreadable("the unknowns cannot be told")
    unknowns = tuple(sorted(letters, key=str))
    return Equation(pairs, unknowns, _domain(domain), _words(formula, unknowns, domain))


def _parts(formula: str) -> list[str]:
    formula = _WRAPPER.sub(" ", unwrap(formula))
    parts = [unwrap(part) for part in _SEPARATOR.split(formula) if part and part.strip(" $")]
    if not 1 <= len(parts) <= 4:
        raise Unreadable("no equation")
    return parts


def _pair(part: str) -> tuple[Expr, Expr]:
    sides = part.split("=")
    if len(sides) != 2 or re.search(r"\\(?:le|ge|ne|neq|leq|geq)\b|[<>≤≥≠]", part):
        raise Unreadable("not one equation")
    return expression(sides[0]), expression(sides[1])


def _letters(pairs: tuple[tuple[Expr, Expr], ...]) -> set[Expr]:
    return {letter for pair in pairs for side in pair for letter in side.free_symbols}


def _domain(word: str | None) -> Domain:
    known: dict[str, Domain] = {
        "real": "real",
        "integer": "integer",
        "positive": "positive",
        "negative": "negative",
        "complex": "complex",
    }
    return known[word.lower()] if word else "unspecified"


def _words(formula: str, unknowns: tuple[Expr, ...], domain: str | None) -> str:
    kind = f"{domain.lower()} " if domain else ""
    names = ", ".join(str(letter) for letter in unknowns)
    return f"find every {kind}value of {names} with {unwrap(formula)}"
