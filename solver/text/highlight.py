"""Code with its syntax marked by classes, and the colours for them."""

import sys
from functools import lru_cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

# Longer code is shown without colours: lexers are not all linear.
HIGHLIGHTED_CHARS = 20_000
_CACHED_CHARS = 4_000
CODE_CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)

# What colours say, on light and on dark paper, and the token classes that say it. Both reach
# 4.5:1 on the surface that code stands on (WCAG 2.2, 1.4.3).
BACKGROUND = ("#f4f4ef", "#1f2227")
PALETTE = {
    "comment": ("#5c6069", "#a3a8b3", "c c1 ch cm cp cpf cs gh gu"),
    "keyword": ("#2448a0", "#a5b9ff", "k kc kd kn kp kr kt ow nt"),
    "name": ("#6a3f8f", "#d0aeef", "nb bp nc nd ne nf fm nn"),
    "number": ("#8a4300", "#f0b380", "m mb mf mh mi mo il no"),
    "string": ("#17653a", "#82d4a2", "s sa sb sc dl sd s2 se sh si sx sr s1 ss ld"),
    "error": ("#a3262a", "#ff9f9a", "gd gr"),
}

_FORMATTER = HtmlFormatter(nowrap=True)
_PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "output", "console", "none"})


def highlight_code(code: str, language: str) -> tuple[str, str]:
    """HTML spans for `code`, and the language's name for its label ("" where unknown).

    `language` is a fence's info string; unknown ones give plain escaped text. Thread-safe.
    """
    lexer = _find_lexer(language.split(None, 1)[0].lower() if language.strip() else "")
    if lexer is None:
        return escape(code), ""
    if len(code) > HIGHLIGHTED_CHARS:
        return escape(code), str(lexer.name)
    colour = _highlight_cached if len(code) <= _CACHED_CHARS else _highlight
    return colour(code, lexer), str(lexer.name)


def style_sheet() -> str:
    """What `static/css/code.css` holds: one rule for each colour of the palette."""
    rules = [
        "/* Colours of code, written by `python -m solver.text.highlight`; change PALETTE there. */"
    ]
    for light, dark, names in PALETTE.values():
        selectors = ", ".join(f".{name}" for name in names.split())
        rules.append(f".code :is({selectors}) {{\n  color: light-dark({light}, {dark});\n}}")
    rules.append(".code :is(.ge) {\n  font-style: italic;\n}")
    rules.append(".code :is(.gs, .gh, .gu) {\n  font-weight: 600;\n}")
    return "\n\n".join(rules) + "\n"


def _highlight(code: str, lexer: Lexer) -> str:
    return highlight(code, lexer, _FORMATTER)


_highlight_cached = lru_cache(maxsize=256)(_highlight)


@lru_cache(maxsize=64)
def _find_lexer(name: str) -> Lexer | None:
    if name in _PLAIN or len(name) > 32:
        return None
    try:
        return get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return None


if __name__ == "__main__":
    sys.stdout.write(style_sheet())
