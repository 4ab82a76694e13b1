r"""The renderer as users meet it: formulas counted, hostile text inert, odd text shown."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.text.rendering import RENDERED_CHARS, render, render_formula, render_inline
from solver.text.tests.reading import Page
from tests.shared_data import shared_cases

FORMULAS = [
    ("$x$", 1),
    ("$$x$$", 1),
    (r"\(x\) and \[y\]", 2),
    (r"so \[ x = 1 \] then", 1),
    ("\\begin{gather*}\na\\\\\nb\n\\end{gather*}", 1),
    (r"The answer is \boxed{\frac{3}{4}}.", 1),
    (r"**\boxed{5}**", 1),
    ("costs $5 and $7", 0),
    ("between $5 and $7, or $10-$20", 0),
    ("US$5, then $x$", 1),
    ("`$x$` and ``$y$ ` ``", 0),
    ("```\n$x$\n```", 0),
    ("~~~latex\n\\[x\\]\n~~~", 0),
    (r"\$5 and \$6", 0),
    (r"\\(x\\)", 0),
    ("$\\unknown{x}$ and $y$", 1),
    ("$\\frac{1}{2$ and $y$", 1),
    ("$x", 0),
    ("\\[ x", 0),
    ("$$", 0),
    ("$$$$", 0),
    ("$ $", 0),
    ("设$x$为正整数，则$x\\ge 1$。", 2),
    ("**第一步：**$x=1$", 1),
    ("# On $x$\n\n> $y$\n\n- $z$", 3),
    ("| $|x|$ | \\(a|b\\) |\n|--|--|\n| $1$ | $2$ |", 4),
    ("$$\n- a\n+ b\n= c\n$$", 1),
    ("we have \\[\n- a\n\n+ b\n\\]", 1),
    ("    $$x$$", 1),
    ("$a_1$ and $b_2$ and *$c_3$*", 3),
    ("> $$\n> x\n> $$", 1),
    ("1. one:\n\n   $$\n   x\n   $$\n\n2. two", 1),
    ("[see $x$](https://example.org)", 1),
    ("$x$\ue0000\ue001 \ue0007\ue001", 1),
]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<style>*{display:none}</style>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x) [y](file:///etc/passwd) [z](//evil.example) [w](/accounts/logout/) [v](#top)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![$x$](data:image/svg+xml;base64,AAAA)",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{</math><script>alert(1)</script>}$",
    "$\\text{</mtext></math><img src=x onerror=alert(1)>}$",
    "$x \\label{a\"onclick=alert(1)}$",
    "\\begin{align}x\\label{top}\\end{align} $\\ref{top}$ $\\eqref{x\"}$",
    "$\\class{evil}{x} \\cssId{top}{y} \\style{color:red}{z}$",
    "$\\color{red;background:url(//evil.example)}{x}$",
    "$\\hspace{1em;background:red}x$",
    "$</annotation><script>alert(1)</script>$",
    "$\\unknown{</code><script>alert(1)</script>}$",
    "```python\"><script>alert(1)</script>\nx\n```",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "| <b onclick=x> | $<b>$ |\n|--|--|\n| a | b |",
    "\x00<scr\x00ipt>alert(1)</script>",
    "# <h1 id=x>\n{#id .class onclick=x}",
]  # fmt: skip
PATTERNS = [
    "$", "$x$ ", "$$", "\\[", "\\(x ", "\\boxed{", "\\begin{aligned}", "$\\text{", "`", "` ",
    "```\n", "*", "**a ", "_a_ ", "[", "![", "[a](", "[a]: b\n", "> ", "- ", "1. ", "|a|\n", "<",
    "\\", "~~a", "# a\n", "\n", "{", "$\\sqrt{", "a\n", "x_", "\\left(", "$\\frac1",
    "<http://a> ", "&#",
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), FORMULAS)
def test_render_converts_exactly_the_formulas(text, count):
    html = render(text)
    assert html.count("<math") == count, html
    assert Page(html).faults == []


def test_render_converts_the_formulas_of_the_shared_cases():
    for case in shared_cases("maths_text.jsonl"):
        assert render(case["text"]).count("<math") == case["math"], case


@pytest.mark.parametrize("text", HOSTILE)
def test_render_makes_hostile_text_inert(text):
    for html in (render(text), render_inline(text), render_formula(text)):
        assert Page(html).faults == []


def test_render_makes_the_shared_hostile_cases_inert():
    for case in shared_cases("hostile_text.jsonl"):
        for html in (render(case["text"]), render_inline(case["text"])):
            assert Page(html).faults == [], case


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_render_takes_any_text(text):
    assert Page(render(text)).faults == []


marked = st.lists(
    st.sampled_from([*PATTERNS, *HOSTILE, *(text for text, _ in FORMULAS)]), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(marked.map("".join), st.integers(0, 200))
def test_render_takes_any_beginning_of_marked_text(text, length):
    assert Page(render(text[:length])).faults == []
    assert Page(render_inline(text[:length])).faults == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_render_is_about_linear(pattern):
    """What takes quadratic time takes minutes for this much."""
    started = time.process_time()
    render(pattern * (20_000 // len(pattern)))
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "$" + "{" * 5_000 + "x" + "}" * 5_000 + "$",
        "$" + r"\sqrt{" * 1_000 + "x" + "}" * 1_000 + "$",
        r"\[" + r"\sqrt" * 1_500 + " x" + r"\]",
        "$$" + r"\left(" * 500 + "x" + r"\right)" * 500 + "$$",
        r"\[" + r"\text{\(" * 300 + "x" + r"\)}" * 300 + r"\]",
        r"$$\def\a{xx}\def\b{\a\a}" + r"\def\a{\b\b}\def\b{\a\a}" * 50 + r"\b$$",
        ">" * 5_000 + "x",
        "".join("  " * depth + "- a\n" for depth in range(300)),
        "[" * 5_000 + "]" * 5_000,
        "*" * 5_000 + "x" + "*" * 5_000,
    ],
)
def test_render_survives_deep_nesting_in_a_thread(text):
    """Threads have the smaller stacks."""
    pages: list[Page] = []
    thread = threading.Thread(target=lambda: pages.append(Page(render(text))))
    thread.start()
    thread.join()
    assert pages[0].faults == []


def test_render_leaves_out_what_is_too_long():
    html = render("word " * RENDERED_CHARS)
    assert len(html) < 2 * RENDERED_CHARS
    assert html.rstrip().endswith("<p>…</p>")


def test_render_is_the_same_in_many_threads():
    texts = [render_case for render_case, _ in FORMULAS] * 3
    random.Random(1).shuffle(texts)
    expected = [render(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: [render(text) for text in texts], range(4)))
    assert found == [expected] * 4


def test_render_inline_has_no_blocks():
    html = render_inline("# **Solve** for\n\n$x$")
    assert html.startswith("# <strong>Solve</strong> for <span")
    assert "<p>" not in html


def test_render_formula_takes_latex_without_delimiters():
    assert "<mfrac>" in render_formula(r"\frac{1}{2}")
    assert render_formula(r"\nonsense{5 and 3") == r'<code class="tex">\nonsense{5 and 3</code>'
