r"""Where maths begins and ends in Markdown."""

import pytest

from solver.text.delimiters import find_maths


def found(text: str) -> list[str]:
    return [text[formula.start : formula.end] for formula in find_maths(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $x$ b", ["$x$"]),
        ("$ x + 1 $", ["$ x + 1 $"]),
        ("$\\text{cost \\$5}$", ["$\\text{cost \\$5}$"]),
        ("$\\text{if $x$ is odd}$", ["$\\text{if $x$ is odd}$"]),
        ("$$\\text{if $x$}$$", ["$$\\text{if $x$}$$"]),
        ("$x$,$y$;$z$", ["$x$", "$y$", "$z$"]),
        ("$5 and $7", []),
        ("$5, $6 and $7.50", []),
        ("I have $5. You have 3$.", []),
        ("$5 < x$", ["$5 < x$"]),
        ("$2x + 1$ costs $3", ["$2x + 1$"]),
        ("it is $20 and $x$ is $5", ["$x$"]),
        ("$17 \\bmod 5$ and $17 mod 5$", ["$17 \\bmod 5$", "$17 mod 5$"]),
        ("a $x\n\ny$ b", []),
        ("$a\n+b$", ["$a\n+b$"]),
        ("$$a\n\nb$$", ["$$a\n\nb$$"]),
        ("$$ here are\n\nsome words that nobody typed as maths $$", ["$$", "$$"]),
        ("\\[a\\\\[4pt] b\\]", ["\\[a\\\\[4pt] b\\]"]),
        ("\\\\[4pt]", []),
        ("\\(a\\) \\(b", ["\\(a\\)", "\\(b"]),
        ("\\begin{cases}a\\end{cases}", ["\\begin{cases}a\\end{cases}"]),
        ("\\begin{itemize}\\item $x$\\end{itemize}", ["$x$"]),
        ("$\\begin{cases}a\\end{cases}$", ["$\\begin{cases}a\\end{cases}$"]),
        ("\\boxed{\\frac{1}{2}}", ["\\boxed{\\frac{1}{2}}"]),
        ("\\boxed{", []),
        ("`$x$` $y$", ["$y$"]),
        ("`a $x$", ["$x$"]),
        ("``a ` $x$`` $y$", ["$y$"]),
        ("- ```\n  $x$\n  ```\n- $y$", ["$y$"]),
        ("```\n$x$", []),
        ("``` `$x$` ```", []),
    ],
)
def test_find_maths(text, expected):
    assert found(text) == expected


def test_find_maths_takes_the_quote_marks_out():
    (formula,) = find_maths("> $$\n> x > 1\n> $$")
    assert formula.latex == "x > 1"
    assert formula.is_display


@pytest.mark.parametrize("text", ["$$x + \\frac{1", "\\[ a_1 + b_", "\\(x", "\\begin{cases} a & b"])
def test_find_maths_keeps_what_is_still_arriving(text):
    """Markdown would take the backslash away."""
    (formula,) = find_maths("so " + text)
    assert formula.is_open
    assert formula.end == len("so " + text)
