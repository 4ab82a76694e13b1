"""Answers in words: yes and no, no solution, choice letters. English and Chinese."""

import re

_MEANINGS = {
    "yes": "yes|是|是的|可以|能|有",
    "no": "no|否|不是|不可以|不能|没有",
    "true": "true|correct|right|正确|对|真|√|\\surd|\\checkmark|\\true",
    "false": "false|incorrect|wrong|错误|错|不正确|不对|假|\\times|\\false",
    "no solution": (
        "no solution|no solutions|no real solution|no real solutions|there is no solution|"
        "there are no solutions|has no solution|no root|no roots|no real roots|empty set|"
        "the empty set|null set|无解|无实数解|无实数根|没有解|没有实数解|空集|方程无解|无实根|"
        "不等式无解|\\emptyset|\\varnothing|\\{\\}|{}|x\\in\\emptyset|x\\in\\varnothing"
    ),
    "undefined": "undefined|not defined|does not exist|dne|doesn't exist|不存在|无意义|未定义",
    "infinitely many": (
        "infinitely many|infinitely many solutions|infinite solutions|无数个|无穷多个|无穷多|"
        "无数多个|有无穷多个解|无穷多解|无数解|有无数个解"
    ),
    "all reals": (
        "all real numbers|all reals|all real x|every real number|any real number|全体实数|"
        "一切实数|任意实数|实数集|所有实数"
    ),
    "cannot be determined": (
        "cannot be determined|not enough information|insufficient information|无法确定|不能确定"
    ),
    "divergent": "diverges|divergent|it diverges|发散",
    "convergent": "converges|convergent|it converges|收敛",
    "odd": "odd|odd function|奇函数|奇数|奇",
    "even": "even|even function|偶函数|偶数|偶",
}
_BY_WORD = {word: meaning for meaning, words in _MEANINGS.items() for word in words.split("|")}
_OPPOSITES = {
    frozenset(pair)
    for pair in (
        ("yes", "no"), ("true", "false"), ("odd", "even"), ("divergent", "convergent"),
        ("no solution", "infinitely many"), ("no solution", "all reals"),
        ("yes", "false"), ("no", "true"),
    )
}  # fmt: skip
_LETTER = r"(?:\(\s*([A-Ha-h])\s*\)|([A-Ha-h])\s*[.:、)]?)"
_CHOICE = re.compile(rf"(?:(?:option|choice|answer|选项?|应?选择?)\s*[:：]?\s*)?{_LETTER}", re.I)
_CHOICES = re.compile(r"(?:\([A-H]\)|[A-H])(?:\s*(?:,|and|和|;)?\s*(?:\([A-H]\)|[A-H]))+")
_STYLES = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|bf|rm|boldsymbol)\s*(?=\{)")
_STYLED = re.compile(_STYLES.pattern + r"\{([^{}]*)\}")
_LONGEST = 40
_WITH_CONTENT = re.compile(r"(?:\(([A-H])\)|([A-H])[).:])(?=[\s$\\])\s*(.+)", re.S)


def plain(text: str) -> str:
    """Lower case, without styling, braces of styling and double spaces."""
    text = _STYLES.sub("", text)
    if text.startswith("{") and text.endswith("}") and len(text) > 2:
        text = text[1:-1]
    return " ".join(text.replace("\\ ", " ").split()).casefold().strip(" .。")


def meaning(text: str) -> str | None:
    """The meaning of a text that is nothing but a known phrase."""
    folded = plain(text)
    return _BY_WORD.get(folded) or _BY_WORD.get(folded.replace(" ", ""))


def are_opposite(one: str, other: str) -> bool:
    """Whether two meanings exclude each other."""
    return frozenset((one, other)) in _OPPOSITES


def choice(text: str) -> frozenset[str] | None:
    """The letters of a multiple-choice answer, upper case: `(B)`, `选B`, `A, C`, `AC`."""
    styled = re.sub(r"\\[ ,;]", " ", _STYLED.sub(r"\1", text)).strip(" .。")
    single = _CHOICE.fullmatch(styled)
    if single:
        return frozenset((single[1] or single[2]).upper())
    if _CHOICES.fullmatch(styled) and len(styled) < _LONGEST:
        letters = re.findall(r"[A-H]", styled)
        return frozenset(letters) if len(set(letters)) == len(letters) else None
    return None


def choice_with_content(text: str) -> tuple[str, str] | None:
    """`(B) 42`: the letter and what was written after it."""
    styled = _STYLED.sub(r"\1", text, count=1)
    found = _WITH_CONTENT.fullmatch(styled.strip())
    if not found or re.search(r"\b[A-H]\b", found[3]):
        return None
    return found[1] or found[2], found[3].replace("\\ ", " ").strip()
