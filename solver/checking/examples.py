"""The examples (sample input and output) out of the statement of a programming problem.

Knows the headings of the usual judges (Codeforces, AtCoder, LeetCode, Luogu and their kin, in
English and Chinese), with or without fences around the data.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Example:
    """`is_call`: the input names arguments (`nums = [2,7], target = 9`), it is no stdin."""

    input: str
    output: str
    is_call: bool = False


class _Kind(Enum):
    INPUT = auto()
    OUTPUT = auto()
    EXAMPLE = auto()
    OTHER = auto()


@dataclass(slots=True)
class _Section:
    kind: _Kind
    is_example: bool
    lines: list[str]
    is_fenced: bool = False


_EDGE = r"[\s#*_>`【\[(（「]*"
_TAIL = r"[\s*_`】\])）」]*"
_NUMBER = r"\s*(?:#|№|no\.?)?\s*\d*"
_SAMPLE = r"(?:sample|example|test)s?"
_INPUT = re.compile(
    rf"{_EDGE}(?:(?P<s1>{_SAMPLE}){_NUMBER}\s*)?(?:standard\s+)?input(?:copy)?(?:\s+(?P<s2>{_SAMPLE}))?"
    rf"{_NUMBER}{_TAIL}(?P<colon>[:：])?{_TAIL}(?P<rest>.*)"
    rf"|{_EDGE}(?:(?P<s3>样例|示例|例){_NUMBER}\s*)?输入(?P<s4>样例|示例)?{_NUMBER}{_TAIL}"
    rf"(?P<colon2>[:：])?{_TAIL}(?P<rest2>.*)",
    re.I,
)
_OUTPUT = re.compile(_INPUT.pattern.replace("input", "output").replace("输入", "输出"), re.I)
_EXAMPLE = re.compile(
    rf"{_EDGE}(?:{_SAMPLE}(?:\s+(?:cases?|tests?|{_SAMPLE}))?|样例|示例|测试样例|输入输出样例|例子?)"
    rf"{_NUMBER}{_TAIL}[:：]?{_TAIL}",
    re.I,
)
_OTHER = re.compile(
    rf"{_EDGE}(?:explanations?|notes?|constraints?|hints?|limits?|scoring|source|follow[- ]up|"
    rf"(?:input|output)\s+(?:format|specification)|time limit|memory limit|解释|样例解释|样例说明|"
    rf"说明|提示|数据范围|输入格式|输出格式|约定|限制|备注|来源){_NUMBER}{_TAIL}(?:[:：].*|$)",
    re.I,
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_PROSE = re.compile(r"(?:\b[A-Za-z]{2,30}[,.]?\s{1,9}){4,}|[\u3400-\u9fff]{6,}")
_CALL = re.compile(r"\s*[A-Za-z_]\w*\s*=\s*\S")
_MOST_EXAMPLES = 50
_LONGEST_HEADING = 2_000


def examples(statement: str) -> tuple[Example, ...]:
    """Pairs of input and output in order of appearance; none where the statement shows none.

    Headings that say "sample" or "example", or that stand below such a heading, are believed;
    a bare Input and Output only when what follows them is data and not prose. Linear in the
    statement's length; never raises.
    """
    text = re.sub(r"</?(?:pre|code|br)\b[^>]{0,200}>", "\n", statement, flags=re.I)
    sections = list(_sections(text.replace("\r\n", "\n").split("\n")))
    pairs = list(_pairs(sections))
    sure = [pair for pair, is_example in pairs if is_example]
    return tuple((sure or [pair for pair, _ in pairs])[:_MOST_EXAMPLES])


def _pairs(sections: list[_Section]) -> Iterator[tuple[Example, bool]]:
    for one, other in itertools.pairwise(sections):
        if one.kind is not _Kind.INPUT or other.kind is not _Kind.OUTPUT:
            continue
        given, expected = _data(one), _data(other)
        is_example = one.is_example or other.is_example
        is_prose = _PROSE.search(given) or _PROSE.search(expected)
        if expected and not (is_prose and not (is_example and one.is_fenced)):
            yield Example(given, expected, bool(_CALL.match(given))), is_example


def _data(section: _Section) -> str:
    """The lines of a section, cut before prose that follows a blank line."""
    lines = section.lines
    if not section.is_fenced:
        for place, line in enumerate(lines):
            if place and not lines[place - 1].strip() and _PROSE.search(line):
                lines = lines[:place]
                break
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return re.sub(r"^`(.*)`$", r"\1", text) + "\n" if text.strip() else ""


def _sections(lines: list[str]) -> Iterator[_Section]:
    section: _Section | None = None
    below_example = False
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            elif section is not None:
                section.lines.append(line)
            continue
        if mark:
            fence = mark[1]
            _begin_fence(section)
            continue
        heading = _heading(line, below_example)
        if heading is None:
            if section is not None and not section.is_fenced:
                section.lines.append(line)
            continue
        if section is not None:
            yield section
        section = heading
        below_example = heading.kind is _Kind.EXAMPLE or (
            below_example and heading.kind is not _Kind.OTHER
        )
    if section is not None:
        yield section


def _begin_fence(section: _Section | None) -> None:
    """A fence right below a heading holds all of its data."""
    if section is not None and not "".join(section.lines).strip():
        section.lines.clear()
        section.is_fenced = True


def _heading(line: str, below_example: bool) -> _Section | None:
    line = " ".join(line.split())  # runs of spaces would make the patterns slow
    if not line or len(line) > _LONGEST_HEADING:
        return None
    if _OTHER.fullmatch(line):
        return _Section(_Kind.OTHER, False, [])
    for kind, pattern in ((_Kind.INPUT, _INPUT), (_Kind.OUTPUT, _OUTPUT)):
        found = pattern.fullmatch(line)
        if found:
            groups = found.groupdict()
            rest = (groups["rest"] or groups["rest2"] or "").strip()
            if rest and not (groups["colon"] or groups["colon2"]):
                return None  # a sentence that begins with the word
            said = any(groups[name] for name in ("s1", "s2", "s3", "s4"))
            return _Section(kind, said or below_example, [rest] if rest else [])
    if _EXAMPLE.fullmatch(line):
        return _Section(_Kind.EXAMPLE, True, [])
    return None
