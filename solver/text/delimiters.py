r"""Finds the maths in a Markdown text: `$ $`, `$$ $$`, `\( \)`, `\[ \]`, bare environments and
bare `\boxed{}`.

Inline dollars follow Pandoc's rule (https://pandoc.org/MANUAL.html, tex_math_dollars): no space
behind the opening one or before the closing one, and no digit behind the closing one, so that
prices stay prices. Models also write `$ x $`, so spaced dollars count where no prose is between
them. Code, fenced or inline, holds no maths.

Every search is bounded in length, so that the whole costs time linear in the text.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

INLINE_CHARS = 1_000
DISPLAY_CHARS = 8_000

_ENVIRONMENTS = (
    "align alignat aligned alignedat array bmatrix Bmatrix cases dcases rcases drcases"
    " displaymath eqnarray equation flalign gather gathered math matrix multline pmatrix"
    " smallmatrix split subarray vmatrix Vmatrix"
)
ENVIRONMENTS = frozenset(name + star for name in _ENVIRONMENTS.split() for star in ("", "*"))

_TOKEN = re.compile(
    r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})"
    r"|(?P<code>`+)"
    r"|\\(?P<escape>[\\$])"
    r"|(?P<dollars>\$\$?)"
    r"|\\(?P<bracket>[(\[])"
    r"|\\begin[ ]?\{(?P<environment>[A-Za-z]{1,12}\*?)\}"
    r"|(?P<box>\\f?boxed[ ]?\{)",
    re.MULTILINE,
)
_DOLLAR = re.compile(
    r"\\(?P<text>(?:text[a-z]{0,6}|mbox|hbox|fbox)[ ]?\{)|\\.|(?P<brace>[{}])|(?P<dollar>\$)"
    r"|(?P<blank>\n[ \t]*\n)",
    re.DOTALL,
)
_DOUBLE = re.compile(r"\\.|(?P<close>\$\$)", re.DOTALL)
_BRACKETS = {
    "(": re.compile(r"\\\\|(?P<close>\\\))|(?P<stop>\\\(|\n[ \t]*\n)"),
    "[": re.compile(r"\\\\|(?P<close>\\\])|(?P<stop>\\\[)"),
}
_BRACE = re.compile(r"\\.|(?P<brace>[{}])|(?P<stop>\n[ \t]*\n)", re.DOTALL)
_BLANK = re.compile(r"\n[ \t]*\n")
_QUOTE = re.compile(r"^[ \t]*>[ ]?", re.MULTILINE)
_COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:[ ]?\{[A-Za-z ]*\})?")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE = re.compile(
    r"(?:and|or|to|for|the|is|are|was|of|per|each|in|on|with|but|from|than|that|which|you|he|she"
    r"|we|it|at|by|as|if|so|not|have|has|had|costs?|an)$",
    re.IGNORECASE,
)
_MATHS_WORD = re.compile(r"(?:mod|sin|cos|tan|log|ln|gcd|lcm|max|min|cm|mm|km|kg|deg|dx|dy)$")


@dataclass(frozen=True, slots=True)
class Formula:
    """`text[start:end]` is maths: `latex` without its delimiters. `is_open` says that the text
    ended, or went on, before the formula was closed; it is then shown as typed."""

    start: int
    end: int
    latex: str
    is_display: bool
    is_open: bool = False


def find_maths(text: str) -> Iterator[Formula]:
    """The formulas of `text` in order, none overlapping. Never raises."""
    return _Scanner(text).formulas()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._runs: dict[int, list[int]] = defaultdict(list)
        for run in re.finditer(r"`+", text):
            self._runs[run.end() - run.start()].append(run.start())
        self._blank_at = -1

    def formulas(self) -> Iterator[Formula]:
        at = 0
        while token := _TOKEN.search(self._text, at):
            at = token.end()
            if token["fence"]:
                at = self._end_of_fence(token["fence"], at)
            elif token["code"]:
                at = self._end_of_code(token)
            elif not token["escape"] and (formula := self._formula(token)):
                at = formula.end
                yield formula

    def _formula(self, token: re.Match[str]) -> Formula | None:
        if token["dollars"] == "$":
            return self._inline_dollars(token)
        if token["dollars"]:
            return self._double_dollars(token) or self._unclosed(token)
        if token["bracket"]:
            return self._brackets(token) or self._unclosed(token)
        if token["box"]:
            return self._box(token)
        return self._environment(token)

    def _end_of_fence(self, fence: str, at: int) -> int:
        closing = re.compile(rf"^[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE)
        found = closing.search(self._text, at)
        return found.end() if found else len(self._text)

    def _end_of_code(self, token: re.Match[str]) -> int:
        """Behind the run of as many backticks, if one comes in this paragraph."""
        size = token.end() - token.start()
        runs = self._runs[size]
        index = bisect_left(runs, token.end())
        if index < len(runs) and runs[index] < self._end_of_paragraph(token.end()):
            return runs[index] + size
        return token.end()

    def _end_of_paragraph(self, at: int) -> int:
        if self._blank_at < at:
            blank = _BLANK.search(self._text, at)
            self._blank_at = blank.start() if blank else len(self._text)
        return self._blank_at

    def _inline_dollars(self, token: re.Match[str]) -> Formula | None:
        start = token.end()
        end = self._closing_dollar(start)
        if end is None:
            return None
        inner = self._text[start:end]
        if not inner.strip() or self._text[end + 1 : end + 2].isdigit() or _is_price(inner):
            return None
        return self._found(token, inner, end + 1, is_display=False)

    def _closing_dollar(self, start: int) -> int | None:
        r"""The next dollar that is neither escaped nor inside `\text{…}`."""
        depth, limit = 0, start + INLINE_CHARS
        for token in _DOLLAR.finditer(self._text, start, limit):
            if token["blank"]:
                return None
            if token["text"]:
                if self._text.find("}", token.end(), limit) < 0:
                    return None
                depth += 1
            elif token["brace"] and depth:
                depth += 1 if token["brace"] == "{" else -1
            elif token["dollar"] and not depth:
                return token.start()
        return None

    def _double_dollars(self, token: re.Match[str]) -> Formula | None:
        for found in _DOUBLE.finditer(self._text, token.end(), token.end() + DISPLAY_CHARS):
            if found["close"]:
                inner = self._text[token.end() : found.start()]
                if not inner.strip() or _is_torn(inner):
                    return None
                return self._found(token, inner, found.end(), is_display=True)
        return None

    def _brackets(self, token: re.Match[str]) -> Formula | None:
        is_display = token["bracket"] == "["
        limit = token.end() + (DISPLAY_CHARS if is_display else INLINE_CHARS)
        for found in _BRACKETS[token["bracket"]].finditer(self._text, token.end(), limit):
            if found["stop"]:
                return None
            if found["close"]:
                inner = self._text[token.end() : found.start()]
                if not inner.strip() or _is_torn(inner):
                    return None
                return self._found(token, inner, found.end(), is_display=is_display)
        return None

    def _environment(self, token: re.Match[str]) -> Formula | None:
        name = token["environment"]
        if name not in ENVIRONMENTS:
            return None
        depth, limit = 1, token.end() + DISPLAY_CHARS
        if self._text.find(r"\end", token.end(), limit) < 0:
            return self._unclosed(token)
        marks = re.compile(rf"\\(?P<way>begin|end)[ ]?\{{{re.escape(name)}\}}")
        for found in marks.finditer(self._text, token.end(), limit):
            depth += 1 if found["way"] == "begin" else -1
            if not depth:
                inner = self._text[token.start() : found.end()]
                return self._found(token, inner, found.end(), is_display=True)
        return self._unclosed(token)

    def _box(self, token: re.Match[str]) -> Formula | None:
        depth, limit = 1, token.end() + INLINE_CHARS
        if self._text.find("}", token.end(), limit) < 0:
            return None
        for found in _BRACE.finditer(self._text, token.end(), limit):
            if found["stop"]:
                return None
            if found["brace"]:
                depth += 1 if found["brace"] == "{" else -1
            if not depth:
                inner = self._text[token.start() : found.end()]
                return self._found(token, inner, found.end(), is_display=False)
        return None

    def _found(self, token: re.Match[str], inner: str, end: int, is_display: bool) -> Formula:
        line_start = self._text.rfind("\n", 0, token.start()) + 1
        if "\n" in inner and self._text[line_start : token.start()].lstrip().startswith(">"):
            inner = _QUOTE.sub("", inner)
        return Formula(token.start(), end, inner.strip(), is_display)

    def _unclosed(self, token: re.Match[str]) -> Formula:
        """What is still arriving: to the end of the text if that is in this paragraph, else the
        delimiter alone, which Markdown would otherwise change."""
        end = self._end_of_paragraph(token.end())
        if end < len(self._text.rstrip()) or end - token.end() > DISPLAY_CHARS:
            end = token.end()
        return Formula(token.start(), end, "", is_display=False, is_open=True)


def _is_price(inner: str) -> bool:
    """Whether what stands between two dollars is prose rather than maths."""
    words = [
        word for word in _WORD.findall(_COMMAND.sub(" ", inner)) if not _MATHS_WORD.match(word)
    ]
    starts_with_digit = inner.lstrip()[0].isdigit()
    if inner[0].isspace() or inner[-1].isspace():
        if starts_with_digit and not inner[0].isspace():
            return True
        return any(len(word) >= 3 or _PROSE.match(word) for word in words)
    return starts_with_digit and (len(words) >= 2 or any(_PROSE.match(word) for word in words))


def _is_torn(inner: str) -> bool:
    """Whether prose stands between two display delimiters that do not belong together."""
    if not _BLANK.search(inner):
        return False
    words = _WORD.findall(_COMMAND.sub(" ", inner))
    return sum(len(word) >= 4 for word in words) >= 3
