"""Formulas, as typed or in LaTeX, cut into tokens."""

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARS = 2_000


class Unreadable(Exception):
    """The text is not a formula that this reader is sure of."""


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: number, name, command, or the sign itself; `spaced`: white space stood before it."""

    kind: str
    text: str
    spaced: bool = False


_IGNORED = re.compile(
    r"\\(?:left|right|bigg?|Bigg?|bigl|bigr|displaystyle|textstyle|limits|nolimits)(?![A-Za-z])"
    r"|\\[,;:!>]|\\q?quad(?![A-Za-z])|~|\$|\\[()\[\]]"
)
_REWRITES = (
    ("\\\\{", "{"),
    ("−", "-"),
    ("–", "-"),
    ("×", "*"),
    ("·", "*"),
    ("⋅", "*"),
    ("÷", "/"),
    ("√", "\\sqrt "),
    ("π", "\\pi "),
    ("∞", "\\infty "),
    ("±", "\\pm "),
    ("≤", "\\le "),
    ("≥", "\\ge "),
    ("≠", "\\ne "),
    ("**", "^"),
)
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+))"
    r"|(?P<command>\\[A-Za-z]+\*?|\\[{}%|])"
    r"|(?P<name>[A-Za-zα-ωΑ-Ω]+)"
    r"|(?P<sign>[-+*/^_(){}\[\]=!,;|<>%'])"
)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")


def plain(text: str) -> str:
    """One spelling for signs that are written in many ways; sizes and spacing commands dropped."""
    if len(text) > MAX_CHARS:
        raise Unreadable(f"longer than {MAX_CHARS} characters")
    # Before NFKC, which would turn x² into x2.
    text = _SUPERSCRIPTS.sub(lambda m: "^{" + m[0].translate(_SUPERSCRIPT) + "}", text)
    text = unicodedata.normalize("NFKC", text)
    for old, new in _REWRITES:
        text = text.replace(old, new)
    return _IGNORED.sub(" ", text)


def tokens(text: str) -> list[Token]:
    """Cut one formula into tokens; raises Unreadable at a sign that has no meaning here."""
    text = plain(text)
    found: list[Token] = []
    position, spaced = 0, False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unreadable(f"the sign {text[position]!r} has no meaning here")
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "space":
            spaced = True
            continue
        found.append(Token(match[0] if kind == "sign" else kind, match[0], spaced))
        spaced = False
    return found


class Cursor:
    """The token under the finger, which only moves on."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    def peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else Token("end", "")

    def take(self) -> Token:
        token = self.peek()
        self._at += 1
        return token

    def expect(self, kind: str) -> None:
        if self.take().kind != kind:
            raise Unreadable(f"{kind!r} was expected")

    def end(self) -> None:
        if self.peek().kind != "end":
            raise Unreadable(f"{self.peek().text!r} was not expected")
