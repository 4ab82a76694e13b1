"""The lexer: normalised text to tokens. Knows numbers in all their spellings."""

import re
from dataclasses import dataclass
from fractions import Fraction

from solver.checking.reading import spelling
from solver.checking.reading.normaliser import closing_brace
from solver.checking.reading.tree import UnevaluatedError, UnreadableError

_GROUPED = re.compile(
    r"[1-9]\d{0,2}(?:(?P<sep>,|\{,\}|\\,|\\;|\\ |\\!|,\\!| )\d{3}(?!\d))"
    r"(?:(?P=sep)\d{3}(?!\d))*(?:\.\d+)?(?!\s*/|\.?\d)"
)
_PLAIN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4}(?![\d.a-zA-Z^_]))?")
_REPEATED = re.compile(
    r"\\overline\{(\d+)\}|\\bar\{(\d+)\}|\((\d+)\)|"
    r"((?:\\dot\{\d\}|\\dot ?\d)\d*(?:\\dot\{\d\}|\\dot ?\d)?)"
)
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|\\ldots|\\dots|\\cdots)")
_SPACING = re.compile(
    r"\s+|~|\\[,;:! ]|\\(?:q?quad|displaystyle|textstyle|limits|thinspace|enspace|nobreak|"
    r"mathstrut)(?![a-zA-Z])|\\(?:left|right|middle|[bB]igg?[lrm]?)\s*(?=[()\[\]|<>]|\\[{}|]|"
    r"\\[lr](?:angle|vert|Vert|floor|ceil|brace|brack)(?![a-zA-Z]))"
)
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|textsf|mathrm|rm|operatorname\*?|mbox|mathsf|mathit|"
    r"mathbf|bm|boldsymbol|mathcal|vec|emph)\s*\{"
)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-zA-Z]+\*?)\}(?:\{[^{}]*\})?")
_NAMED_SET = re.compile(r"\\math(?:bb|bf)\s*(?:\{\s*([RZNQC])\s*\}|([RZNQC]))")
_LETTERS = re.compile(r"[A-Za-z]+")
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_OPERATORS = ("<=", ">=", "!=", "==", ":=", *"+-*/^_()[]{}|,;:=<>!%&'")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_SEGMENT = re.compile(
    r"([A-Za-z]?)(" + "|".join(sorted(spelling.FUNCTIONS, key=len, reverse=True)) + ")"
)
_MAX_TOKENS = 500


@dataclass(frozen=True, slots=True)
class Token:
    """kind: number, name, run, function, constant, word, command, op or environment.

    `spaced`: white space stood before it. `value` belongs to numbers. `is_upright`: a letter that
    LaTeX was told to set upright, as units are.
    """

    kind: str
    text: str
    spaced: bool = False
    value: Fraction = Fraction(0)
    is_upright: bool = False


