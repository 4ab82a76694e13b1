r"""A step's text as safe HTML: Markdown, LaTeX as MathML, highlighted code.

The one renderer of page, admin, print, e-mail and API.
"""

import re

from solver.text.cleaning import clean
from solver.text.markdown import formula_html, to_html, to_inline_html

# What a page shows of one text; the rest is left out, and said to be.
RENDERED_CHARS = 200_000
# Control characters have no place in HTML, and two private ones mark formulas while rendering.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000\ue001\ufffe\uffff]")


def render(text: str) -> str:
    """Block HTML for a Markdown text with maths.

    Safe for a page under a strict Content-Security-Policy: no scripts, styles, ids, images or
    addresses other than http, https and mailto. Maths that cannot be converted is shown as typed.
    Never raises; takes time linear in the text; thread-safe.
    """
    return clean(to_html(_fit(text)))


def render_inline(text: str) -> str:
    """The same without blocks, for titles and table cells; lines become one."""
    return clean(to_inline_html(" ".join(_fit(text).split())))


def render_formula(latex: str) -> str:
    """Inline HTML for LaTeX without delimiters, such as a box's content."""
    return clean(formula_html(_fit(latex).strip()))


def _fit(text: str) -> str:
    text = _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) <= RENDERED_CHARS:
        return text
    return text[:RENDERED_CHARS] + "\n\n…"
