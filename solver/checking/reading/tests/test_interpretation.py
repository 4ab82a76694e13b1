from fractions import Fraction

import pytest

from solver.checking.reading.interpretation import read, read_formula
from solver.checking.reading.tree import (
    Call,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    UnevaluatedError,
    UnreadableError,
)
from solver.checking.reading.values import (
    Assignments,
    Based,
    Equation,
    Family,
    Inequality,
    Phrase,
    Ratio,
    Region,
    Scalar,
    Several,
    Table,
    Tuple,
)

X, Y = Symbol("x"), Symbol("y")


def number(value: int | str) -> Number:
    return Number(Fraction(value))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5", Scalar), ("x = 2", Scalar), (r"60^\circ", Scalar), ("5 cm", Scalar),
        ("(1,2)", Tuple), (r"\langle 1,2\rangle", Tuple), ("(x,y)=(1,2)", Tuple),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", Tuple),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", Table),
        (r"\{1,2\}", Several), ("1 or 2", Several), (r"\pm 2", Several), ("x=1, x=2", Several),
        ("x=1, y=2", Assignments), (r"\begin{cases}x=1\\y=2\end{cases}", Assignments),
        ("[1,2)", Region), ("x>2", Region), ("1<x<2", Region), (r"x\ne 2", Region),
        (r"\mathbb{R}", Region), (r"(-\infty,1)\cup(2,\infty)", Region), (r"\{x\mid x>2\}", Region),
        ("x^2+y^2=4", Equation), ("x+y<2", Inequality), ("2:3", Ratio), ("yes", Phrase),
        ("无解", Phrase), (r"k\pi, k\in\mathbb{Z}", Family), ("1011_2", Based),
    ],
)  # fmt: skip
def test_kind_of_an_answer_is_told_by_its_form(text, kind):
    assert [type(value) for value in read(text)] == [kind]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("-2^2", Product((number(-1), Power(number(2), number(2))))),
        ("2x^2", Product((number(2), Power(X, number(2))))),
        ("xy^2", Product((X, Power(Y, number(2))))),
        (r"\frac12", Quotient(number(1), number(2))),
        ("1 1/2", number("3/2")),
        (r"0.1\overline{6}", Number(Fraction(1, 6), is_decimal=True)),
        ("1,234", number(1234)),
        ("1 000 000", number(1_000_000)),
        ("2e3", number(2000)),
        (r"\sin^2 x", Power(Call("sin", (X,)), number(2))),
        (r"\sin^{-1} x", Call("asin", (X,))),
        (r"\log_2 8", Call("log", (number(8), number(2)))),
        ("3ln2", Product((number(3), Call("ln", (number(2),))))),
        ("|x|+1", Sum((Call("abs", (X,)), number(1)))),
        (r"C_{10}^{3}", Call("binom", (number(10), number(3)))),
    ],
)
def test_formula_is_read_as_mathematicians_read_it(text, node):
    assert read_formula(text) == node


@pytest.mark.parametrize("text", ["1/2x", r"\sin x y", r"\ln 2/3", "a/b(c)"])
def test_ambiguous_writing_has_two_readings(text):
    first, second = read(text)
    assert first != second


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "3 4", "2{3}", "1.2.3", r"\frac{1}", r"\frac123", r"\sqrt12", "x)", "(x", "f(x)",
        "x'", "5!!", r"2\frac{3}{2}", "maybe 3", "3 (or 4)", "1/0x0", r"\hat{x}", "[x]", "{1,2",
        r"\overline{AB}", "a b c d word", r"\left", "x^", "_2", r"(\pm 1,2)", r"\pm1\pm\sqrt2",
        r"\infty-\infty", "x<1, x>3", "2, x>3", "cat",
    ],
)  # fmt: skip
def test_what_is_not_in_the_grammar_is_not_read(text):
    with pytest.raises(UnreadableError):
        read(text)


@pytest.mark.parametrize(
    "text", [r"\int_0^1 x\,dx", r"\sum_{k=1}^n k", r"\lim_{x\to0} x", r"\prod k"]
)
def test_question_that_is_repeated_is_not_an_answer(text):
    with pytest.raises(UnevaluatedError):
        read(text)


def test_read_formula_wants_one_formula():
    with pytest.raises(UnreadableError):
        read_formula("1, 2")
