"""An answer as the student or the model wrote it -> values, solution sets, expressions."""

import re
from dataclasses import dataclass

import sympy as sp

from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.expressions import read, symbol
from solver.checking.child.evidence.phrases import unwrap
from solver.checking.child.evidence.tokens import Unreadable

MAX_SOLUTIONS = 50
_NONE = re.compile(
    r"(?:there (?:is|are) )?no (?:real |integer |positive |negative |complex )?"
    r"(?:solutions?|roots?)(?: exist)?"
    r"|none|\\?emptyset|\\varnothing|∅|\\\{\s*\\\}|\{\s*\}|无解|无实数解",
    re.IGNORECASE,
)
_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\{([^{}]*)\}")
_OR = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|;|\bor\b|\band\b|或|和|、|\\lor\b|\\land\b)\s*")
_NAMED = re.compile(
    r"^\s*(?:[A-Za-z](?:_\{?\d+\}?)?|f'?\(x\)|y'|\\frac\{dy\}\{dx\})\s*(?:=|\\in)\s*"
)
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:(?:,|\\,|\{,\}|\s)\d{3})+(?![\d,])")
_BOXED = re.compile(r"^\\boxed\{(.*)\}$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """A number or expression as written; `rounded_by` is half a unit of a decimal's last digit."""

    value: Expr
    rounded_by: Expr | None = None


def read_value(answer: str) -> Given:
    """One value or expression. Raises Unreadable."""
    text = _bare(answer)
    text = _GROUPED.sub(lambda match: re.sub(r"\D", "", match[0]), text)
    return _given(_without_name(text))


def read_solutions(answer: str, unknowns: tuple[Expr, ...]) -> list[tuple[Given, ...]]:
    """Every solution that the answer lists, each in the order of `unknowns`; [] for none."""
    text = _bare(answer)
    if _NONE.fullmatch(text.strip(" .")):
        return []
    if len(unknowns) > 1:
        return [_point(text, unknowns)]
    text = _without_name(text)
    text = _unbraced(text)
    parts = [part for part in _OR.split(text) if part.strip()]
    if not 1 <= len(parts) <= MAX_SOLUTIONS:
        raise Unreadable("no list of solutions")
    values = [value for part in parts for value in _branches(_named_as(part, unknowns[0]))]
    return [(value,) for value in values]


def _bare(answer: str) -> str:
    text = unwrap(answer.strip())
    if boxed := _BOXED.match(text):
        text = unwrap(boxed[1])
    text = _TEXT.sub(lambda match: f" {match[1]} ", text)
    return text.replace("$", " ").strip().rstrip(".").strip()


def _without_name(text: str) -> str:
    return _NAMED.sub("", text, count=1) if text.count("=") <= 1 else text


def _unbraced(text: str) -> str:
    text = text.strip()
    for opening, closing in (("\\{", "\\}"), ("{", "}"), ("\\left\\{", "\\right\\}")):
        if text.startswith(opening) and text.endswith(closing):
            return text[len(opening) : -len(closing)]
    return text


def _named_as(part: str, unknown: Expr) -> str:
    """`x_1 = 2` -> `2`, refused when another letter is named."""
    if "=" not in part:
        return part
    name, _, value = part.partition("=")
    if not re.fullmatch(rf"\s*{re.escape(str(unknown))}(?:_\{{?\d+\}}?)?\s*", name):
        raise Unreadable("another letter is named")
    return value


def _branches(part: str) -> list[Given]:
    for sign in ("\\pm", "±"):
        if part.count(sign) == 1:
            return [_given(part.replace(sign, branch)) for branch in (" +", " -")]
    return [_given(part)]


def _given(text: str) -> Given:
    value = read(text.strip())
    decimal = re.fullmatch(r"\s*-?\s*\d*\.(\d+)\s*", text)
    if decimal is None:
        # A decimal inside a longer expression: its precision cannot be told.
        return Given(value, sp.Integer(0) if re.search(r"\d\.\d", text) else None)
    return Given(value, read("0." + "0" * len(decimal[1]) + "5"))


def _point(text: str, unknowns: tuple[Expr, ...]) -> tuple[Given, ...]:
    named = dict(re.findall(r"([A-Za-z](?:_\d+)?)\s*=\s*([^,;=]+?)(?=\s*(?:,|;|\band\b|$))", text))
    if named:
        if {symbol(name) for name in named} != set(unknowns):
            raise Unreadable("not every unknown is given")
        return tuple(_given(named[str(unknown)]) for unknown in unknowns)
    match = re.fullmatch(r"(?:\(\s*[A-Za-z](?:\s*,\s*[A-Za-z])+\s*\)\s*=\s*)?\((.+)\)", text)
    parts = match[1].split(",") if match else []
    if len(parts) != len(unknowns):
        raise Unreadable("not one point")
    return tuple(_given(part) for part in parts)
