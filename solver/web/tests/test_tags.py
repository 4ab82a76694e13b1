"""Words for numbers and times."""

import pytest

from solver.running.queue import Place
from solver.web.tags import answer, duration, queue_words, without_number


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (80, "1 min 20 s"),
        (3_600, "1 h"),
        (7_500, "2 h 5 min"),
    ],
)
def test_duration(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (None, "for its turn"),
        (Place(1), "next in line"),
        (Place(1, 8), "next in line, about 8 s"),
        (Place(2, 95), "1 solution is ahead, about 1 min 35 s"),
        (Place(4), "3 solutions are ahead"),
        (Place(2, None, "The model is loading."), "The model is loading."),
    ],
)
def test_queue_words(place: Place | None, words: str) -> None:
    assert queue_words(place) == words


@pytest.mark.parametrize(
    ("title", "number", "name"),
    [
        ("Step 2: Factor", 2, "Factor"),
        ("Step 2. Factor", 2, "Factor"),
        ("step 2 - Factor", 2, "Factor"),
        ("Step 2", 2, ""),
        ("Step 3: Factor", 2, "Step 3: Factor"),
        ("Factor", 1, "Factor"),
        ("Steps", 1, "Steps"),
    ],
)
def test_a_title_loses_the_number_that_stands_beside_it(title: str, number: int, name: str) -> None:
    assert without_number(title, number) == name


@pytest.mark.parametrize(
    "latex", ["12", "x = 2", r"x = 2 \text{ and } x = 3", r"\frac{a}{b}", "$x$", r"\(x\)"]
)
def test_an_answer_in_latex_becomes_mathml(latex: str) -> None:
    assert "<math" in answer(latex)


@pytest.mark.parametrize("words", ["No solution", "increasing on the whole line", "<b>bold</b>"])
def test_an_answer_in_words_stays_as_it_is(words: str) -> None:
    assert "<math" not in answer(words)
    assert "<b>" not in answer(words)
