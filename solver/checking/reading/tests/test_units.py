from fractions import Fraction

import pytest

from solver.checking.reading.lexer import tokens
from solver.checking.reading.units import compound, split_unit


@pytest.mark.parametrize(
    ("text", "dimension", "size"),
    [
        ("5 cm", {"length": 1}, "1/100"),
        (r"5\text{ km/h}", {"length": 1, "time": -1}, "5/18"),
        (r"9.8\,\mathrm{m/s^2}", {"length": 1, "time": -2}, "1"),
        ("3 square meters", {"length": 2}, "1"),
        ("3 m squared", {"length": 2}, "1"),
        ("3平方厘米", {"length": 2}, "1/10000"),
        ("60千米每小时", {"length": 1, "time": -1}, "5/18"),
        (r"2\text{ L}", {"length": 3}, "1/1000"),
        ("5 min", {"time": 1}, "60"),
        (r"\$5", {"dollar": 1}, "1"),
        ("50 cents", {"dollar": 1}, "1/100"),
        ("25^\\circ C", {"celsius": 1}, "1"),
        ("8 people", {"count": 1}, "1"),
        (r"3\,\text{kg}\cdot\text{m}", {"length": 1, "mass": 1}, "1"),
    ],
)
def test_unit_is_split_off(text, dimension, size):
    rest, unit = split_unit(tokens(text))
    assert unit is not None
    assert dict(unit.dimension) == dimension
    assert unit.size == Fraction(size)
    assert len(rest) == 1


@pytest.mark.parametrize("text", ["5", "5x", "x m", "5 bananas", "5 m/", "5 / s", "cm", "2 sin"])
def test_what_is_no_unit_stays(text):
    found = tokens(text)
    assert split_unit(found) == (found, None)


@pytest.mark.parametrize(("text", "sure"), [("5 m", False), (r"5\text{ m}", True), ("5 cm", True)])
def test_single_letters_may_be_variables(text, sure):
    _, unit = split_unit(tokens(text))
    assert unit is not None
    assert unit.is_sure is sure


@pytest.mark.parametrize("text", ["2 h 30 min", "3元5角", "5 ft 6 in", "1 day 2 hours 3 minutes"])
def test_compound_units_are_read(text):
    assert compound(tokens(text)) is not None


@pytest.mark.parametrize("text", ["2 h", "30 min 2 h", "2 h 3 kg", "3 boys 4 boys", "2 3 min"])
def test_other_rows_of_units_are_not_compound(text):
    assert compound(tokens(text)) is None
