"""What must not be cut."""

import pytest

from solver.text.blocks import Blocks


def read(text: str) -> Blocks:
    blocks = Blocks()
    for line in text.splitlines(keepends=True):
        blocks.read(line)
    return blocks


@pytest.mark.parametrize(
    "text",
    ["```\n", "~~~~ py\n~~~\n", "1. ```py\n", "  - ```\n   x\n", "````\n```\n", "```\n``` x\n"],
)
def test_code_is_open(text):
    assert read(text).in_code


@pytest.mark.parametrize(
    "text", ["```\n```\n", "``` `x` ```\n", "~~~\n~~~~~\n", "`x\n", "```\n$$\n```\n"]
)
def test_code_is_closed(text):
    blocks = read(text)
    assert not blocks.in_code
    assert not blocks.in_maths


@pytest.mark.parametrize(
    "text",
    [
        "$$\n",
        "so $$ x\n",
        "\\[\n",
        "\\begin{aligned}\n\\begin{cases}\n\\end{cases}\n",
        "$$a$$ $$\n",
        "\\[ x \\\\[4pt] y\n",
        "$$ \\] \\end{aligned}\n",
    ],
)
def test_maths_is_open(text):
    assert read(text).in_maths


@pytest.mark.parametrize(
    "text",
    [
        "$$x$$\n",
        "$$\nx\n$$\n",
        "\\[x\\]\n",
        "`$$`\n",
        "`` ` $$``\n",
        "\\$$\n",
        "\\\\[\n",
        "$x$\n",
        "\\begin{align*}\n\\end{align*}\n",
        "\\end{aligned}\n",
    ],
)
def test_maths_is_closed(text):
    assert not read(text).in_maths
