r"""What surrounds a formula: its source, its classes, its limits."""

import re
import time
from pathlib import Path

import pytest

from solver.text.mathml import CLASSES, FORMULA_CHARS, to_mathml

STYLE_SHEET = Path(__file__).resolve().parents[3] / "static" / "css" / "maths.css"


def test_to_mathml_carries_the_source_as_it_was_typed():
    mathml = to_mathml(r"\substack{a<b\\c}", True)
    assert mathml is not None
    source = r'<annotation encoding="application/x-tex">\substack{a&lt;b\\c}</annotation>'
    assert mathml.endswith(f"{source}</semantics></math>")


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{align}a&=b\\c&=d\end{align}",
        r"\begin{array}{|c|c:}\hline a&b\\\hdashline c&d\end{array}",
        r"\begin{cases}a&b\\c&d\end{cases}",
        r"\color{red}{x}\color{blue}y",
        r"a\!b\hspace{-2em}c\hspace{3cm}d",
        r"\cfrac{1}{2}\textsc{x}\mathop{a}_b",
        '\\text{style="color:red"}',
    ],
)
def test_to_mathml_has_no_inline_styles(latex):
    mathml = to_mathml(latex, True)
    assert mathml is not None
    tags = re.findall(r"<[^<>]*>", mathml)
    assert not [tag for tag in tags if " style=" in tag]


def test_style_sheet_knows_every_class():
    sheet = STYLE_SHEET.read_text(encoding="utf-8")
    names = {name for name in CLASSES["mtd"] if name != "menclose-phasorangle"}
    assert {name for name in names if f".{name}" not in sheet} == set()


def test_colours_become_inks_that_can_be_read():
    inks = {"red": "red", "blue": "blue", "green": "green", "black": "black", "gray": "gray"}
    for colour, ink in inks.items():
        assert f'class="m-ink-{ink}"' in str(to_mathml(rf"\color{{{colour}}}x", False))


def test_to_mathml_refuses_what_is_too_long():
    assert to_mathml("x" * (FORMULA_CHARS + 1), True) is None


def test_to_mathml_keeps_no_definitions():
    assert to_mathml(r"\def\foo{x}\foo", True)
    assert to_mathml(r"\foo", True) is None


@pytest.mark.parametrize(
    "latex",
    [
        "(" * 300,
        "[" * 300,
        r"\{" * 150,
        "([" * 100,
        r"\langle " * 50,
        r"\lbrace " * 50,
        r"\lvert " * 50,
        "(" * 60 + "x" + ")" * 8,
        "(x)" * 30 + "(" * 60,
        "(x+" * 60,
    ],
)
def test_fences_without_end_take_no_time(latex: str) -> None:
    began = time.process_time()
    assert to_mathml(latex, is_display=False) is None
    assert time.process_time() - began < 1


def test_fences_that_end_may_be_many() -> None:
    assert to_mathml("(" * 40 + "x" + ")" * 40, is_display=False)
    assert to_mathml("]0, 1[ + [2, 3)", is_display=False)
