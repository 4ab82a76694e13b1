r"""The lines that open a step: headings, ``Step n``, cases, numbered items, conclusions.

A marker must be recognised while its line is still arriving, and a recognition must never be
taken back. So every pattern ends on a definite character, not on a look-ahead: a match on the
beginning of a line is a match on the whole line. Patterns that need the whole line
(a line that is bold from end to end) are tried on complete lines only.

ATX headings follow CommonMark 0.31.2, section 4.2 (https://spec.commonmark.org/0.31.2/).
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

# Longer than any marker; what comes later on a line does not open a step.
MARKER_CHARS = 240

_COUNT = r"(?:\d{1,3}|[A-H]|[IVX]{1,4}|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even)"
_COUNT_ZH = r"[一二三四五六七八九十百\d]{1,4}"
_FENCE = r"(?:\#{1,6}[ \t]+)?(?:\*\*|__|\*|_|\\textbf\{)?"
_AFTER = r"(?:[ \t]*(?:\*\*|__|[*_}])?[ \t]*[:.)\-–—：、，]|[ \t]*(?:\*\*|__|\})|[ \t]*\r?\n)"

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+[^\s#]")
STEP = re.compile(
    rf" {{0,3}}{_FENCE}(?:(?:[Ss]tep|STEP)[ \t]*\(?{_COUNT}\)?{_AFTER}"
    rf"|第[ \t]*{_COUNT_ZH}[ \t]*步|步骤[ \t]*{_COUNT_ZH}(?:\*\*)?[:：.、，,\s)）])"
)
CASE = re.compile(
    rf" {{0,3}}{_FENCE}(?:(?:Case|Part|Method|Approach)[ \t]*\(?(?:{_COUNT}|[a-h])\)?{_AFTER}"
    rf"|(?:情况|情形|方法|解法)[ \t]*{_COUNT_ZH}(?:\*\*)?[:：.、，,\s)）])"
)
ITEM = re.compile(
    r" ?(?:\*\*|__)?(?:(\d{1,3})(?:[.)](?:\*\*|__)?[ \t]+|[、．])|[(（](\d{1,3})[)）][ \t]*)[^\s]"
)
CONCLUSION = re.compile(
    r" {0,3}(?:\*\*|__)?(?:"
    r"(?:Therefore|Thus|Hence|So|Finally),? the (?:final )?(?:answer|solution)s?\b[^.\n]{0,60}? "
    r"(?:is|are)[ :,]"
    r"|The (?:final )?answers?[^.\n]{0,60}? (?:is|are)[ :,]"
    r"|(?:Final )?[Aa]nswer[ \t]*(?:\*\*|__)?[:：]|Final [Aa]nswer"
    r"|In (?:conclusion|summary),|综上|最终答案|(?:故|所以|因此，?)?答案[是为:：])"
)
BOLD_LINE = re.compile(r" ?(?:\*\*|__)(?=\S)[^*\n]{2,100}(?:\*\*|__):?[ \t]*\r?\n$")

_GENERIC = re.compile(
    r"\b(?:solution|solving|steps?|step-by-step|proof|explanation|approach|method|derivation"
    r"|working|answer)\b|解|证明|步骤|过程|思路",
    re.IGNORECASE,
)


class Kind(Enum):
    HEADING = auto()
    STEP = auto()
    CASE = auto()
    ITEM = auto()
    BOLD = auto()
    CONCLUSION = auto()


@dataclass(frozen=True, slots=True)
class Marker:
    """A line's claim to open a step. `number` is a heading's depth or an item's number."""

    kind: Kind
    number: int = 0


def find_marker(line: str) -> Marker | None:
    """The marker that `line` opens with, if any.

    `line` may be the beginning of a line that is still arriving; it then has no newline.
    An answer other than None for a beginning holds for every way the line may go on,
    except that HEADING may become STEP.
    """
    head = line[:MARKER_CHARS]
    heading = HEADING.match(head)
    depth = len(heading.group(1)) if heading else 0
    if STEP.match(head):
        return Marker(Kind.STEP, depth)
    if heading:
        return Marker(Kind.HEADING, depth)
    if CASE.match(head):
        return Marker(Kind.CASE)
    if item := ITEM.match(head):
        return Marker(Kind.ITEM, int(item.group(1) or item.group(2)))
    if CONCLUSION.match(head):
        return Marker(Kind.CONCLUSION)
    if BOLD_LINE.match(line):
        return Marker(Kind.BOLD)
    return None


def is_generic(title: str) -> bool:
    """A heading that names the whole ("Solution") rather than one step of it."""
    return _GENERIC.search(title) is not None
