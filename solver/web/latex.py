"""Markdown with formulas as a fragment of LaTeX, for those who paste it into a document.

Formulas are LaTeX already and pass through; what is around them is translated token by token, as
CommonMark reads it. Needs amsmath and hyperref on the other side.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
_SPECIAL_CHARACTER = re.compile("|".join(map(re.escape, _SPECIAL)))
_FORMULA = re.compile(
    r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|\\begin\{(\w+\*?)\}.+?\\end\{\1\}"
    r"|(?<![\\$\w])\$(?!\s)[^$\n]+?(?<!\s)\$(?![\d$])",
    re.DOTALL,
)
# Private use characters that no keyboard types stand for formulas while Markdown is read.
_HOLE = re.compile("\ue000(\\d+)\ue001")
_ENVIRONMENTS = {"bullet_list": "itemize", "ordered_list": "enumerate", "blockquote": "quote"}
_INLINE = {"strong": r"\textbf{", "em": r"\emph{"}


def to_latex(markdown: str) -> str:
    """Linear in the text; what LaTeX has no plain word for (tables, HTML) is kept as text."""
    formulas: list[str] = []

    def hold(match: re.Match[str]) -> str:
        formulas.append(match.group())
        return f"\ue000{len(formulas) - 1}\ue001"

    held = _FORMULA.sub(hold, markdown.replace("\ue000", "").replace("\ue001", ""))
    body = "".join(_block(token) for token in MarkdownIt("commonmark").parse(held))
    filled = _HOLE.sub(lambda hole: formulas[int(hole[1])], body)
    return re.sub(r"\n{3,}", "\n\n", filled).strip() + "\n"


def _block(token: Token) -> str:
    name, _, way = token.type.rpartition("_")
    if token.type == "inline":
        return "".join(_inline(child) for child in token.children or [])
    if token.type in {"fence", "code_block"}:
        # Nothing inside may end it, and LaTeX looks for exactly these letters.
        code = token.content.replace("\\end{verbatim}", "\\end {verbatim}")
        return f"\\begin{{verbatim}}\n{code}\\end{{verbatim}}\n\n"
    if token.type == "hr":
        return "\\bigskip\\hrule\\bigskip\n\n"
    if name in _ENVIRONMENTS:
        verb = "begin" if way == "open" else "end"
        return f"\\{verb}{{{_ENVIRONMENTS[name]}}}\n"
    if name == "heading":
        return "\\paragraph{" if way == "open" else "}\n\n"
    if name == "list_item":
        return "\\item " if way == "open" else ""
    if name == "paragraph" and way == "close":
        return "\n" if token.hidden else "\n\n"
    return escape(token.content)


def _inline(token: Token) -> str:
    name, _, way = token.type.rpartition("_")
    if name in _INLINE:
        return _INLINE[name] if way == "open" else "}"
    if token.type == "code_inline":
        return f"\\texttt{{{escape(token.content)}}}"
    if token.type == "link_open":
        return f"\\href{{{escape(str(token.attrs.get('href', '')))}}}{{"
    if token.type == "link_close":
        return "}"
    if token.type in {"softbreak", "hardbreak"}:
        return "\n" if token.type == "softbreak" else "\\\\\n"
    return escape(token.content)


def escape(text: str) -> str:
    return _SPECIAL_CHARACTER.sub(lambda match: _SPECIAL[match.group()], text)
