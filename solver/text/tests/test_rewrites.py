r"""LaTeX as competition mathematics writes it must become MathML, and stay what it says."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.text.latex import MAX_DEPTH, CannotTranslate
from solver.text.mathml import to_mathml
from solver.text.rewrites import translate
from solver.text.vocabulary import (
    DROPPED,
    ENVIRONMENTS,
    OPERATORS,
    PLAIN_TABLES,
    RENAMED,
    SYMBOLS,
    TEXTS,
    UNWRAPPED,
)

GROUPS = {r"\bgroup", r"\egroup"}
CONVERTED = sorted({*RENAMED, *DROPPED.split(), *UNWRAPPED.split(), *TEXTS} - GROUPS)


def shown(latex: str) -> str:
    """The characters that the formula shows."""
    mathml = to_mathml(latex, True)
    assert mathml is not None, latex
    return re.sub(r"<[^>]*>", "", mathml.partition("<annotation")[0]).replace("\xa0", " ")


@pytest.mark.parametrize("command", CONVERTED)
def test_every_command_of_the_vocabulary_converts(command):
    if command == r"\newcommand":
        argument = r"{\R}{x}"
    else:
        argument = "{ab}" if command != r"\intertext" else "{ab} c"
    assert to_mathml(rf"x {command}{argument} y", True), translate(f"{command}{argument}")


@pytest.mark.parametrize("name", OPERATORS.split())
def test_every_operator_converts(name):
    assert name in shown(rf"\{name} A")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_converts(name):
    argument = "{2}" if "alignat" in name or "alignedat" in name else ""
    columns = "{c@{}c}" if name == "tabular" else ""
    formula = rf"\begin{{{name}}}{argument}{columns} a & b \\ c & d \end{{{name}}}"
    assert to_mathml(formula, True), translate(formula)


@pytest.mark.parametrize("command", PLAIN_TABLES)
def test_every_plain_table_converts(command):
    assert to_mathml(rf"{command}{{a\cr b}}", True)


def test_every_symbol_converts():
    assert to_mathml(" ".join(SYMBOLS), True)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"20%", "20%"),
        (r"\text{20% of $x_1$ is a_b}", "20% of x1 is a_b"),
        (r"\text{if \(x > 0\)}", "if x&gt;0"),
        (r"\text{m^2}", "m2"),
        (r"\text{a \& b & c}", "a & b & c".replace("&", "&amp;")),
        (r"\text{x \leq 3}", "x ≤3"),
        (r"\textbf{Answer: $x^2$}", "Answer: x2"),
        (r"\fbox{$x$ is 1}", "x is 1"),
        (r"\tag{1} x=1", "x=1(1)"),
        (r"x=1 \tag*{A}", "x=1A"),
        (r"x \label{eq:one} = 1", "x=1"),
        (r"\alpha\label{a}x", "αx"),
        (r"\eqref{eq:1}", "(eq:1)"),
        (r"a &= b \\ &= c", "a=b=c"),
        (r"\pmb x y", "𝒙y"),
        (r"√25 + √x + √(a+b) + √\\", "25+x+(a+b)+"),
        (r"\root 3 \of x", "x3"),
        (r"\left<x\right>", "⟨x⟩"),
        (r"\abs{x} + \norm{v}", "|x|+‖v‖"),
        (r"\nicefrac{1}{2}", "1/2"),
        (r"\begin{array}{@{}r@{\,}*{2}{c}|p{2cm}@{}} 1&2&3&4 \end{array}", "1234"),
        (r"\begin{array}{cc}\multicolumn{2}{c}{x}\\ \cline{1-2} 1&2\end{array}", "x12"),
        (r"\mathop{\mathrm{lcm}}\limits_{a} b", "lcmab"),
        (r"\operatorname{\mathrm{arg\,max}} f", "arg max&ApplyFunction;f"),
        (r"\textcolor{nosuch}{x} \color{alsonot} y", "xy"),
        (r"\colorbox{yellow}{$x$}", "x"),
        (r"\circled{3}", "③"),
        (r"\enclose{circle}{7}", "⑦"),
        (r"\DeclareMathOperator{\foo}{foo} \foo x", "foo&ApplyFunction;x"),
        (r"\newcommand{\R}{\mathbb{R}} \R", "ℝ"),
        (r"\boxed{$x=2$}", "x=2"),
        (r"\ang{30}", "30∘"),
        (r"\begin{aligned}a\\[4pt]b\\*[-.5em] c\\ [0,1]\end{aligned}", "abc[0,1]"),
        (r"\begin{array}{c}a\\[1ex] \hline b\end{array}", "ab"),
        (r"\begin{matrix}a&b\\\hdotsfor{2}\end{matrix}", "ab⋯⋯"),
        (r"\renewcommand{\arraystretch}{1.5}\setlength{\arraycolsep}{2pt} x", "x"),
        (r"\qty{5}{m}", "5m"),
        (r"a &lt; b &amp; c", "a&lt;bc"),
        (r"\bgroup x \egroup", "x"),
        (r"\buildrel \text{def} \over =", "=def"),
        (r"\dv{y}{x}", "dydx"),
        (r"\begin{align}a&=b\\\intertext{so}c&=d\end{align}", "a=bsoc=d"),
    ],
)
def test_translate_keeps_what_is_said(latex, text):
    assert re.sub(r"\s|\u2061|\u2063", "", shown(latex)) == text.replace(" ", "")


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{-b \pm \sqrt{b^2-4ac}}{2a}",
        r"\left( \frac{1}{2} \right]",
        r"\begin{cases} x & y \\ z & \text{otherwise} \end{cases}",
        r"\sum\limits_{i=1}^n i",
        "x'",
    ],
)
def test_translate_leaves_what_is_known_alone(latex):
    assert translate(latex).replace("  ", " ") == latex


@pytest.mark.parametrize(
    "latex",
    [
        "{" * (MAX_DEPTH + 1) + "}" * (MAX_DEPTH + 1),
        r"\left(" * (MAX_DEPTH + 1) + r"\right)" * (MAX_DEPTH + 1),
        r"\hat" * 300 + " x",
        r"\frac1" * 300 + " x",
        r"\label",
        r"\begin{cases} x",
        r"\begin{cases} x \end{matrix}",
        r"\newcommand{\d}[1]{#1#1}\d{\d{x}}",
        r"\text{x",
    ],
)
def test_translate_refuses(latex):
    with pytest.raises(CannotTranslate):
        translate(latex)


SIGNS = [
    "{",
    "}",
    "{",
    "}",
    "[",
    "]",
    "&",
    r"\\",
    "$",
    "%",
    "^",
    "_",
    "a",
    "1",
    " ",
    "\n",
    "*",
    "√",
]
COMMANDS = [
    r"\begin{cases}", r"\end{cases}", r"\begin", r"\end", r"\tag", r"\frac", r"\left(", r"\right)",
    r"\color", r"\multicolumn", r"\mathop", r"\limits", r"\root", *RENAMED, *TEXTS, *PLAIN_TABLES,
]  # fmt: skip
pieces = st.sampled_from(COMMANDS) | st.sampled_from(SIGNS)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=25).map("".join))
def test_to_mathml_takes_any_latex(latex):
    mathml = to_mathml(latex, True)
    assert mathml is None or mathml.startswith("<math")
