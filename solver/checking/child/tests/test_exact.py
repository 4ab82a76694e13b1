from fractions import Fraction

import pytest

from solver.checking.child.exact import TooLargeError, UndefinedError, exact
from solver.checking.reading.interpretation import read_formula


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/3+1/6", "1/2"), ("2^{-3}", "1/8"), (r"\sqrt{\frac{9}{16}}", "3/4"), ("8^{2/3}", "4"),
        (r"\sqrt[3]{-27}", "-3"), (r"\binom{10}{3}", "120"), ("5!", "120"), ("0!", "1"),
        (r"\lfloor -1.5\rfloor", "-2"), ("|-3|", "3"), (r"\gcd(12,18)", "6"), (r"\max(1,2,3)", "3"),
        (r"\binom{10^9}{2}", "499999999500000000"), ("0^3", "0"), ("(-1)^{1000000000001}", "-1"),
        (r"\sqrt[5]{3200000}", "20"), (r"\binom{3}{5}", "0"),
    ],
)  # fmt: skip
def test_exact_works_out_rationals(text, value):
    assert exact(read_formula(text)) == Fraction(value)


@pytest.mark.parametrize("text", [r"\sqrt2", r"\pi", "2^{1/2}", "x", r"\sin 1", "(-8)^{1/3}", "e"])
def test_exact_claims_nothing_else(text):
    assert exact(read_formula(text)) is None


@pytest.mark.parametrize("text", ["1/0", "0^0", "0^{-1}", r"\frac{1}{2-2}", "(-1)!"])
def test_what_has_no_value_raises(text):
    with pytest.raises(UndefinedError):
        exact(read_formula(text))


@pytest.mark.parametrize(
    ("text", "is_vast"),
    [
        ("10^{10^{10}}", True), ("9^{9^{9^9}}", True), ("(100!)!", True), ("10000000!", True),
        (r"\binom{10^9}{5\cdot 10^8}", True), ("10^{10^{10}}-1", False), ("0.5^{10^{10}}", False),
        ("(-3)^{10^9}", False),
    ],
)  # fmt: skip
def test_vast_numbers_are_not_worked_out(text, is_vast):
    node = read_formula(text)
    with pytest.raises(TooLargeError) as raised:
        exact(node)
    assert (raised.value.at == node) is is_vast


def test_symbols_take_the_values_given():
    assert exact(read_formula("x^2+y"), {"x": Fraction(3), "y": Fraction(1, 2)}) == Fraction(19, 2)
