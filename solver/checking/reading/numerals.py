"""Numbers in words: 十二, 一百零八, 负二, 三分之一, 百分之五十, 两; twelve, twenty-one."""

import re
from fractions import Fraction

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {word: value for value, word in enumerate(_UNITS.split())}
_ENGLISH |= {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "两": 2, "俩": 2}
_SPELLED = re.compile(r"[A-Za-z]+(?:[- ][A-Za-z]+)*")
_MOST_WORDS = 12
_LONGEST = 40
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
CHARACTERS = "".join({*_DIGITS, *_SMALL, *_LARGE})
_RUN = re.compile(rf"(?<![\u3400-\u9fff\d])负?[{CHARACTERS}点分之又百]+")


def with_digits(text: str) -> str:
    """Chinese numerals at the start of a piece become digits."""
    return _RUN.sub(lambda found: _longest(found[0]), text)


def _longest(run: str) -> str:
    """The longest numeral that starts `run`, in digits, and what is left (`两个`, `十二分`)."""
    for end in range(len(run), 0, -1):
        value = chinese_number(run[:end])
        if value is not None:
            sign = "-" if value < 0 else ""
            above, below = abs(value.numerator), value.denominator
            number = str(above) if below == 1 else f"\\frac{{{above}}}{{{below}}}"
            return sign + number + run[end:]
    return run


def chinese_number(text: str) -> Fraction | None:
    """The value of a numeral that fills `text`, or None. Accepts 负, 点, 分之 and 百分之."""
    if len(text) > _LONGEST:
        return None
    if text.startswith("负"):
        value = chinese_number(text[1:])
        return None if value is None or text.startswith("负负") else -value
    if "又" in text:
        return _mixed(text)
    if "分之" in text:
        below, _, above = text.partition("分之")
        denominator = 100 if below == "百" else _whole(below)
        numerator = _decimal(above)
        if denominator is None or numerator is None or denominator == 0:
            return None
        return numerator / denominator
    return _decimal(text)


def _mixed(text: str) -> Fraction | None:
    whole, _, part = text.partition("又")
    before, after = _whole(whole), chinese_number(part)
    if before is None or after is None or "分之" not in part or not 0 < after < 1:
        return None
    return before + after


def _decimal(text: str) -> Fraction | None:
    whole, point, digits = text.partition("点")
    value = _whole(whole)
    if value is None or (point and not digits):
        return None
    if not point:
        return Fraction(value)
    if any(digit not in _DIGITS for digit in digits):
        return None
    decimals = "".join(str(_DIGITS[digit]) for digit in digits)
    return value + Fraction(int(decimals), 10 ** len(decimals))


def _whole(text: str) -> int | None:
    """A whole number in characters, strictly in descending units; or digits read out (二〇二四)."""
    if not text or len(text) > 30 or any(character not in CHARACTERS for character in text):
        return None
    if all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    total = section = digit = 0
    unit = last_large = 10**12
    has_digit = False
    for character in text:
        if character in _DIGITS:
            if has_digit and digit:
                return None
            digit, has_digit = _DIGITS[character], True
        elif character in _SMALL:
            if _SMALL[character] >= unit or (has_digit and digit == 0 and unit == 10**12):
                return None
            unit = _SMALL[character]
            section += (digit if has_digit and digit else 1) * unit
            digit, has_digit = 0, False
        else:
            if _LARGE[character] >= last_large or section + digit == 0:
                return None
            last_large = _LARGE[character]
            total += (section + digit) * last_large
            section = digit = 0
            unit, has_digit = 10**12, False
    return _with_tail(total + section, digit, text)


def _with_tail(value: int, digit: int, text: str) -> int | None:
    """一百二 is spoken for 120 and could be meant as 102: not read."""
    if digit and len(text) > 1 and text[-2] in "百千万亿":
        return None
    return value + digit


def english_number(text: str) -> int | None:
    """The value of a whole number below a million that is written out in English, or None."""
    if not _SPELLED.fullmatch(text):
        return None
    words = text.casefold().replace("-", " ").split()
    if len(words) > _MOST_WORDS or words[-1] == "and":
        return None
    total = current = 0
    last = 10**6
    for word in words:
        if word == "hundred" and 1 <= current <= 9:
            current, last = current * 100, 100
        elif word == "thousand" and current and not total:
            total, current, last = current * 1000, 0, 1000
        elif word == "and" and last == 100:
            continue
        elif word in _ENGLISH and _fits(_ENGLISH[word], last, current):
            current += _ENGLISH[word]
            last = _ENGLISH[word]
        else:
            return None
    return total + current


def _fits(value: int, last: int, current: int) -> bool:
    """Twenty one, a hundred five: each word smaller than the place that the last one left."""
    if last in range(20, 100):
        return 1 <= value <= 9
    return last >= 100 and (value > 0 or current == 0)
