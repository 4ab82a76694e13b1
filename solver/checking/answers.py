"""The final answer out of a solution's text. Linear in the text's length; never raises.

See `code_blocks` for programs and `samples` for the examples of a programming problem.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from solver.checking.code_blocks import prose


class Source(StrEnum):
    """Where an answer was found, best first."""

    BOX = "box"
    WORDS = "words"
    LAST_LINE = "last line"


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """`parts` are the answers of a problem with several, in order; `text` joins them by commas.

    `rivals`: other boxed answers that came earlier and differ, in order of appearance; the last
    box counts, but a page may say that the solution boxed several.
    """

    text: str
    parts: tuple[str, ...]
    source: Source
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Box:
    start: int
    end: int
    content: str


_BOX = re.compile(r"\\(?:boxed|fbox)\s*")
_BETWEEN_PARTS = re.compile(
    r"(?:[\s$,;.&:、，；。]|\\[()\[\],;: ]|\\\\|\\q?quad|\\text\{[^{}]{0,12}\}|\*\*|"
    r"\(?(?:part\s*)?\(?[a-hivx]{1,3}\)|（\d）|\(\d\)|and|or|和|或|以及|also)*",
    re.I,
)
_SAID = re.compile(
    r"(?:(?:final|correct) answers?|(?:the|our|your|my) (?:final )?answers?|answers?"
    r"|(?:最终|正确)?答案|答)"
    r"[ \t]{0,9}(?:\*\*)?[ \t]{0,9}"
    r"(?::|：|\bis\b ?:?|\bare\b ?:?|\bmust be\b|应该是|应为|是|为|等于|=)"
    r"[ \t]{0,9}(?:\*\*)?",
    re.I,
)
# What is said about an answer is none: "check that your answer is correct".
_ABOUT_IT = re.compile(
    r"(?:in)?(?:correct|accurate)\b|wrong\b|right[.!,]?$|as follows|正确|错误", re.I
)
_HASHES = re.compile(r"^####[ \t]*(\S[^\n]{0,200})$", re.M)
_DISPLAY = re.compile(r"\s*(?:\$\$(.{1,2000}?)\$\$|\\\[(.{1,2000}?)\\\])", re.S)
_SENTENCE_END = re.compile(r"(?<!\d)[.。](?=\s|$)|(?<=\d)\.(?=\s|$)|。|\n")
_BECAUSE = re.compile(r",?\s(?:because|since|which|where|so that|as (?:we|it|the))\b")
_ENDS_WITH_VALUE = re.compile(
    r"(?:\b(?:is|are|equals|gives|has)|为|是|等于|得)\s?:?\s?((?:[-+]?[\d\\$(\[{]|[-+]?[a-z]\b).{0,60})",
    re.I,
)
_FORMULA = re.compile(r"\$([^$\n]{1,500})\$|\\\(([^\n]{1,500}?)\\\)")
_LONGEST_LINE = 200
_MOST_WORDS = 4


def final_answer(solution: str) -> FinalAnswer | None:
    """The answer that the solution ends with, or None where it gives none.

    The last box, or boxes that stand together; else the last "the answer is …" (English or
    Chinese); else a short last line. The reasoning between <think> tags does not count when
    something follows it.
    """
    text = prose(spoken(solution))
    return _boxed(text) or _said(text) or _last_line(text)


def spoken(solution: str) -> str:
    """What the solution says after its reasoning; all of it where there is no such part."""
    before, tag, after = solution.rpartition("</think>")
    if tag and after.strip():
        return after
    return before or after


def _boxed(text: str) -> FinalAnswer | None:
    boxes = [box for box in _boxes(text) if box.content]
    if not boxes:
        return None
    first = len(boxes) - 1
    while first and _stand_together(text, boxes[first - 1], boxes[first]):
        first -= 1
    parts = tuple(dict.fromkeys(box.content for box in boxes[first:]))
    earlier = dict.fromkeys(box.content for box in boxes[:first])
    rivals = tuple(content for content in earlier if content not in parts)
    return FinalAnswer(", ".join(parts), parts, Source.BOX, rivals)


def _stand_together(text: str, one: _Box, other: _Box) -> bool:
    between = text[one.end : other.start]
    return len(between) <= 60 and "\n\n" not in between and bool(_BETWEEN_PARTS.fullmatch(between))


def _boxes(text: str) -> Iterator[_Box]:
    """Outermost boxes with balanced braces; one that is cut off in mid-stream does not count."""
    closing = _matching_braces(text)
    position = 0
    while found := _BOX.search(text, position):
        position = found.end()
        if text[position : position + 1] == "{":
            end = closing.get(position)
            if end is None:
                continue
            yield _Box(found.start(), end + 1, _unboxed(text[position + 1 : end]))
            position = end + 1
        elif token := re.compile(r"[^\s{}$\\,;]").match(text, position):
            yield _Box(found.start(), token.end(), token[0])


def _unboxed(content: str) -> str:
    content = content.strip().strip("$").strip()
    inner = re.fullmatch(r"\\boxed\{([^{}]*)\}", content)
    return inner[1].strip() if inner else content


def _matching_braces(text: str) -> dict[int, int]:
    """Where each opening brace is closed. Escaped braces do not count."""
    stack: list[int] = []
    pairs: dict[int, int] = {}
    for found in re.finditer(r"\\.|[{}]", text, re.S):
        if found[0] == "{":
            stack.append(found.start())
        elif found[0] == "}" and stack:
            pairs[stack.pop()] = found.start()
    return pairs


def _said(text: str) -> FinalAnswer | None:
    candidates = [(found.end(), found) for found in _SAID.finditer(text)]
    for end, _ in reversed(candidates):
        answer = _following(text, end)
        if answer and not _ABOUT_IT.match(answer):
            return FinalAnswer(answer, (answer,), Source.WORDS)
    hashes = _HASHES.findall(text)
    if hashes:
        answer = _tidy(hashes[-1])
        return FinalAnswer(answer, (answer,), Source.WORDS)
    return None


def _following(text: str, start: int) -> str:
    """The formula or the rest of the sentence that starts at `start`."""
    display = _DISPLAY.match(text, start)
    if display:
        return _tidy(display[1] or display[2])
    rest = text[start : start + 2000].lstrip()
    end = _SENTENCE_END.search(rest)
    return _tidy(_BECAUSE.split(rest[: end.start()] if end else rest, maxsplit=1)[0])


def _last_line(text: str) -> FinalAnswer | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or len(lines[-1]) > _LONGEST_LINE or r"\boxed" in lines[-1]:
        return None
    answer = _right_side(_value(_tidy(lines[-1])))
    return FinalAnswer(answer, (answer,), Source.LAST_LINE) if answer else None


def _value(line: str) -> str:
    """The formula that a line of words ends with; the line itself where it is short."""
    formulas = _FORMULA.findall(line)
    if formulas:
        return str(formulas[-1][0] or formulas[-1][1])
    ending = list(_ENDS_WITH_VALUE.finditer(line))
    if ending and len(ending[-1][1].split()) <= _MOST_WORDS:
        return ending[-1][1]
    short = len(line.split()) <= _MOST_WORDS or re.search(r"=\s*\S+$", line)
    return line if short and re.search(r"[\d=\\]", line) else ""


def _right_side(line: str) -> str:
    """`x = 5` stays, `10 + 38 = 48` is 48: a name is part of an answer, a computation is not."""
    left, equals, right = line.rpartition("=")
    if not equals or re.fullmatch(r"[A-Za-z](?:_\{?\w+\}?)?\s*", left) or left.endswith(("<", ">")):
        return line.strip()
    return right.strip()


def _tidy(text: str) -> str:
    text = re.sub(r"^[\s*_:：]+|[\s*_]+$", "", text)
    text = re.sub(r"(?<!\.)[.。,，;]$", "", text).strip()
    whole = _FORMULA.fullmatch(text)
    return (whole[1] or whole[2]).strip() if whole else text
