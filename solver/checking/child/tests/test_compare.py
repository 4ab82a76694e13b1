"""Properties of the judge, on texts made from values that are known."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.checking.child.compare import compare, compare_texts
from solver.checking.finding import Equality

EXAMPLES = settings(max_examples=80, deadline=None)
SMALL = st.integers(-30, 30)
RATIONALS = st.fractions(min_value=-50, max_value=50, max_denominator=60)


def latex(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


@st.composite
def arithmetic(draw, depth: int = 3) -> tuple[str, Fraction]:
    """A formula in LaTeX or plain text, and its value worked out here."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        value = draw(RATIONALS)
        return latex(value), value
    left, a = draw(arithmetic(depth - 1))
    right, b = draw(arithmetic(depth - 1))
    kind = draw(st.sampled_from("+-*/f^r"))
    if kind in "+-":
        return f"({left}) {kind} ({right})", a + b if kind == "+" else a - b
    if kind == "*":
        sign = draw(st.sampled_from([r"\cdot ", r"\times ", "*", ""]))
        return f"({left}){sign}({right})", a * b
    if kind == "^":
        n = draw(st.integers(0 if a else 1, 3))
        return f"({left})^{{{n}}}", a**n
    if kind == "r":
        return rf"\sqrt[3]{{({left})^3}}", a
    if b == 0:
        return f"({left})", a
    text = f"({left})/({right})" if kind == "/" else rf"\frac{{{left}}}{{{right}}}"
    return f"({text})", a / b


@st.composite
def polynomial(draw) -> str:
    terms = []
    for _ in range(draw(st.integers(1, 4))):
        coefficient = draw(st.integers(-9, 9).filter(bool))
        power = draw(st.integers(0, 4))
        name = draw(st.sampled_from("xy"))
        terms.append(f"({coefficient}){name}^{{{power}}}" if power else f"({coefficient})")
    return "+".join(terms)


@EXAMPLES
@given(arithmetic())
def test_arithmetic_is_read_as_python_reads_it(formula):
    text, value = formula
    assert compare_texts(latex(value), text).verdict is Equality.EQUAL, text


@EXAMPLES
@given(arithmetic(), st.sampled_from([Fraction(1, 10**9), Fraction(-1, 3), Fraction(1)]))
def test_arithmetic_that_is_off_is_different(formula, off):
    text, value = formula
    assert compare_texts(latex(value + off), text).verdict is Equality.DIFFERENT, text


@EXAMPLES
@given(RATIONALS, RATIONALS)
def test_numbers_are_compared_symmetrically(one, other):
    there = compare_texts(latex(one), latex(other)).verdict
    back = compare_texts(latex(other), latex(one)).verdict
    assert there is back is (Equality.EQUAL if one == other else Equality.DIFFERENT)


@EXAMPLES
@given(st.sets(SMALL, min_size=1, max_size=5), st.sets(SMALL, min_size=1, max_size=5))
def test_sets_are_compared_symmetrically(one, other):
    first, second = (r"\{" + ", ".join(map(str, each)) + r"\}" for each in (one, other))
    there, back = compare_texts(first, second), compare_texts(second, first)
    assert there.verdict is back.verdict
    assert there.is_equal is (one == other)


@EXAMPLES
@given(polynomial(), polynomial())
def test_expressions_are_compared_symmetrically(one, other):
    assert compare_texts(one, other).verdict is compare_texts(other, one).verdict


@EXAMPLES
@given(arithmetic(), polynomial(), st.sets(SMALL, min_size=1, max_size=5))
def test_comparison_is_reflexive(formula, expression, numbers):
    as_set = r"\{" + ",".join(map(str, numbers)) + r"\}"
    for text in (formula[0], expression, as_set, f"({formula[0]}, 1)", f"x > {formula[0]}"):
        assert compare_texts(text, text).is_equal
        assert compare_texts(text, f"  {text} ").is_equal


@EXAMPLES
@given(polynomial())
def test_expression_off_by_little_is_different(expression):
    assert compare_texts(expression, f"{expression}+0.000000001").verdict is Equality.DIFFERENT
    assert compare_texts(expression, f"{expression}+10^{{-70}}").verdict is not Equality.EQUAL
    assert compare_texts(expression, f"{expression}+10^{{-70}}x").verdict is not Equality.EQUAL


@EXAMPLES
@given(polynomial(), SMALL)
def test_antiderivatives_differ_by_a_constant_only(expression, constant):
    text = f"{expression}+x+C"
    assert compare_texts(text, f"{expression}+x+({constant})+C").is_equal
    assert not compare_texts(text, f"{expression}+1.0001x+({constant})+C").is_equal


@EXAMPLES
@given(st.integers(2, 400), st.integers(1, 9))
def test_roots_equal_their_simplified_form_and_no_decimal(radicand, factor):
    root = rf"\sqrt{{{radicand * factor**2}}}"
    assert compare_texts(root, rf"{factor}\sqrt{{{radicand}}}").is_equal
    digits = f"{radicand**0.5 * factor:.12f}"
    is_whole = round(radicand**0.5) ** 2 == radicand
    assert compare_texts(root, digits).is_equal is is_whole


def test_compare_speaks_json():
    assert compare({"reference": "2", "candidate": "1+1"}) == {
        "verdict": "equal",
        "reason": "both are the same rational number",
    }


@pytest.mark.parametrize(
    ("reference", "candidate"), [(r"\log 100", "2"), ("(-8)^{1/3}", "-2"), ("1/2x", r"\frac{x}{2}")]
)
def test_what_notation_leaves_open_is_left_open(reference, candidate):
    assert compare_texts(reference, candidate).verdict is Equality.CANNOT_TELL
