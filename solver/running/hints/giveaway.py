r"""Whether a text gives an answer away: by its words alone, and rather too often than too seldom.

It does where it has a box or says "the answer is"; where an answer stands in it, however spaced
and in whatever order its terms are; and where one of an answer's numbers does, in digits or words
(`0.5` for `\frac{1}{2}`, "four" for 4). A small number is found by chance, too: then there is one
hint less. An exponent, a subscript and a factor of an unknown are no mention of a number.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from solver.checking.reading.numerals import CHARACTERS, chinese_number, english_number
from solver.checking.reading.words import meaning

_SAYS_SO = re.compile(
    r"\\f?box(?:ed)?\b|\banswers?\b(?:\W{0,4}(?:is|are|will be)\b|[*_\s]{0,4}[:：=])|答案",
    re.IGNORECASE,
)
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ]+")
_GROUPING = re.compile(r"(?<=\d)(?:\{,\}|\\[,;:! ]|,)(?=\d{3}(?!\d))")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\.\d+|\\[A-Za-z]+|\\.|[A-Za-z]+|\n|[^\S\n]+|.", re.DOTALL)
# Only how it looks, or another way to write what is compared without it.
_LOOKS = frozenset({
    r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\displaystyle", r"\text",
    r"\textbf", r"\mathrm", r"\mathbf", r"\operatorname", r"\quad", r"\qquad", r"\cdot", r"\times",
    r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\,", r"\;", r"\:", r"\!", r"\{", r"\}", "\\ ",
    *"{}()[]|/*_`·×°~⋅",
})  # fmt: skip
_FENCES = frozenset({"$", r"\(", r"\)", r"\[", r"\]", "\n"})
_CUTS = _FENCES | {
    "\\\\", r"\le", r"\leq", r"\ge", r"\geq", r"\ne", r"\neq", r"\approx", r"\equiv", r"\to",
    r"\implies", r"\Rightarrow", r"\Longrightarrow", r"\iff", r"\in", r"\cup", r"\pm", r"\&",
    *"=<>≤≥≈≠→⇒,;:.!?。、±&",
}  # fmt: skip
# Letters that multiply: of the others, some are units.
_UNKNOWNS = "abcfijknpqruvwxyz"
_DEGREES = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ)")
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*(\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))")
# 2^3 mentions 3: of an unknown's power that is no secret.
_EXPONENT = re.compile(
    r"(?<=[A-Za-z)}\]])\s*\^\s*(?:\{\s*\d{1,3}\s*\}|\d)|_\s*(?:\{\s*\d{1,3}\s*\}|\d)"
)
_NUMBER = re.compile(
    r"(?<![A-Za-z\d])(?<!\d\.)"
    r"(\d{1,400}(?:\.\d{1,400})?|\.\d{1,400})(?:\s*/\s*(\d{1,400}))?(?:\s*(%))?"
    rf"(?!\.?\d|[{_UNKNOWNS}](?![A-Za-z]))"
)
# The parts of fractions.
_ABOVE = re.compile(r"(?<!\d)(\d{1,400})\s*/")
_BELOW = re.compile(r"/\s*(\d{1,400})(?!\d)")
_LONG_CHARS = 20
_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)?", re.IGNORECASE)
_CHINESE = re.compile(rf"[{CHARACTERS}点分之又百负]+")


def gives_away(text: str, answers: Iterable[str]) -> bool:
    """Whether any of the answers can be read off the text. Linear in its length."""
    if _SAYS_SO.search(text):
        return True
    tokens = list(_tokens(text))
    spelled = _spelled(tokens)
    pieces = {_bag(piece) for piece, _ in _pieces(tokens)}
    numbers = _numbers(text)
    return any(
        _stands_in(answer, spelled, pieces)
        or _shares_a_number(answer, numbers)
        or _is_meant(answer, text)
        for answer in answers
    )


def _stands_in(answer: str, spelled: str, pieces: set[frozenset[tuple[str, int]]]) -> bool:
    tokens = [token for token in _tokens(answer) if token not in _FENCES]
    # Short numbers have a rule of their own: x^4 is no mention of 4.
    is_number = len(tokens) == 1 and _is_number(tokens[0]) and len(tokens[0]) < _LONG_CHARS
    if not tokens or is_number:
        return False
    # A name that the answer gives to its value is none.
    own = (_bag(piece) for piece, end in _pieces(tokens) if len(piece) > 1 and end != "=")
    return _spelled(tokens) in spelled or any(piece in pieces for piece in own)


def _is_meant(answer: str, text: str) -> bool:
    """An answer in words, in other words: "divergent" where the text says "it diverges"."""
    meant = meaning(answer)
    if meant is None:
        return False
    words = re.findall(r"[a-z']+", text.casefold())
    starts = range(len(words))
    phrases = (" ".join(words[at : at + count]) for at in starts for count in (1, 2, 3))
    return any(meaning(phrase) == meant for phrase in phrases)


def _shares_a_number(answer: str, numbers: frozenset[tuple[Fraction, int]]) -> bool:
    if not _is_of_numbers(answer):
        return False
    secret = {value for value, _ in _whole_numbers(answer)}
    # 0.33 mentions 1/3.
    return any(
        value == one or (places > 0 and round(one, places) == value)
        for value, places in numbers
        for one in secret
    )


# -- Spelling -------------------------------------------------------------------------------


def _tidied(text: str) -> str:
    text = _SUPERSCRIPTS.sub(lambda found: f"^{found[0]}", text)
    text = unicodedata.normalize("NFKC", _DEGREES.sub("°", text))
    for one, other in (("⁄", "/"), ("−", "-"), (r"\%", "%"), (r"\$", " ")):
        text = text.replace(one, other)
    return _GROUPING.sub("", text)


def _tokens(text: str) -> Iterator[str]:
    """Numbers, commands, words and signs, without what only concerns the looks."""
    for token in _TOKEN.findall(_tidied(text)):
        is_blank = token not in _FENCES and token.isspace()
        if token not in _LOOKS and not is_blank:
            yield token.casefold() if _is_word(token) else token


def _spelled(tokens: Iterable[str]) -> str:
    return f" {' '.join(token for token in tokens if token not in _FENCES)} "


def _pieces(tokens: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """What stands between relations, stops and words, and which of them ends it."""
    piece: list[str] = []
    for token in tokens:
        if token in _CUTS or _is_word(token):
            yield piece, token
            piece = []
        else:
            piece.append(token)
    yield piece, ""


def _bag(piece: list[str]) -> frozenset[tuple[str, int]]:
    """The same for every order of the terms."""
    return frozenset(Counter(piece).items())


# -- Numbers --------------------------------------------------------------------------------


def _is_of_numbers(answer: str) -> bool:
    """Whether it is nothing but numbers, with their names, units and signs."""
    for piece, _ in _pieces(_tokens(answer)):
        rest = [token for token in piece if token not in {"+", "-", "%", "^"}]
        letters = [token for token in rest if not _is_number(token)]
        if len(letters) > 1 or any(len(letter) > 1 for letter in letters):
            return False
        is_factor = len(rest) > 1 and _is_number(rest[0]) and bool(letters)
        if "^" in piece or (is_factor and letters[0] in _UNKNOWNS):
            return False
    return True


def _is_word(token: str) -> bool:
    return len(token) > 1 and token.isalpha()


def _is_number(token: str) -> bool:
    return token[-1].isdigit() and token[-1].isascii()


def _numbers(text: str) -> frozenset[tuple[Fraction, int]]:
    """Every number that is mentioned, without its sign, and its decimal places; parts of
    fractions count as well.
    """
    plain = _plain(text)
    parts = (*_ABOVE.findall(plain), *_BELOW.findall(plain))
    return frozenset({*_whole_numbers(text), *((Fraction(part), 0) for part in parts)})


def _whole_numbers(text: str) -> Iterator[tuple[Fraction, int]]:
    plain = _plain(text)
    for found in _NUMBER.finditer(plain):
        written, below, percent = found.groups()
        places = len(written.partition(".")[2])
        value = Fraction(f"0{written}") / (int(below or 1) or 1)
        yield value, places
        if percent:
            yield value / 100, places + 2
    for word in _WORDS.findall(plain):
        spelled = Fraction(1, 2) if word.casefold() == "half" else english_number(word)
        if spelled is not None:
            yield Fraction(spelled), 0
    for word in _CHINESE.findall(plain):
        counted = chinese_number(word)
        if counted is not None:
            yield abs(counted), 0


def _plain(text: str) -> str:
    """Fractions with a stroke, and commands gone, which would hide where a number begins."""
    text = _EXPONENT.sub("", _tidied(text))
    text = _FRACTION.sub(lambda found: f" {found[1] or found[2]}/{found[3] or found[4]} ", text)
    return re.sub(r"\\[A-Za-z]+|\\", " ", text)
