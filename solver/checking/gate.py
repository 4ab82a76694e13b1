"""The gate: texts that are not let in to be compared, told in linear time.

Applies before anything parses. Limits are far above any honest final answer.
"""

import re
import unicodedata

MAX_LENGTH = 3_000
MAX_DEPTH = 40
MAX_DIGITS = 1_500
MAX_TOWER = 3
_OPENING = "([{"
_CLOSING = ")]}"
_SPACE = "\t\n\r"
_BAD_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn"}
_COMMANDS = re.compile(
    r"\\(?:input|include|usepackage|documentclass|write|openin|openout|read|immediate|def|edef|"
    r"gdef|xdef|let|newcommand|renewcommand|catcode|csname|expandafter|loop|href|url|special|"
    r"directlua|includegraphics|verbatim|lstinputlisting)(?![a-zA-Z])"
)
_CODE = re.compile(
    r"__\w+__|(?<!\\)\b(?:import|eval|exec|lambda|system|subprocess)\b|[;`]\s*\w+\(", re.I
)
_DIGITS = re.compile(rf"\d{{{MAX_DIGITS + 1}}}")
_POWER = re.compile(r"\^|\*\*")
_EXPONENT = re.compile(r"\s*(?:[{(]\s*)*-?(?:[\d.]+|\\?[a-zA-Z]+)\s*")
_FACTORIALS = re.compile(r"\d{5,}\s*!|!(?:[\s)}\]]*!){2}")


def refusal(text: str) -> str | None:
    """Why `text` is not let in, or None where it is. Linear in the length of the text."""
    if len(text) > MAX_LENGTH:
        return f"the answer is longer than {MAX_LENGTH} characters"
    for character in text:
        if character not in _SPACE and unicodedata.category(character) in _BAD_CATEGORIES:
            return f"the answer holds the invisible or control character U+{ord(character):04X}"
    if _depth(text) > MAX_DEPTH:
        return f"the answer is nested more than {MAX_DEPTH} deep"
    if _DIGITS.search(text):
        return f"a number in the answer has more than {MAX_DIGITS} digits"
    if _COMMANDS.search(text):
        return "the answer holds a TeX command that does not belong in an answer"
    if _CODE.search(text):
        return "the answer holds program code"
    if _tower(text) > MAX_TOWER:
        return f"the answer stacks more than {MAX_TOWER} powers"
    if _FACTORIALS.search(text):
        return "the answer holds a factorial that is too large to work out"
    return None


def _depth(text: str) -> int:
    depth = deepest = bars = 0
    for character in text:
        if character in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        elif character == "|":
            bars += 1
    commands = max(_longest_run(r"(?:\\sqrt\s*)+", r"\\sqrt", text), text.count("√"), bars // 2)
    return max(deepest, commands)


def _longest_run(run: str, unit: str, text: str) -> int:
    return max((len(re.findall(unit, found)) for found in re.findall(run, text)), default=0)


def _tower(text: str) -> int:
    """The largest number of powers seen to stand upon one another."""
    tallest = height = position = 0
    for found in _POWER.finditer(text):
        climbs = height and _EXPONENT.fullmatch(text, position, found.start())
        height = height + 1 if climbs else 1
        tallest = max(tallest, height)
        position = found.end()
    return tallest
