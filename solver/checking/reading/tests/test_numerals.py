from fractions import Fraction

import pytest

from solver.checking.reading.numerals import chinese_number, english_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("零", 0), ("十", 10), ("十二", 12), ("二十", 20), ("一百零八", 108), ("一百一十", 110),
        ("两千零二十四", 2024), ("二〇二四", 2024), ("一万", 10_000), ("三万五千", 35_000),
        ("一亿零五百", 100_000_500), ("负二", -2), ("三点一四", Fraction("3.14")),
        ("三分之一", Fraction(1, 3)), ("百分之五十", Fraction(1, 2)),
        ("负三分之二", Fraction(-2, 3)),
        ("一又二分之一", Fraction(3, 2)), ("两", 2),
    ],
)  # fmt: skip
def test_chinese_numbers_are_read(text, value):
    assert chinese_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "一百二",
        "十百",
        "负",
        "负负二",
        "三点",
        "零分之一",
        "分之一",
        "一又二",
        "万",
        "甲",
        "一" * 31,
    ],
)
def test_doubtful_chinese_numbers_are_not_read(text):
    assert chinese_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("zero", 0), ("Twelve", 12), ("twenty-one", 21), ("one hundred and five", 105),
     ("three hundred", 300), ("two thousand twenty four", 2024), ("ninety nine", 99)],
)  # fmt: skip
def test_english_numbers_are_read(text, value):
    assert english_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "five six", "twenty twelve", "hundred", "one and", "twenty zero", "a dozen", "and"]
)
def test_doubtful_english_numbers_are_not_read(text):
    assert english_number(text) is None
