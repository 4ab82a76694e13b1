"""Where the model thinks aloud: `<think>…</think>`, kept apart from its answer.

The tags are those of DeepSeek-R1's chat template and its descendants, VibeThinker among them.
Templates that open the tag in the prompt leave a text with a closing tag alone.
"""

from solver.text.markers import Kind, find_marker
from solver.text.openings import read_opening

OPEN_TAG = "<think>"
CLOSE_TAG = "</think>"
HEADING_CHARS = 90


def partial_tag(tail: str, *tags: str) -> int:
    """How many last characters of `tail` may be the beginning of one of `tags`."""
    start = tail.find("<", max(0, len(tail) - max(map(len, tags)) + 1))
    while start >= 0:
        size = len(tail) - start
        if any(size < len(tag) and tag.startswith(tail[start:]) for tag in tags):
            return size
        start = tail.find("<", start + 1)
    return 0


class Thoughts:
    """The spans of a text that are reasoning, and what it is about at the moment.

    `heading` is the last heading, `Step n` or bold line of the reasoning; in reasoning that has
    none it is the beginning of the last paragraph. It is plain text, "" before the first line.
    """

    def __init__(self) -> None:
        self.spans: list[tuple[int, int | None]] = []
        self.heading = ""
        self._is_structured = False
        self._after_blank = True

    @property
    def seen(self) -> bool:
        return bool(self.spans)

    @property
    def is_open(self) -> bool:
        return bool(self.spans) and self.spans[-1][1] is None

    def open(self, start: int) -> None:
        self.spans.append((start, None))

    def close(self, end: int) -> None:
        self.spans[-1] = (self.spans[-1][0], end)

    def add(self, start: int, end: int) -> None:
        """A span that was recognised by its closing tag alone."""
        self.spans.append((start, end))

    def read_line(self, line: str) -> None:
        """Take the beginning of a complete line of reasoning."""
        if not line.strip():
            self._after_blank = True
        elif heading := _heading_of(line):
            self.heading, self._is_structured = heading, True
        elif self._after_blank and not self._is_structured:
            self.heading = _beginning_of(line)
        self._after_blank = self._after_blank and not line.strip()

    def cut_from(self, text: str) -> str:
        """The reasoning in `text`, without the tags."""
        parts = (text[start:end].strip("\r\n") for start, end in self.spans)
        return "\n\n".join(part for part in parts if part.strip())


def headings(reasoning: str) -> tuple[str, ...]:
    """What the reasoning went through: its headings, `Step n` and bold lines, in order."""
    found = (_heading_of(line) for line in reasoning.splitlines())
    return tuple(heading for heading in found if heading)


def _beginning_of(line: str) -> str:
    text = " ".join(line.split())
    sentence = text[: text.find(". ") + 1] or text
    if len(sentence) <= HEADING_CHARS:
        return sentence
    return sentence[:HEADING_CHARS].rsplit(" ", 1)[0] + "…"


def _heading_of(line: str) -> str:
    marker = find_marker(line + "\n")
    if marker is None or marker.kind is Kind.CONCLUSION:
        return ""
    return read_opening(line + "\n")[0]
