r"""Operators and definitions: names that packages define, and those that a formula defines."""

import re

from solver.text.latex import LatexReader, Rule
from solver.text.vocabulary import OPERATORS

_LAYOUT = frozenset({r"\arraystretch", r"\baselinestretch", r"\jot"})


def _operator(_: LatexReader, command: str) -> str:
    star = "*" if command in (r"\argmax", r"\argmin") else ""
    return rf"\operatorname{star}{{{command[1:]}}}"


def _operation(reader: LatexReader, _: str) -> str:
    """An operator made on the spot has its limits above and below."""
    base = rf"\mathop{{{reader.argument()}}}"
    if reader.peek() in (r"\limits", r"\nolimits"):
        reader.take()
    for _side in range(2):
        if reader.peek() not in ("_", "^"):
            break
        command = r"\underset" if reader.take() == "_" else r"\overset"
        base = f"{command}{{{reader.argument()}}}{{{base}}}"
    return base


def _named_operator(reader: LatexReader, _: str) -> str:
    star = "*" if reader.star() else ""
    name = reader.raw()
    plain = re.sub(r"\\(?:math|text|operator)(?:rm|bf|it|sf|tt|name|normal)?\s*", "", name)
    plain = re.sub(r"[{}]", "", plain)
    return rf"\operatorname{star}{{{plain}}}"


def _define_operator(reader: LatexReader, _: str) -> str:
    star = "*" if reader.star() else ""
    name = reader.raw()
    return rf"\def{name}{{\operatorname{star}{{{reader.raw()}}}}}"


def _define(reader: LatexReader, _: str) -> str:
    r"""math-core's `\newcommand` refuses the names it knows, its `\renewcommand` all others."""
    name = reader.raw().strip()
    if name in _LAYOUT:
        reader.raw()
        return " "
    return rf"\def{name}{{{reader.argument()}}}"


def _set_length(reader: LatexReader, _: str) -> str:
    reader.raw()
    reader.raw()
    return " "


OPERATOR_RULES: dict[str, Rule] = {
    **{"\\" + name: _operator for name in OPERATORS.split()},
    r"\mathop": _operation,
    r"\newcommand": _define,
    r"\renewcommand": _define,
    r"\setlength": _set_length,
    r"\addtolength": _set_length,
    r"\DeclareMathOperator": _define_operator,
    r"\operatorname": _named_operator,
}
