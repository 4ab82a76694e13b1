r"""LaTeX's text mode, as models write it: with maths inside.

math-core takes no maths in `\text{…}`, and neither underscores nor carets. So a text becomes
pieces of text and of maths.
"""

import re
from collections.abc import Iterator

# Whether a text needs more than to be passed on.
TEXT_SPECIAL = re.compile(r"[$^_%&#{}]|\\[A-Za-z(\\]")

_PIECE = re.compile(
    r"\$(?P<dollars>(?:\\.|[^$\\])*)\$"
    r"|\\\((?P<round>.{0,500}?)\\\)"
    r"|(?P<font>\\(?:textbf|textit|textrm|textsf|texttt|emph))\s*\{(?P<words>[^{}$\\]*)\}"
    r"|(?P<script>[\^]\s*(?:\{[^{}]*\}|\\[A-Za-z]+|[^\s\\{}]))"
    r"|\\textsuperscript\s*\{(?P<raised>[^{}]*)\}"
    r"|(?P<switch>\\(?:bf|it|rm|sf|tt|em|bfseries|itshape|small|large|normalsize|tiny)(?![A-Za-z])\s*)"
    r"|(?P<known>\\(?:quad|qquad|ldots|dots|textendash|textemdash|lq|rq|ss|ae|oe|o)(?![A-Za-z])\s*)"
    r"|(?P<command>\\[A-Za-z]+(?:\s*\{[^{}]*\})*)"
    r"|\\(?P<escaped>[\\$%&#_{}])(?P<space>\s*)"
    r"|(?P<accent>\\[^A-Za-z]\{?\w?\}?)"
    r"|(?P<bare>[$%&#_^])(?P<gap>\s*)"
    r"|(?P<brace>[{}])",
    re.DOTALL,
)


def split_text(raw: str) -> Iterator[tuple[str, str]]:
    r"""Pieces of a text argument, as (kind, content).

    The kind is "maths", a font command such as `\textbf`, or "" for text as it was; the content of
    text is safe for math-core, that of maths still has to be translated.
    """
    plain, done = "", 0
    for piece in _PIECE.finditer(raw):
        plain += raw[done : piece.start()]
        done = piece.end()
        text = _as_text(piece)
        if text is not None:
            plain += text
            continue
        if plain:
            yield "", plain
        plain = ""
        yield (piece["font"], piece["words"]) if piece["font"] else ("maths", _as_maths(piece))
    plain += raw[done:]
    if plain:
        yield "", plain


def _as_text(piece: re.Match[str]) -> str | None:
    if piece["known"] or piece["accent"]:
        return piece.group()
    if piece["switch"] or piece["brace"]:
        return ""
    if escaped := piece["escaped"]:
        # math-core drops the space behind an escaped sign.
        space = "\\ " if piece["space"] else ""
        return " " if escaped == "\\" else f"\\{escaped}{space}"
    if bare := piece["bare"]:
        gap = "\\ " if piece["gap"] else ""
        return gap if bare == "^" else f"\\{bare}{gap}"
    return None


def _as_maths(piece: re.Match[str]) -> str:
    if piece["raised"] is not None:
        return rf"^{{\text{{{piece['raised']}}}}}"
    return piece["dollars"] or piece["round"] or piece["script"] or piece["command"] or ""
