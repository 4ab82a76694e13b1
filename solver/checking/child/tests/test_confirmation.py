import pytest

from solver.checking.child.confirmation import compare
from solver.checking.finding import Equality
from solver.checking.reading.interpretation import read_formula


def verdict(one: str, other: str) -> Equality:
    return compare(read_formula(one), read_formula(other)).verdict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\sqrt{5+2\sqrt6}", r"\sqrt2+\sqrt3"),
        (r"\sqrt2\cdot\sqrt2-2", "0"),
        (r"e^{i\pi}+1", "0"),
        (r"\sin\pi", "0"),
        (r"\cos\frac{\pi}{7}-\cos\frac{2\pi}{7}+\cos\frac{3\pi}{7}", r"\frac12"),
        (r"\arctan\frac12+\arctan\frac13", r"\frac{\pi}{4}"),
        (r"10^{-300}\sqrt2", r"\frac{2\cdot 10^{-300}}{\sqrt2}"),
        (r"\ln(1+10^{-80})", r"\ln(10^{80}+1)-80\ln 10"),
    ],
)
def test_equal_constants(one, other):
    assert verdict(one, other) is Equality.EQUAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\pi", r"\pi+10^{-100}"),
        (r"\sqrt2", r"\sqrt{2+10^{-500}}"),
        ("1", r"\cos(10^{-300})"),
        ("1", r"\cos(\cos(10^{-120})-1)"),
        (r"\pi", r"\frac{\ln(640320^3+744)}{\sqrt{163}}"),
        ("262537412640768744", r"e^{\pi\sqrt{163}}"),
        (r"\sqrt2\cdot 10^{-80}", r"\sqrt3\cdot 10^{-80}"),
        (r"e^{-1000}", "0"),
        (r"\exp(-1000)", "0"),
        (r"\exp(-1000)", r"2\exp(-1000)"),
        (r"\sin(10^{-200})", "0"),
        (r"\frac{1}{\sqrt2-\sqrt2}", "1"),
        (r"\ln 0", "1"),
        ("10^{10^{10}}", "1"),
    ],
)
def test_different_constants(one, other):
    assert verdict(one, other) is Equality.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("|x-1|", r"\sqrt{x^2-2x+1}"),
        (r"\sqrt{1+\sin x}", r"\sqrt{\sin x+1}"),
        (r"\max(x,y)", r"\frac{x+y+|x-y|}{2}"),
        (r"\frac{1}{\sqrt{x}-\sqrt{y}}", r"\frac{\sqrt{x}+\sqrt{y}}{x-y}"),
        ("x^{3/2}", r"x\sqrt x"),
        ("x^n", r"x\cdot x^{n-1}"),
        ("|x|^2", "x^2"),
    ],
)
def test_equal_formulas_with_corners(one, other):
    assert verdict(one, other) is Equality.EQUAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("|x-100|", "100-x"),
        ("|x-10^{9}|", "10^{9}-x"),
        ("x", "x+|x-5|+|x-5.000001|-|2x-10.000001|"),
        (r"\sqrt{x^2-2000000x+1000000000000}", "1000000-x"),
        (r"50-\ln x", r"\sqrt{(\ln x)^2-100\ln x+2500}"),
        (r"\max(x,-10^{7})", "x"),
        (r"\arcsin(\sin x)", "x"),
        (r"\lfloor x\rfloor", "x"),
        ("|z|^2", "z^2"),
        (r"\sqrt{x^2}", "x"),
        ("x", "x+10^{-90}x"),
        (r"\sqrt{x}", r"\sqrt{x+10^{-90}}"),
    ],
)
def test_formulas_that_part_somewhere_are_never_equal(one, other):
    assert verdict(one, other) is not Equality.EQUAL
