"""Turns of phrase that several readers share."""

import re
from collections.abc import Callable, Iterable

from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.expressions import read, symbol
from solver.checking.child.evidence.tasks import Task
from solver.checking.child.evidence.tokens import Unreadable

Reading = tuple[re.Pattern[str], Callable[[re.Match[str]], Task]]

# An opening that changes nothing.
PLEASE = r"(?:please )?(?:can you )?"
FORMULA = r"(?P<formula>.+?)"
END = r"\s*[.?!:]*\s*$"
ASK_VALUE = (
    PLEASE
    + r"(?:what is|what's|compute|calculate|evaluate|find|work out|determine|simplify)"
    + r"(?: (?:the )?(?:exact )?value of)?\s*:? "
)


def first_of(readings: Iterable[Reading], text: str) -> Task | None:
    """The task of the first pattern that the whole text matches."""
    for known, make in readings:
        match = known.match(text)
        if match is not None:
            return make(match)
    return None


def pattern(text: str) -> re.Pattern[str]:
    """A space in `text` stands for any white space, to keep the tables of patterns readable."""
    return re.compile(text.replace(" ", r"\s+"), re.IGNORECASE)


def unwrap(formula: str) -> str:
    """A formula without the dollars, brackets or full stop around it."""
    formula = formula.strip().rstrip(".?!:").strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if formula.startswith(opening) and formula.endswith(closing) and len(formula) > 2:
            inner = formula[len(opening) : -len(closing)]
            if opening not in inner:
                return inner.strip().rstrip(".,").strip()
    return formula


def expression(formula: str) -> Expr:
    return read(unwrap(formula))


def constant(formula: str) -> Expr:
    value = expression(formula)
    if value.free_symbols:
        raise Unreadable("a letter where a number was expected")
    return value


def variable(name: str) -> Expr:
    name = unwrap(name)
    if not re.fullmatch(r"[A-Za-z]", name):
        raise Unreadable(f"{name!r} is not a variable")
    return symbol(name)
