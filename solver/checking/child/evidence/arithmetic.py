"""Values that can be computed outright: arithmetic, divisors, percentages, means, counts."""

import re
from collections.abc import Callable

import sympy as sp

from solver.checking.child.evidence.bounded import Expr
from solver.checking.child.evidence.phrases import (
    ASK_VALUE,
    END,
    FORMULA,
    Reading,
    constant,
    expression,
    first_of,
    pattern,
    unwrap,
)
from solver.checking.child.evidence.tasks import Same, Task, Value
from solver.checking.child.evidence.tokens import Unreadable

MAX_COUNT = 200_000
_LIST = r"(?P<list>[-\d.,\s/and$]+?)"
_TWO = r"\$?(?P<a>-?\d+)\$?\s*(?:,|and)\s*\$?(?P<b>-?\d+)\$?"
_N = r"\$?(?P<n>\d+)\$?"
_THE = r"(?:the )?"


def read(text: str) -> Task | None:
    """A value or an identical expression that the text asks for."""
    return first_of(_READINGS, text)


def _integers(match: re.Match[str]) -> tuple[int, int]:
    return _bounded(match["a"]), _bounded(match["b"])


def _bounded(text: str) -> int:
    if len(text) > 60:
        raise Unreadable("a number of too many digits")
    return int(text)


def _countable(text: str) -> int:
    number = _bounded(text)
    if not 0 <= number <= MAX_COUNT:
        raise Unreadable("too much to count by brute force")
    return number


def _numbers(match: re.Match[str]) -> list[Expr]:
    parts = re.split(r"\s*(?:,\s*and|,|\band\b)\s*", match["list"].replace("$", "").strip())
    numbers = [constant(part) for part in parts]
    if len(numbers) < 2:
        raise Unreadable("fewer than two numbers")
    return numbers


def _gcd(match: re.Match[str]) -> Value:
    a, b = _integers(match)
    return Value(
        sp.Integer(sp.igcd(a, b)),
        f"the greatest common divisor of {a} and {b}",
        "Euclid's algorithm",
    )


def _lcm(match: re.Match[str]) -> Value:
    a, b = _integers(match)
    return Value(
        sp.Integer(sp.ilcm(a, b)), f"the least common multiple of {a} and {b}", "Euclid's algorithm"
    )


def _percent(match: re.Match[str]) -> Value:
    share, whole = constant(match["share"]), constant(match["whole"])
    words = f"{match['share']}% of {unwrap(match['whole'])}"
    return Value(share * whole / 100, words)