def tokens(text: str) -> list[Token]:
    """All tokens of `text`; raises `UnreadableError` on a character outside the grammar."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.index = 0
        self.depth = 0
        self.spaced = False
        self.found: list[Token] = []

    def run(self) -> list[Token]:
        while self.index < len(self.text):
            before = self.index
            spacing = _SPACING.match(self.text, self.index)
            if spacing:
                self.index, self.spaced = spacing.end(), True
                continue
            self._one()
            if self.index == before or len(self.found) > _MAX_TOKENS:
                raise UnreadableError("the text is not in a form that can be read")
        return self.found

    def add(self, kind: str, text: str, end: int, value: Fraction = Fraction(0)) -> None:
        self.found.append(Token(kind, text, self.spaced, value))
        self.index, self.spaced = end, False

    def _one(self) -> None:
        character = self.text[self.index]
        if character.isascii() and (character.isdigit() or character == "."):
            self._number()
        elif character == "\\":
            self._command()
        elif character.isascii() and character.isalpha():
            self._letters()
        elif chinese := _CHINESE.match(self.text, self.index):
            self.add("word", chinese[0], chinese.end())
        elif character in "€£¥$":
            self.add("word", character, self.index + 1)
        else:
            self._operator()

    def _operator(self) -> None:
        for operator in _OPERATORS:
            if self.text.startswith(operator, self.index):
                self._count(operator)
                self.add("op", operator, self.index + len(operator))
                return
        raise UnreadableError(f"{self.text[self.index]!r} is not read")

    def _count(self, operator: str) -> None:
        """Depth of brackets in which a comma parts items; TeX's own braces part nothing."""
        is_typed_set = operator == "{" and not self.found
        self.depth += (operator in "([" or is_typed_set) - (operator in ")]")

    def _number(self) -> None:
        grouped = _GROUPED.match(self.text, self.index)
        if grouped and not (self.depth and grouped["sep"] == ","):
            digits = grouped[0].replace(grouped["sep"], "")
            self.add("number", digits, grouped.end(), Fraction(digits))
            return
        plain = _PLAIN.match(self.text, self.index)
        if not plain or plain[0] == ".":
            raise UnreadableError("a point stands alone")
        if "." in plain[0] and "e" not in plain[0].lower() and self._repeating(plain):
            return
        self.add("number", plain[0].rstrip("."), plain.end(), Fraction(plain[0].rstrip(".")))

    def _repeating(self, plain: re.Match[str]) -> bool:
        """A recurring decimal: a bar, dots, brackets, or three times the same digits and `...`."""
        written = plain[0]
        mark = _REPEATED.match(self.text, plain.end())
        if mark:
            block = "".join(re.findall(r"\d", mark[0]))
            self.add("number", written + mark[0], mark.end(), recurring(written, block))
            return True
        if self.text.startswith("..", plain.end()) and written.endswith("."):
            raise UnreadableError("a row of points is not read")
        ellipsis = _ELLIPSIS.match(self.text, plain.end())
        if not ellipsis:
            return False
        tail = re.search(r"(\d+?)\1{2,}$", written.partition(".")[2])
        if not tail:
            raise UnreadableError("the decimal breaks off without showing what repeats")
        start = written[: len(written) - len(tail[0])]
        self.add("number", written + "...", ellipsis.end(), recurring(start, tail[1]))
        return True

    def _command(self) -> None:
        environment = _ENVIRONMENT.match(self.text, self.index)
        if environment:
            self.add("environment", f"{environment[1]} {environment[2]}", environment.end())
            return
        named_set = _NAMED_SET.match(self.text, self.index)
        if named_set:
            self.add("command", f"set {named_set[1] or named_set[2]}", named_set.end())
            return
        if _TEXT.match(self.text, self.index):
            self._text_command()
            return
        command = _COMMAND.match(self.text, self.index)
        if command:
            self._named_command(command[1], command.end())
            return
        symbol = self.text[self.index : self.index + 2]
        if symbol == "\\\\":
            self.add("op", "\\\\", self.index + 2)
        elif symbol in {"\\{", "\\}"}:
            self.depth += 1 if symbol == "\\{" else -1
            self.add("op", symbol, self.index + 2)
        elif symbol == "\\%":
            self.add("op", "%", self.index + 2)
        elif symbol == "\\$":
            self.add("word", "$", self.index + 2)
        elif symbol == "\\|":
            raise UnreadableError("a norm is not read")
        else:
            raise UnreadableError(f"{symbol!r} is not read")

    def _named_command(self, name: str, end: int) -> None:
        if name in spelling.UNEVALUATED:
            raise UnevaluatedError(f"\\{name} still has to be worked out")
        if name in spelling.GREEK:
            self.add("name", spelling.GREEK_ALIASES.get(name, name), end)
        elif name == "pi":
            self.add("constant", "pi", end)
        elif name in {"infty", "infinity"}:
            self.add("constant", "infinity", end)
        elif name in spelling.FUNCTIONS and name not in {"sqrt", "binom"}:
            self.add("function", spelling.FUNCTIONS[name], end)
        else:
            self.add("command", name, end)

    def _text_command(self) -> None:
        opening = self.text.index("{", self.index)
        closing = closing_brace(self.text, opening)
        if closing < 0:
            raise UnreadableError("a brace is not closed")
        command, content = (
            self.text[self.index + 1 : opening].strip(),
            self.text[opening + 1 : closing],
        )
        content = content.strip()
        upright = command.startswith(("math", "rm", "operator", "bm", "bold", "vec"))
        if re.fullmatch(r"[A-Za-z]", content) and upright:
            kind = "constant" if content in "ei" and command == "mathrm" else "name"
            upright_letter = Token(kind, content, self.spaced, is_upright=command == "mathrm")
            self.found.append(upright_letter)
            self.index, self.spaced = closing + 1, False
        elif content in spelling.FUNCTIONS:
            self.add("function", spelling.FUNCTIONS[content], closing + 1)
        elif re.fullmatch(r"[\d\s.,+*/=()-]*", content) and not content.isspace() and content:
            inner = tokens(content)
            self.found.extend(inner)
            self.index = closing + 1
        else:
            self.spaced = True
            for word in re.findall(
                r"[A-Za-z]+|[\u3400-\u9fff]+|\S", re.sub(r"[\\~]", " ", content)
            ):
                self.add("word" if word[0].isalpha() else "op", word, closing + 1)
            self.index, self.spaced = closing + 1, True

    def _letters(self) -> None:
        run = _LETTERS.findall(self.text, self.index)[0]
        end = self.index + len(run)
        if run.lower() in spelling.OR_WORDS | spelling.AND_WORDS or run.lower() in spelling.WORDS:
            self.add("word", run.lower(), end)
        elif len(run) == 1:
            self.add("constant" if run in "ei" else "name", run, end)
        elif parts := _segments(run):
            for kind, part in parts:
                self.add(kind, part, end)
        else:
            self.add("run" if len(run) <= 3 else "word", run, end)


def recurring(start: str, block: str) -> Fraction:
    """The value of the decimal `start` (with its point) followed by `block` for ever."""
    decimals = len(start.partition(".")[2])
    base = Fraction(start.rstrip(".") or "0")
    return base + Fraction(int(block), (10 ** len(block) - 1) * 10**decimals)


def _segments(run: str) -> list[tuple[str, str]] | None:
    """`3ln2`, `xsinx`, `2pi`: known names with at most one letter between them, else None."""
    if pi := re.fullmatch(r"([A-Za-z]?)(pi)([A-Za-z]?)", run):
        before, after = ([("name", letter)] if letter else [] for letter in (pi[1], pi[3]))
        return [*before, ("constant", "pi"), *after] if not (before and after) else None
    if run in {"infinity", "infty", "inf"}:
        return [("constant", "infinity")]
    parts: list[tuple[str, str]] = []
    index = 0
    while (match := _SEGMENT.match(run, index)) is not None:
        parts.extend(_letter(match[1]))
        parts.append(("function", spelling.FUNCTIONS[match[2]]))
        index = match.end()
    if not parts or len(run) - index > 1:
        return None
    return [*parts, *_letter(run[index:])]


def _letter(letter: str) -> list[tuple[str, str]]:
    if not letter:
        return []
    return [("constant" if letter in "ei" else "name", letter)]
