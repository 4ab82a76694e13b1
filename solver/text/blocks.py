r"""What must never be cut in two: fenced code and display maths.

Fences follow CommonMark 0.31.2, section 4.5 (https://spec.commonmark.org/0.31.2/), at any
indentation, since models write them inside list items. Display maths is `$$ … $$`,
`\[ … \]` and `\begin{…} … \end{…}`.
"""

import re

_FENCE = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(`{3,}|~{3,})([^\r\n]*)")
_TOKEN = re.compile(
    r"\\\\|\\\$|\\\[|\\\]|\$\$|\\begin\{(\w+)\*?\}|\\end\{(\w+)\*?\}|(?<!`)(`+)(?!`)"
)


class Blocks:
    """Reads complete lines and knows whether the next one begins inside code or maths.

    Costs time linear in each line. Not thread-safe.
    """

    def __init__(self) -> None:
        self._fence = ""
        self._maths = ""
        self._environments = 0

    @property
    def in_code(self) -> bool:
        return bool(self._fence)

    @property
    def in_maths(self) -> bool:
        return bool(self._maths)

    def abandon_maths(self) -> None:
        """Forget an opener that was never closed, because a new step has plainly begun."""
        self._maths = ""
        self._environments = 0

    def read(self, line: str) -> None:
        """Take one complete line."""
        if self._fence:
            self._close_fence(line)
        elif not self._maths and (fence := _FENCE.match(line)):
            # A backtick fence with a backtick behind it is inline code.
            if fence.group(1)[0] == "~" or "`" not in fence.group(2):
                self._fence = fence.group(1)
                return
            self._read_maths(line)
        else:
            self._read_maths(line)

    def _close_fence(self, line: str) -> None:
        stripped = line.strip()
        if len(stripped) >= len(self._fence) and not stripped.strip(self._fence[0]):
            self._fence = ""

    def _read_maths(self, line: str) -> None:
        inside = ""  # the backticks that opened inline code
        unclosed = _unclosed_runs(line)
        for token in _TOKEN.finditer(line):
            ticks = token.group(3)
            if inside:
                inside = "" if ticks == inside else inside
            elif not ticks:
                self._step(token)
            elif not self._maths and token.start() != unclosed.get(len(ticks)):
                inside = ticks

    def _step(self, token: re.Match[str]) -> None:
        mark = token.group()
        if not self._maths:
            if mark in ("$$", "\\["):
                self._maths = mark
            elif token.group(1):
                self._maths = "begin"
                self._environments = 1
        elif self._maths == "begin":
            self._environments += bool(token.group(1)) - bool(token.group(2))
            if self._environments == 0:
                self._maths = ""
        elif (self._maths, mark) in (("$$", "$$"), ("\\[", "\\]")):
            self._maths = ""


def _unclosed_runs(line: str) -> dict[int, int]:
    """For every length of backtick runs in `line`, where the last one is: it opens nothing."""
    return {len(run.group()): run.start() for run in re.finditer("`+", line)}
