r"""Markdown as models and students write it, with maths and code in it.

CommonMark (https://spec.commonmark.org/0.31.2/) and GitHub's tables and strikethrough, by
markdown-it-py, with these differences: raw HTML is text; a line break is a line break;
indented code and underlined headings do not exist, since models indent and underline sums;
asterisks between digits multiply; emphasis works beside Chinese punctuation.
"""

import re
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from solver.text.delimiters import Formula, find_maths
from solver.text.highlight import highlight_code
from solver.text.mathml import to_mathml

# A formula stands in the Markdown as one of these, its number, and the other.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([0-9]{{1,7}}){_CLOSE}")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
# Beside these, letters or not, emphasis opens and closes as beside a space.
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\ue000\ue001]")
_STARS = re.compile(r"\*{1,2}(?!\*)")
# No link, and each bracket would be tried as the beginning of one.
_BRACKETS = re.compile(r"(?:!?\[){8,}")
_MATHS_BEFORE = re.compile(r"[0-9A-Za-z)\]]")
_MATHS_AFTER = re.compile(r"[0-9A-Za-z(\[]")
_SHIFT_HEADINGS = 3


def to_html(text: str) -> str:
    """HTML for a Markdown text; it still has to be cleaned."""
    source, formulas = _take_maths_out(text)
    return str(_MARKDOWN.render(source, {"formulas": formulas, "text": text}))


def to_inline_html(text: str) -> str:
    """HTML without blocks, for a title."""
    source, formulas = _take_maths_out(text)
    return str(_MARKDOWN.renderInline(source, {"formulas": formulas, "text": text}))


def formula_html(latex: str) -> str:
    """HTML for inline maths given without delimiters."""
    return _render_formula(Formula(0, len(latex), latex, is_display=False), latex)


def _take_maths_out(text: str) -> tuple[str, list[Formula]]:
    formulas = list(find_maths(text))
    pieces, done = [], 0
    for number, formula in enumerate(formulas):
        pieces += [text[done : formula.start], f"{_OPEN}{number}{_CLOSE}"]
        done = formula.end
    return "".join([*pieces, text[done:]]), formulas


def _maths(state: StateInline, silent: bool) -> bool:
    mark = _MARK.match(state.src, state.pos)
    if not mark:
        return False
    if not silent:
        token = state.push("maths", "", 0)
        token.meta = {"number": int(mark.group(1))}
        token.content = mark.group()
    state.pos = mark.end()
    return True


def _multiplication(state: StateInline, silent: bool) -> bool:
    """`3*4*5` and `2**10` are arithmetic."""
    run = _STARS.match(state.src, state.pos)
    if not run or state.pos == 0 or run.end() >= state.posMax:
        return False
    before, after = state.src[state.pos - 1], state.src[run.end()]
    if not (_MATHS_BEFORE.match(before) and _MATHS_AFTER.match(after)):
        return False
    if not silent:
        state.append_pending(run.group())
    state.pos = run.end()
    return True


def _brackets(state: StateInline, silent: bool) -> bool:
    run = _BRACKETS.match(state.src, state.pos)
    if not run:
        return False
    if not silent:
        state.append_pending(run.group())
    state.pos = run.end()
    return True


def _emphasis(state: StateInline, silent: bool) -> bool:
    """markdown-it's rule, but wide characters and formulas count as spaces on the other side."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    before = state.src[state.pos - 1] if state.pos else " "
    end = state.pos + scanned.length
    after = state.src[end] if end < state.posMax else " "
    can_open, can_close = scanned.can_open, scanned.can_close
    if marker == "*" and (_WIDE.match(before) or _WIDE.match(after)):
        can_open = can_open or not after.isspace()
        can_close = can_close or not before.isspace()
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=can_open,
                close=can_close,
            )
        )
    state.pos = end
    return True


class _Renderer(RendererHTML):
    def maths(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        number = tokens[idx].meta["number"]
        if number >= len(env["formulas"]):
            return escape(tokens[idx].content)
        return _render_formula(env["formulas"][number], env["text"])

    def code_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return f"<code>{escape(_put_back(tokens[idx].content, env))}</code>"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        spans, language = highlight_code(_put_back(token.content, env), _put_back(token.info, env))
        label = f"<figcaption>{escape(language)}</figcaption>" if language else ""
        return (
            f'<figure class="code">{label}<pre tabindex="0"><code>{spans}</code></pre></figure>\n'
        )

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link to it: pages load nothing from elsewhere."""
        token = tokens[idx]
        address = str(token.attrs.get("src", ""))
        words = _put_back(token.content, env).strip() or address
        if not _LINK.match(address):
            return escape(words)
        return f'<a href="{escape(address)}">{escape(words)}</a>'

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return '<div class="table-scroll" tabindex="0"><table>\n'

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return "</table></div>\n"

    def softbreak(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Beside display maths, which has lines of its own, a break would leave an empty one."""
        beside = (*tokens[max(0, idx - 1) : idx], *tokens[idx + 1 : idx + 2])
        return "\n" if any(_is_display(token, env) for token in beside) else "<br>\n"

    hardbreak = softbreak

    def _cell(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Alignment as a class: markdown-it says it in an inline style."""
        token = tokens[idx]
        side = str(token.attrs.get("style", "")).removeprefix("text-align:")
        return f'<{token.tag} class="{side}">' if side else f"<{token.tag}>"

    td_open = th_open = _cell

    def _heading(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Below the page's own headings."""
        token = tokens[idx]
        level = min(6, int(token.tag[1]) + _SHIFT_HEADINGS)
        return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"

    heading_open = heading_close = _heading


def _is_display(token: Token, env: EnvType) -> bool:
    number = token.meta.get("number", -1) if token.type == "maths" else -1
    return 0 <= number < len(env["formulas"]) and bool(env["formulas"][number].is_display)


def _put_back(content: str, env: EnvType) -> str:
    """`content` with the formulas that turned out to stand in code or in an address."""
    formulas = env["formulas"]

    def source(mark: re.Match[str]) -> str:
        number = int(mark.group(1))
        if number >= len(formulas):
            return mark.group()
        return str(env["text"][formulas[number].start : formulas[number].end])

    return _MARK.sub(source, content)


def _render_formula(formula: Formula, text: str) -> str:
    mathml = None if formula.is_open else to_mathml(formula.latex, formula.is_display)
    if mathml is None:
        return f'<code class="tex">{escape(text[formula.start : formula.end])}</code>'
    if formula.is_display:
        return f'<span class="maths maths-display" tabindex="0">{mathml}</span>'
    return f'<span class="maths">{mathml}</span>'


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 (markdown-it's name)
        return bool(_LINK.match(url)) and _OPEN not in url


def _build() -> MarkdownIt:
    markdown = _Markdown(
        "js-default", {"html": False, "breaks": True, "maxNesting": 20}, renderer_cls=_Renderer
    )
    markdown.disable(["code", "lheading", "linkify", "replacements", "smartquotes"], True)
    markdown.inline.add_terminator_char(_OPEN)
    markdown.inline.ruler.before("escape", "maths", _maths)
    markdown.inline.ruler.before("emphasis", "multiplication", _multiplication)
    markdown.inline.ruler.before("link", "brackets", _brackets)
    markdown.inline.ruler.at("emphasis", _emphasis)
    return markdown


_MARKDOWN = _build()
