r"""Reads LaTeX token by token, braces matched, and applies rules to the commands that have one.

What no rule is for comes out unchanged.
"""

import re
from collections.abc import Callable, Mapping

from solver.text.textmode import TEXT_SPECIAL, split_text
from solver.text.vocabulary import SYMBOLS

# math-core recurses, and browsers nest at most 512 elements.
MAX_DEPTH = 60

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
# Tables of one column, and what holds rows that are aligned nevertheless.
_ALIGNED = {"gathered": "aligned", "gather*": "align*", "multline*": "align*"}
_TAKES_LIMITS = re.compile(r"\\(?:[A-Za-z]+|operatorname\*?\{[^{}]*\}) ?$")


class CannotTranslate(Exception):
    """The formula is to be shown as typed: it nests too deep, or lacks an argument."""


class LatexReader:
    """One formula being read. Rules take what they need by its public methods."""

    def __init__(self, latex: str, rules: Mapping[str, "Rule"], depth: int = 0) -> None:
        self._tokens: list[str] = _TOKEN.findall(latex)
        self._rules = rules
        self._at = 0
        self._depth = depth
        self._tables = 0
        self._is_aligned = False  # alignment marks were seen in the table being read
        self._tags: list[str] = []

    def run(self) -> str:
        """The whole formula, translated. Raises CannotTranslate."""
        body = self._group("")
        if self._is_aligned:
            body = rf"\begin{{aligned}}{body}\end{{aligned}}"
        return body + "".join(self._tags)

    def _group(self, closer: str) -> str:
        r"""Up to and with `closer`: "}", "\end", or "" for the end."""
        self.enter()
        out: list[str] = []
        while self._at < len(self._tokens):
            mark = self._tokens[self._at]
            self._at += 1
            if mark == closer:
                break
            out.append(self._translate(mark, out))
        else:
            if closer:
                raise CannotTranslate
        self.leave()
        return "".join(out)

    def enter(self) -> None:
        """Something opens here, one level deeper."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CannotTranslate

    def leave(self) -> None:
        self._depth -= 1

    def _translate(self, mark: str, out: list[str]) -> str:
        if mark == "{":
            return "{" + self._group("}") + "}"
        if rule := self._rules.get(mark):
            return rule(self, mark)
        if mark in (r"\limits", r"\nolimits"):
            # Known only behind a big operator; elsewhere it says what is done anyway.
            last = next((piece for piece in reversed(out) if not piece.isspace()), "")
            return mark if _TAKES_LIMITS.search(last) else ""
        if len(mark) > 1 or mark.isalnum():
            return mark
        return self._translate_sign(mark)

    def _translate_sign(self, mark: str) -> str:
        match mark:
            case "%":
                # Models mean per cent. A comment would swallow the rest of the line.
                return "" if self.peek(spaces=False).startswith("\n") else r"\%"
            case "&":
                self._is_aligned = True
            case "$":
                return "" if self._depth > 1 else mark
            case "#":
                # A macro with arguments can grow without bound.
                raise CannotTranslate
            case "√":
                return rf"\sqrt{{{self._radicand()}}}"
        return SYMBOLS.get(mark, mark)

    def peek(self, spaces: bool = True) -> str:
        """The next token, behind any spaces, or ""."""
        at = self._at
        while spaces and at < len(self._tokens) and self._tokens[at].isspace():
            at += 1
        return self._tokens[at] if at < len(self._tokens) else ""

    def _skip_spaces(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1

    def _radicand(self) -> str:
        """What stands under a typed radical sign: a number, a letter, a command or a group."""
        start = self._at
        while self._at < len(self._tokens) and self._tokens[self._at].isdigit():
            self._at += 1
        if self._at > start:
            return "".join(self._tokens[start : self._at])
        following = self.peek(spaces=False)
        if following == "(":
            self._at += 1
            return f"({self._group(')')})"
        return self.argument() if following == "{" or following.isalpha() else ""

    def argument(self) -> str:
        """The next argument, translated, without its braces."""
        self._skip_spaces()
        if self._at >= len(self._tokens):
            raise CannotTranslate
        mark = self._tokens[self._at]
        self._at += 1
        if mark in ("}", "&", r"\end"):
            raise CannotTranslate
        self.enter()
        inner = self._group("}") if mark == "{" else self._translate(mark, [])
        self.leave()
        return inner

    def raw(self) -> str:
        """The next argument as typed, without its braces."""
        self._skip_spaces()
        start, depth = self._at, 0
        while self._at < len(self._tokens):
            mark = self._tokens[self._at]
            self._at += 1
            depth += (mark == "{") - (mark == "}")
            if depth <= 0:
                inner = "".join(self._tokens[start : self._at])
                return inner[1:-1] if inner[:1] == "{" else inner
        raise CannotTranslate

    def optional(self) -> str | None:
        """What stands in square brackets next, as typed."""
        if self.peek() != "[":
            return None
        self._skip_spaces()
        start = self._at + 1
        while self._at < len(self._tokens) and self._tokens[self._at] != "]":
            self._at += 1
        self._at += 1
        return "".join(self._tokens[start : self._at - 1])

    def star(self) -> bool:
        """Take the star that belongs to the command."""
        if self.peek(spaces=False) != "*":
            return False
        self._at += 1
        return True

    def take(self) -> str:
        """Take the next token; "" at the end."""
        self._skip_spaces()
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ""

    def tag(self, text: str) -> str:
        """Put `text` behind the row, or behind a formula without rows."""
        if self._tables:
            return rf"\qquad{text}"
        self._tags.append(rf"\qquad{text}")
        return " "

    def table(self, name: str, closer: str) -> str:
        """The rows up to `closer`, as the environment `name` (arguments behind a brace)."""
        outside, self._is_aligned = self._is_aligned, False
        self._tables += 1
        body = self._group(closer)
        self._tables -= 1
        if self._is_aligned:
            name = _ALIGNED.get(name, name)
        self._is_aligned = outside
        return rf"\begin{{{name}}}{body}\end{{{name.partition('}')[0]}}}"

    def text(self, command: str, raw: str) -> str:
        """Text that may hold maths, as text and maths side by side."""
        if not TEXT_SPECIAL.search(raw):
            return f"{command}{{{raw}}}"
        pieces = []
        for kind, inner in split_text(raw):
            if kind == "maths":
                pieces.append("{" + LatexReader(inner, self._rules, self._depth).run() + "}")
            else:
                pieces.append(f"{kind or command}{{{inner}}}")
        return "{" + "".join(pieces) + "}"


Rule = Callable[[LatexReader, str], str]
