"""Units at the end of an answer: their dimension and their size, exactly."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.checking.reading.lexer import Token

Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """`size` in base units of its dimension. `is_sure`: it cannot be a variable instead.

    `noun`: what a count counts, in the singular; empty for 个 and the like.
    """

    dimension: Dimension
    size: Fraction
    is_sure: bool = True
    noun: str = ""

    @property
    def is_count(self) -> bool:
        """Counts (3 apples, 3个) only name what was counted."""
        return all(base == "count" for base, _ in self.dimension)


_BASES: dict[str, list[tuple[str, str]]] = {
    "length": [
        ("1", "m meter meters metre metres 米"), ("1/100", "cm centimeter centimeters centimetre "
        "centimetres 厘米"), ("1/1000", "mm millimeter millimeters millimetre millimetres 毫米"),
        ("1/10", "dm decimeter decimeters 分米"), ("1000", "km kilometer kilometers kilometre "
        "kilometres 千米 公里"), ("1/1000000", "um micrometer micrometers 微米"),
        ("1/1000000000", "nm nanometer nanometers 纳米"), ("0.0254", "in inch inches"),
        ("0.3048", "ft foot feet"), ("0.9144", "yd yard yards"), ("1609.344", "mi mile miles"),
    ],
    "mass": [
        ("1", "kg kilogram kilograms 千克 公斤"), ("1/1000", "g gram grams 克"),
        ("1/1000000", "mg milligram milligrams 毫克"), ("1000", "t ton tons tonne tonnes 吨"),
        ("0.45359237", "lb lbs pound pounds"), ("0.028349523125", "oz ounce ounces"),
    ],
    "time": [
        ("1", "s sec secs second seconds 秒 秒钟"), ("60", "min mins minute minutes 分钟"),
        ("3600", "h hr hrs hour hours 小时 时"), ("86400", "day days 天 日"),
        ("604800", "week weeks 周 星期"), ("1/1000", "ms millisecond milliseconds 毫秒"),
    ],
    "year": [("1", "year years yr yrs 年 岁")],
    "month": [("1", "month months 个月 月")],
    "current": [("1", "A ampere amperes amp amps 安培 安"), ("1/1000", "mA")],
    "voltage": [("1", "V volt volts 伏 伏特"), ("1000", "kV")],
    "resistance": [("1", "ohm ohms Omega 欧姆 欧"), ("1000", "kOmega")],
    "charge": [("1", "coulomb coulombs 库仑")],
    "frequency": [("1", "Hz hertz 赫兹"), ("1000", "kHz"), ("1000000", "MHz")],
    "force": [("1", "N newton newtons 牛 牛顿"), ("1000", "kN")],
    "energy": [("1", "J joule joules 焦耳 焦"), ("1000", "kJ"), ("3600000", "kWh")],
    "power": [("1", "W watt watts 瓦 瓦特"), ("1000", "kW 千瓦")],
    "pressure": [("1", "Pa pascal pascals 帕 帕斯卡"), ("1000", "kPa")],
    "amount": [("1", "mol mole moles 摩尔")],
    "kelvin": [("1", "K kelvin kelvins")],
    "celsius": [("1", "degC celsius 摄氏度 ℃")],
    "fahrenheit": [("1", "degF fahrenheit ℉")],
    "dollar": [("1", "$ dollar dollars usd USD 美元"), ("1/100", "cent cents")],
    "euro": [("1", "€ euro euros EUR")],
    "pound sterling": [("1", "£ GBP")],
    "yuan": [("1", "¥ 元 块 圆 RMB CNY 人民币 yuan"), ("1/10", "角"), ("1/100", "分")],
    "square": [("1", "sq")],
    "volume": [
        ("1/1000", "L l liter liters litre litres 升"),
        ("1/1000000", "mL ml milliliter milliliters millilitre millilitres 毫升"),
    ],
    "count": [
        ("1", "个 只 条 人 种 本 件 张 支 棵 辆 次 名 位 块 组 对 根 座 颗 头 匹 把 道 题 箱 盒"),
        ("1", "瓶 枚 间 层 步 页 unit"),
        ("1", "units people person persons student students way ways apple apples"),
        ("1", "book books piece pieces time times point points marble marbles coin"),
        ("1", "coins child children boy boys girl girls ball balls solution solutions"),
        ("1", "car cars egg eggs tree trees page pages game games item items card"),
        ("1", "cards ticket tickets box boxes bag bags candy candies orange oranges"),
        ("1", "cookie cookies pencil pencils pen pens toy toys flower flowers"),
        ("1", "vertices edges sides triangles squares integers numbers digits tokens"),
        ("1", "chickens rabbits cows"),
    ],
}  # fmt: skip
_SPEEDS = {"mph": ("length", "1609.344", "3600"), "kph": ("length", "1000", "3600"),
           "kmh": ("length", "1000", "3600")}  # fmt: skip
_CHINESE_POWERS = {"平方": 2, "立方": 3}


_GENERAL_COUNTS = frozenset({"个", "unit", "item", "piece"})


def _singular(name: str) -> str:
    singular = {"people": "person", "children": "child", "vertices": "vertex"}.get(name)
    singular = singular or re.sub(r"(?<=box)es$|(?<=candi)es$|s$", "", name)
    return "" if singular in _GENERAL_COUNTS else singular


def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for base, sizes in _BASES.items():
        for size, names in sizes:
            for name in names.split():
                dimension: Dimension = ((base, 1),)
                if base == "volume":
                    dimension = (("length", 3),)
                noun = _singular(name) if base == "count" else ""
                table.setdefault(name, Unit(dimension, Fraction(size), noun=noun))
    for name, (base, metres, seconds) in _SPEEDS.items():
        speed = Fraction(metres) / Fraction(seconds)
        table[name] = Unit(((base, 1), ("time", -1)), speed)
    return table


_TABLE = _table()
_POWER_WORDS = {"square": 2, "sq": 2, "cubic": 3, "squared": 2, "cubed": 3}


def split_unit(tokens: Sequence[Token]) -> tuple[Sequence[Token], Unit | None]:
    """The tokens without a unit at their end (or a currency sign in front), and that unit."""
    if len(tokens) > 1 and tokens[0].kind == "word" and tokens[0].text in "$€£¥":
        return tokens[1:], _TABLE[tokens[0].text]
    if len(tokens) > 2 and tokens[0].text == "-" and tokens[1].text in {"$", "€", "£", "¥"}:
        return [tokens[0], *tokens[2:]], _TABLE[tokens[1].text]
    for start in range(1, len(tokens)):
        if not _ends_value(tokens[start - 1]):
            continue
        unit = _unit(tokens[start:])
        if unit is not None:
            return tokens[:start], unit
    return tokens, None


def _ends_value(token: Token) -> bool:
    if token.kind == "number" or (token.kind == "constant" and token.text != "e"):
        return True
    return token.kind == "op" and token.text in {")", "}", "%"}


def _unit(tokens: Sequence[Token]) -> Unit | None:
    """The tokens as one unit, whole, or None."""
    if tokens[0].kind not in {"word", "run", "name", "function", "op", "command"}:
        return None
    celsius = _temperature(tokens)
    if celsius:
        return celsius
    texts = _without_script_braces(tokens)
    sure = any(
        token.kind in {"word", "run", "function"} or token.is_upright
        for token in tokens
        if token.text.isalpha()
    )
    return _product([part for text in texts for part in re.split("(每)", text) if part], sure)


def _without_script_braces(tokens: Sequence[Token]) -> list[str]:
    """`cm^{2}` as `cm^2`; any other brace stays, and is no unit."""
    texts: list[str] = []
    opened = False
    for token in tokens:
        if token.text == "{" and texts and texts[-1] == "^":
            opened = True
        elif token.text == "}" and opened:
            opened = False
        else:
            texts.append(token.text)
    return texts if not opened else [*texts, "{"]


def _temperature(tokens: Sequence[Token]) -> Unit | None:
    texts = "".join(_without_script_braces(tokens))
    return _TABLE["deg" + texts[-1]] if texts in {"^circC", "^circF"} else None


def _product(texts: list[str], sure: bool) -> Unit | None:
    dimensions: dict[str, int] = {}
    size = Fraction(1)
    direction, power, index, expecting = 1, 1, 0, True
    while index < len(texts):
        text = texts[index]
        index += 1
        if text in _POWER_WORDS and expecting:
            power = _POWER_WORDS[text]
            continue
        if text in {"/", "per", "每"} and not expecting:
            direction, expecting = -1, True
            continue
        if text in {"cdot", "times", "*"} and not expecting:
            expecting = True
            continue
        found = _single(text)
        if found is None or not expecting:
            return None
        unit, own = found
        exponent, index = _exponent(texts, index)
        exponent *= power * own * direction
        for base, times in unit.dimension:
            dimensions[base] = dimensions.get(base, 0) + times * exponent
        size *= unit.size**exponent
        power, expecting = 1, False
    if expecting:
        return None
    dimension = tuple(sorted((base, times) for base, times in dimensions.items() if times))
    noun = _TABLE[texts[0]].noun if len(texts) == 1 and texts[0] in _TABLE else ""
    return Unit(dimension, size, sure, noun)


def compound(tokens: Sequence[Token]) -> list[tuple[Token, Unit]] | None:
    """`2 h 30 min`, `3元5角`: several numbers with their units, or None."""
    parts: list[tuple[Token, Unit]] = []
    starts = [place for place, token in enumerate(tokens) if token.kind == "number"]
    if len(starts) < 2 or starts[0] != 0:
        return None
    for start, end in pairwise([*starts, len(tokens)]):
        unit = _unit(tokens[start + 1 : end]) if end > start + 1 else None
        if unit is None:
            return None
        parts.append((tokens[start], unit))
    same = len({unit.dimension for _, unit in parts}) == 1 and not parts[0][1].is_count
    falling = all(one.size > other.size for (_, one), (_, other) in pairwise(parts))
    return parts if same and falling and any(unit.is_sure for _, unit in parts) else None


def _single(text: str) -> tuple[Unit, int] | None:
    for prefix, power in _CHINESE_POWERS.items():
        if text.startswith(prefix) and text[len(prefix) :] in _TABLE:
            return _TABLE[text[len(prefix) :]], power
    if text in _TABLE:
        return _TABLE[text], 1
    if re.fullmatch(r"[A-Z][a-z]{2,}", text) and text.lower() in _TABLE:
        return _TABLE[text.lower()], 1
    return None


def _exponent(texts: list[str], index: int) -> tuple[int, int]:
    if index < len(texts) and texts[index] in {"squared", "cubed"}:
        return _POWER_WORDS[texts[index]], index + 1
    if index + 1 < len(texts) and texts[index] == "^":
        sign = -1 if texts[index + 1] == "-" else 1
        place = index + 1 + (sign < 0)
        if place < len(texts) and texts[place].isdigit() and len(texts[place]) == 1:
            return sign * int(texts[place]), place + 1
        return 1, index  # the caret is met again as a unit of its own, and refused
    return 1, index
