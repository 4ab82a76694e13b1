import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.checking.reading.normaliser import closing_brace, normalise


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("$5$", "5"),
        (r"\(5\)", "5"),
        ("**5**", "5"),
        (r"\boxed{\text{5}}", "5"),
        ("The answer is 5.", "5"),
        ("so, the final answer is: 5", "5"),
        ("答案：3。", "3"),
        ("所以答案是 3", "3"),
        ("= 5", "5"),
        ("½", r"\frac{1}{2}"),
        ("1½", r"1\frac{1}{2}"),
        ("x²", "x^{2}"),
        ("x₁", "x_{1}"),
        ("５", "5"),
        ("−3", "-3"),
        ("2**3", "2^3"),
        ("1.5x10^3", r"1.5\times 10^3"),
        (r"\boxed{3}\ \boxed{4}", "3, 4"),
        (r"\boxed{3} and $\boxed{4}$", "3, 4"),
    ],
)
def test_spelling_is_one(text, written):
    assert normalise(text) == written


@pytest.mark.parametrize("text", ["3.5", "x!", "f(x)", r"\{1,2\}", "$1$ and $2$", "3...", "5–3"])
def test_what_carries_meaning_stays(text):
    assert normalise(text) == text


def test_closing_brace_minds_escapes():
    assert closing_brace(r"{a\}b}", 0) == 5
    assert closing_brace("{", 0) == -1


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_more(text):
    once = normalise(text)
    assert normalise(once) == normalise(normalise(once))
