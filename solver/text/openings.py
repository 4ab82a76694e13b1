"""How a step opens: its title, and the body that is left when the title is shown apart.

Both are functions of the step's own source alone, so every reader of a stream of boundaries
finds the same title and the same body.
"""

import re

from solver.text.markers import BOLD_LINE, Kind, find_marker, is_generic

TITLE_CHARS = 120
# An opening is looked for in this much of a step's source.
OPENING_CHARS = 1_000
# What follows "Step 1:" on its line is a title when it is this short and states nothing.
_PHRASE_CHARS = 70

_HEADING_LINE = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_BOLD_LEAD = re.compile(r"[ \t]*(?:\*\*|__)(.{1,120}?)(?:\*\*|__)[ \t]*([:：.—–-]?)[ \t]*(.*)$")
_STEP_LEAD = re.compile(
    r"[ \t]*[*_]?((?:[Ss]tep|STEP|Case|Part|Method|Approach)[ \t]*\(?\w{1,5}\)?"
    r"|(?:第[ \t]*\w{1,4}[ \t]*步|(?:步骤|情况|情形|方法|解法)[ \t]*\w{1,3}))"
    r"[*_]?[ \t]*[:.)\-–—：、，,]?[*_]?[ \t]*(.*)$"
)
_ITEM_LEAD = re.compile(
    r"( ?(?:\d{1,3}(?:[.)][ \t]+|[、．])|[(（]\d{1,3}[)）][ \t]*))(.*)$", re.DOTALL
)
_BOLD_ITEM = re.compile(r" ?(\*\*|__)[ \t]*(\d{1,3}[.)])(\*\*|__)?[ \t]+")
_ANSWER_LINE = re.compile(r" {0,3}(?:[Ff]inal [Aa]nswer|Answer|最终答案|答案)[ \t]*[:：]$")
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$")
_MARKS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`")


def read_opening(source: str) -> tuple[str, str]:
    """Title and body of a step's source; the title is "" where the source names none.

    A title is short plain text that may hold inline maths. The body is Markdown.
    """
    title, is_whole = "", True
    rest = source.lstrip("\r\n")
    while found := _title_line(rest):
        kind, words, rest = found
        title = words if is_whole else f"{title} · {words}"
        is_whole = kind in (Kind.HEADING, Kind.BOLD) and is_generic(words)
        rest = rest.lstrip("\r\n")
        if not _goes_on(kind, is_whole, rest) or len(title) > TITLE_CHARS:
            break
    if is_whole:
        item_title, rest = _read_item(rest)
        title = item_title or title
    return _shorten(title), _trim(rest)


def _goes_on(kind: Kind, is_whole: bool, rest: str) -> bool:
    """Whether the next line names the same step once more: a heading right under a heading."""
    following = find_marker(rest[:OPENING_CHARS])
    if following is None or kind not in (Kind.HEADING, Kind.BOLD):
        return False
    if following.kind in (Kind.BOLD, Kind.CASE):
        return is_whole
    return following.kind in (Kind.HEADING, Kind.STEP)


def _title_line(source: str) -> tuple[Kind, str, str] | None:
    """The title that the first line gives, and what is left; None if it gives none."""
    line, newline, rest = source.partition("\n")
    line = line.rstrip()
    if len(line) > OPENING_CHARS:
        return None
    marker = find_marker(line + "\n")
    if marker is None:
        return None
    if heading := _HEADING_LINE.match(line):
        return marker.kind, _plain(heading.group(1)), rest
    if marker.kind in (Kind.STEP, Kind.CASE):
        return marker.kind, *_step_line(line, newline + rest)
    if BOLD_LINE.match(line + "\n") and not _BOLD_ITEM.match(line):
        return Kind.BOLD, _plain(line), rest
    if _ANSWER_LINE.match(line):
        return Kind.CONCLUSION, _plain(line), rest
    return None


def _step_line(line: str, rest: str) -> tuple[str, str]:
    """Title and rest of a line such as "**Step 1:** Factor"."""
    lead = _BOLD_LEAD.match(line)
    title, text = (lead.group(1), lead.group(3)) if lead else ("", "")
    if not lead and (lead := _STEP_LEAD.match(line)):
        title, text = lead.group(1), lead.group(2)
    title = title.rstrip(" .:：、，")
    if not text:
        return _plain(title or line), rest
    # While its line is arriving, a phrase may still become a sentence.
    if rest and _is_phrase(text):
        return f"{_plain(title)}: {_plain(text)}", rest
    return _plain(title), text + rest


def _is_phrase(text: str) -> bool:
    """Names what is done, rather than doing it."""
    return len(text) <= _PHRASE_CHARS and text[-1] not in ".。!?,;；，" and "=" not in text


def _read_item(source: str) -> tuple[str, str]:
    """A numbered item without its number, and its bold lead as the title."""
    if bold := _BOLD_ITEM.match(source):
        opening = "" if bold.group(3) else bold.group(1)
        source = f"{bold.group(2)} {opening}{source[bold.end() :]}"
    item = _ITEM_LEAD.match(source)
    if not item:
        return "", source
    line, newline, rest = item.group(2).partition("\n")
    rest = _dedent(rest, len(item.group(1)))
    bold = _BOLD_LEAD.match(line)
    if not bold:
        return "", line + newline + rest
    return _plain(bold.group(1)), bold.group(3) + newline + rest


def _dedent(text: str, width: int) -> str:
    """Without the indentation that made lines part of a list item."""
    return re.sub(rf"^[ ]{{1,{width}}}", "", text, flags=re.MULTILINE)


def _plain(title: str) -> str:
    """Without Markdown's marks, except inside inline maths."""
    parts = re.split(r"(\$[^$]*\$|\\\(.*?\\\))", title)
    parts[::2] = [_MARKS.sub("", part) for part in parts[::2]]
    return "".join(parts).strip().rstrip(":：").strip()


def _shorten(title: str) -> str:
    if len(title) <= TITLE_CHARS:
        return title
    cut = title[: TITLE_CHARS - 1]
    # Never inside a formula: its other dollar would be missing.
    if cut.count("$") % 2:
        cut = cut[: cut.rindex("$")]
    return cut.rstrip() + "…"


def _trim(body: str) -> str:
    """Without the rule that models put between steps."""
    body = body.rstrip()
    while body:
        start = body.rfind("\n") + 1
        if not _RULE.match(body, start):
            break
        body = body[:start].rstrip()
    return body.strip("\r\n")
