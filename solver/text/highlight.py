"""Code with its syntax marked by classes, and the style sheet for them."""

from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

# Longer code is shown without colours: lexers are not all linear.
HIGHLIGHTED_CHARS = 20_000
CODE_CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)

_FORMATTER = HtmlFormatter(nowrap=True)
_PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "output", "console"})


def highlight_code(code: str, language: str) -> tuple[str, str]:
    """HTML spans for `code`, and the language's name for its label ("" where unknown).

    `language` is a fence's info string; unknown ones give plain escaped text.
    """
    lexer = _find_lexer(language.split(None, 1)[0].lower() if language.strip() else "")
    if lexer is None:
        return _escape(code), ""
    if len(code) > HIGHLIGHTED_CHARS:
        return _escape(code), str(lexer.name)
    return highlight(code, lexer, _FORMATTER), str(lexer.name)


@lru_cache(maxsize=64)
def _find_lexer(name: str) -> Lexer | None:
    if name in _PLAIN or len(name) > 32:
        return None
    try:
        return get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return None


def _escape(code: str) -> str:
    return code.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