def _sum_of_integers(match: re.Match[str]) -> Value:
    a, b = _integers(match)
    if b < a:
        raise Unreadable("an empty range")
    value = sp.Integer((a + b) * (b - a + 1) // 2)
    return Value(value, f"the sum of the integers from {a} to {b}", "adding them up")


def _sum_of_first(match: re.Match[str]) -> Value:
    n = _countable(match["n"])
    term: dict[str, Callable[[int], int]] = {
        "even": lambda k: 2 * k,
        "odd": lambda k: 2 * k - 1,
        "": lambda k: k,
    }
    which = (match["which"] or "").lower()
    value = sum(term[which](k) for k in range(1, n + 1))
    words = f"the sum of the first {n} positive {which + ' ' if which else ''}integers"
    return Value(sp.Integer(value), words, "adding them up")


def _mean(match: re.Match[str]) -> Value:
    numbers = _numbers(match)
    listed = ", ".join(map(str, numbers))
    return Value(sum(numbers) / len(numbers), f"the mean of {listed}", "adding and dividing")


def _median(match: re.Match[str]) -> Value:
    numbers = sorted(_numbers(match))
    middle = len(numbers) // 2
    odd = len(numbers) % 2 == 1
    value = numbers[middle] if odd else (numbers[middle - 1] + numbers[middle]) / 2
    return Value(value, f"the median of {', '.join(map(str, numbers))}", "putting them in order")


def _remainder(match: re.Match[str]) -> Value:
    dividend, divisor = constant_power(match["a"]), _bounded(match["b"])
    base, exponent = dividend
    if divisor <= 0:
        raise Unreadable("a division by zero")
    value = pow(base, exponent, divisor)
    return Value(sp.Integer(value), f"the remainder of {unwrap(match['a'])} divided by {divisor}")


def constant_power(text: str) -> tuple[int, int]:
    """`7^100` as (7, 100) without computing it; a plain number has the exponent 1."""
    match = re.fullmatch(r"(\d{1,40})\s*(?:\^\s*\{?\s*(\d{1,12})\s*\}?)?", unwrap(text))
    if match is None:
        raise Unreadable("not a whole number")
    return int(match[1]), int(match[2] or 1)


def _prime_count(match: re.Match[str]) -> Value:
    n = _countable(match["n"])
    inclusive = match["bound"].lower() != "less than" and match["bound"].lower() != "below"
    top = n + 1 if inclusive else n
    value = sum(1 for k in range(2, top) if sp.isprime(k))
    words = f"the number of primes {match['bound'].lower()} {n}"
    return Value(sp.Integer(value), words, "counting them")


def _divisor_count(match: re.Match[str]) -> Value:
    n = _countable(match["n"])
    value = sum(1 for k in range(1, n + 1) if n % k == 0)
    return Value(sp.Integer(value), f"the number of positive divisors of {n}", "trying each number")


def _divisor_sum(match: re.Match[str]) -> Value:
    n = _countable(match["n"])
    value = sum(k for k in range(1, n + 1) if n % k == 0)
    return Value(
        sp.Integer(value), f"the sum of the positive divisors of {n}", "trying each number"
    )


def _same(match: re.Match[str]) -> Task:
    made = expression(match["formula"])
    words = f"{match['verb'].lower()} {unwrap(match['formula'])}"
    return Same(made, words, form_matters=True) if made.free_symbols else Value(made, words)


def _value(match: re.Match[str]) -> Value:
    return Value(constant(match["formula"]), f"the value of {unwrap(match['formula'])}")


_READINGS: tuple[Reading, ...] = (
    (pattern(ASK_VALUE + _THE + rf"(?:greatest|highest) common (?:divisor|factor)\s*(?:\((?:gcd|gcf|hcf)\)\s*)?of {_TWO}" + END), _gcd),
    (pattern(ASK_VALUE + rf"(?:\\?gcd|gcf|hcf)\s*\(\s*{_TWO}\s*\)" + END), _gcd),
    (pattern(ASK_VALUE + _THE + rf"(?:least|lowest|smallest) common multiple\s*(?:\(lcm\)\s*)?of {_TWO}" + END), _lcm),
    (pattern(ASK_VALUE + rf"\\?lcm\s*\(\s*{_TWO}\s*\)" + END), _lcm),
    (pattern(ASK_VALUE + r"\$?(?P<share>\d+(?:\.\d+)?)\s*(?:\\?%|percent)\$? of (?P<whole>\$?-?\d+(?:\.\d+)?\$?)" + END), _percent),
    (pattern(ASK_VALUE + _THE + r"sum of (?:all )?(?:the )?integers from \$?(?P<a>-?\d+)\$? to \$?(?P<b>-?\d+)\$?(?:\s*,?\s*inclusive)?" + END), _sum_of_integers),
    (pattern(ASK_VALUE + _THE + rf"sum of the first {_N} (?:positive )?(?:(?P<which>even|odd) )?(?:positive )?(?:integers|natural numbers|numbers)" + END), _sum_of_first),
    (pattern(ASK_VALUE + _THE + rf"(?:arithmetic )?(?:mean|average) of (?:the numbers )?{_LIST}" + END), _mean),
    (pattern(ASK_VALUE + _THE + rf"median of (?:the numbers )?{_LIST}" + END), _median),
    (pattern(ASK_VALUE + _THE + r"remainder (?:when|of|if) (?P<a>\$?\d[\d^{}\s]*\$?) (?:is )?divided by \$?(?P<b>\d+)\$?" + END), _remainder),
    (pattern(rf"how many (?:prime numbers|primes) (?:are there |are )?(?P<bound>less than or equal to|less than|below|up to) {_N}(?: are there)?" + END), _prime_count),
    (pattern(rf"how many (?:positive )?(?:divisors|factors) does (?:the number )?{_N} have" + END), _divisor_count),
    (pattern(ASK_VALUE + _THE + rf"number of positive (?:divisors|factors) of {_N}" + END), _divisor_count),
    (pattern(ASK_VALUE + _THE + rf"sum of (?:all )?(?:the )?positive (?:divisors|factors) of {_N}" + END), _divisor_sum),
    (pattern(rf"(?P<verb>simplify|expand|factor|factorise|factorize) (?:completely\s*:?\s*)?(?:the expression\s*:?\s*)?:?\s*{FORMULA}" + END), _same),
    (pattern(ASK_VALUE + FORMULA + END), _value),
    (pattern(r"(?P<formula>[-\d */^().\\a-z{}$]+?)\s*=\s*\??" + END), _value),
)  # fmt: skip
