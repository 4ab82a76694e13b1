r"""Nothing that gives an answer away passes; what merely looks like it mostly does."""

import pytest

from solver.running.hints.giveaway import gives_away

TWO_ROOTS = r"x = 2 \text{ or } x = 3"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{y}", "9"),
        ("**Answer:** see below", "9"),
        ("Hence the answer is clear.", "9"),
        ("So $x = 4$.", "4"),
        ("There are four of them.", "4"),
        ("共有四个", "4"),
        ("x = -4", "4"),
        ("4m", "4"),
        ("5 cm", r"5\text{ cm}"),
        ("5", r"\$5"),
        (r"2\cdot4", "4"),
        ("$2^3 = 8$", "3"),
        ("1,000 ways", "1000"),
        (r"$1\,000$", "1000"),
        (r"$\frac{1}{2}$", "0.5"),
        (r"$\frac{2}{4}$", r"\frac{1}{2}"),
        ("half of it", "1/2"),
        ("50 %", "1/2"),
        ("about 0.33", "1/3"),
        ("½", "0.5"),
        ("90°", r"90^{\circ}"),
        ("$(x-2)(x-3)$", TWO_ROOTS),
        ("one root is $3$", TWO_ROOTS),
        ("$x = 2$ or $x = 3$", TWO_ROOTS),
        (r"$\left(2, 3\right)$", "(2,3)"),
        ("the line $1 + 2x$", "y = 2x + 1"),
        ("$x^3/3 + C$", r"\frac{x^3}{3}+C"),
        (r"\(2\pi r\)", r"2 \pi r"),
        ("so it diverges", "Divergent"),
        ("There is no solution here.", r"\emptyset"),
        ("the point (B)", "B"),
        ("7" * 500, "7" * 500),
    ],
)
def test_what_gives_the_answer_away(text: str, answer: str) -> None:
    assert gives_away(text, ["unheard of", answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Factor $x^2 - 5x + 6$.", TWO_ROOTS),
        ("$x^2 + 2x$, with $x_2$ and $y^{2}$", "2"),
        ("14, 41 and 4.5", "4"),
        ("$3.14$", "14"),
        ("12x", "1"),
        ("The triangle ABC", "B"),
        ("Let $x_1$ be a root of $f(x)$.", "x_1 = 7"),
        ("Let $f(x)$ be a line.", "f(x) = 2x + 1"),
        ("To find the answer, factor.", "3"),
        ("Anything", ""),
    ],
)
def test_what_does_not(text: str, answer: str) -> None:
    assert not gives_away(text, [answer])
