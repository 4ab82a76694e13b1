"""A step's title and body, from its source alone."""

import pytest

from solver.text.openings import TITLE_CHARS, read_opening


@pytest.mark.parametrize(
    ("source", "title", "body"),
    [
        ("Plain text.\n", "", "Plain text."),
        ("## Factor *it* ##\n\nx\n", "Factor it", "x"),
        ("## On $x_1 * y_2$ and `z`\nx", "On $x_1 * y_2$ and z", "x"),
        ("### Step 1: Factor\nx", "Step 1: Factor", "x"),
        ("Step 1: Identify the coefficients\nx\n", "Step 1: Identify the coefficients", "x"),
        ("Step 1: We set $x = 1$ and go on.\n", "Step 1", "We set $x = 1$ and go on."),
        ("**Step 1**: Let x = 1\n", "Step 1", "Let x = 1"),
        ("**Step 1.** Factor\n", "Step 1: Factor", ""),
        ("**Step 1: Factor** as usual.\n", "Step 1: Factor", "as usual."),
        ("__Step 2__\nx", "Step 2", "x"),
        ("**Case 1:** $x > 0$.\n", "Case 1", "$x > 0$."),
        ("**Bold line**\nx", "Bold line", "x"),
        ("1. **Factor**: x\n   - y\n", "Factor", "x\n- y"),
        ("1. **Factor**\n\n   x\n", "Factor", "x"),
        ("**2. Factor**\n\nx\n", "Factor", "x"),
        ("2) plain\n   more\n", "", "plain\nmore"),
        ("（3）中文\n", "", "中文"),
        ("# Solution\n\n1. **Factor**: x\n", "Factor", "x"),
        ("## Given\n\n1. x\n2. y\n", "Given", "1. x\n2. y"),
        ("**Final Answer:**\nx", "Final Answer", "x"),
        ("Answer:\nx", "Answer", "x"),
        ("The final answer is 3.", "", "The final answer is 3."),
        ("x\n\n---\n\n***\n", "", "x"),
        ("第1步：设 $x$ 为未知数。\n", "第1步", "设 $x$ 为未知数。"),
        ("## Fac", "Fac", ""),
        ("", "", ""),
    ],
)
def test_read_opening(source, title, body):
    assert read_opening(source) == (title, body)


def test_titles_are_short_and_never_cut_inside_a_formula():
    title, _ = read_opening("# " + "word " * 22 + "$" + "x + " * 20 + "y$\n")
    assert len(title) <= TITLE_CHARS
    assert title.count("$") % 2 == 0
    assert title.endswith("…")


def test_a_very_long_first_line_is_no_title():
    assert read_opening("# " + "a" + " " * 50_000 + "b\n")[0] == ""
