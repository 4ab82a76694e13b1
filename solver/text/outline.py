"""Decides which lines open a step, reading a text's lines in order.

Ranks, strongest first: 1 a heading or `Step n`, 2 a line that is bold from end to end, 3 a
numbered item or a case, 4 a paragraph. `rank` is the strongest seen so far, and weaker
structure no longer opens steps. A heading over the whole answer ("Solution", or a heading that
is the answer's first line) does not count: what stands under it is what has steps.
"""

import re

from solver.text.blocks import Blocks
from solver.text.markers import ITEM, Kind, Marker, find_marker, is_generic

# A line's nature is judged from this many characters, while the rest is still arriving.
JUDGED_CHARS = 12
# Paragraphs of a long text without structure are grouped, so that the number of steps stays
# readable: from the n-th step on, a step is at least this long.
_FLOORS = ((8, 0), (20, 400), (40, 1_500))
_LAST_FLOOR = 4_000

# A paragraph that opens with one of these goes on with the step before it.
_BLOCK_STARTS = ("\\", "$", "|", "- ", "* ", "+ ", "• ", "```", "~~~")
_CONNECTIVES = re.compile(
    r"(?:so|and|n?or|but|where|which|who|since|because|then|thus|hence|therefore|with|for|if|when"
    r"|while|giving|that|as|is|are|has|have|gives|yields|we|this|it|by|to|from|in|at|on|of)$"
)
_FIRST_WORD = re.compile(r"[a-z]+")


class Outline:
    """Feed it every complete line by `read`; ask `starts_step` about the line after it.

    Both cost time linear in the line. Not thread-safe.
    """

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._rank = 4
        self._depth = 0
        self._item = 0
        self._items_are_loose = False
        self._after_list = False
        self._blank_before = True
        self._last_char = ""
        self._seen_text = False
        self.only_titles = True  # of the step that is open

    @property
    def in_code(self) -> bool:
        return self._blocks.in_code

    def starts_step(self, head: str, complete: bool, step: int, size: int) -> bool:
        """Whether the line that begins with `head` opens a step.

        `step` is how many steps there are, and `size` how many characters the last one has.
        A yes for the beginning of a line stays a yes for the whole line.
        """
        if self._blocks.in_code or not head.strip():
            return False
        marker = find_marker(head)
        accepted = marker is not None and self._accepts(marker)
        if self._blocks.in_maths and not (accepted and self._blank_before):
            return False
        if self.only_titles:
            return False
        if accepted:
            return True
        if self._blocks.in_maths or not self._blank_before:
            return False
        if not complete and len(head.strip()) < JUDGED_CHARS:
            return False
        return self._paragraph_starts(head, step, size)

    def read(self, line: str, opened: bool) -> None:
        """Take a complete line; `opened` says that it opened a step."""
        if self._blocks.in_code:
            self._blocks.read(line)
            self._last_char = "`"
            return
        if not line.strip():
            self._blank_before = True
            return
        marker = find_marker(line)
        accepted = marker is not None and self._accepts(marker)
        if self._blocks.in_maths and accepted and self._blank_before:
            self._blocks.abandon_maths()
        if not self._blocks.in_maths:
            self._note(line, marker if accepted else None, opened)
        self._blocks.read(line)
        self._blank_before = False
        self._seen_text = True
        self._last_char = line.rstrip()[-1]

    def restart(self) -> None:
        """What follows is a new beginning (reasoning stood between), with the same structure."""
        self._blocks = Blocks()
        self._blank_before = True
        self.only_titles = True
        self._last_char = ""

    def _accepts(self, marker: Marker) -> bool:
        match marker.kind:
            case Kind.STEP:
                return True
            case Kind.HEADING:
                return self._rank > 1 or not self._depth or marker.number <= self._depth
            case Kind.BOLD:
                return self._rank >= 2 and self._blank_before
            case Kind.CASE:
                return self._rank >= 3
            case Kind.ITEM:
                return self._rank >= 3 and self._is_next_item(marker.number)
            case Kind.CONCLUSION:
                return self._rank < 4 and self._blank_before

    def _is_next_item(self, number: int) -> bool:
        """Models also number every item 1 and leave the counting to Markdown."""
        return number == self._item + 1 or (number == 1 and self._item == 1)

    def _note(self, line: str, marker: Marker | None, opened: bool) -> None:
        if opened:
            self.only_titles = True
            self._after_list = False
        match marker:
            case Marker(Kind.STEP, depth):
                self._rank, self._depth = 1, max(depth, self._depth)
                self.only_titles = False
            case Marker(Kind.HEADING | Kind.BOLD):
                self._note_heading(line, marker)
            case Marker(Kind.CASE):
                self._rank, self.only_titles = min(self._rank, 3), False
            case Marker(Kind.ITEM, number):
                self._rank, self._item, self.only_titles = min(self._rank, 3), number, False
                self._after_list = False
            case _:
                self._note_text(line, opened)

    def _note_heading(self, line: str, marker: Marker) -> None:
        rank = 1 if marker.kind is Kind.HEADING else 2
        names_the_whole = self._rank > rank and (not self._seen_text or is_generic(line))
        self._item = 0
        if names_the_whole:
            return
        self._rank = min(self._rank, rank)
        if marker.kind is Kind.HEADING:
            self._depth = self._depth or marker.number

    def _note_text(self, line: str, opened: bool) -> None:
        self.only_titles = False
        if self._rank != 3 or not self._blank_before or line[0] in " \t":
            return
        if opened:
            self._after_list = True
        elif not self._after_list:
            self._items_are_loose = True

    def _paragraph_starts(self, head: str, step: int, size: int) -> bool:
        if self._last_char in ":：" or head[0] in " \t" or self._continues(head):
            return False
        if self._rank == 4:
            return size >= _floor(step)
        # The first paragraph that stands after a list whose items are one block each.
        ends_list = self._rank == 3 and self._item >= 2
        return ends_list and not self._items_are_loose and not self._after_list

    def _continues(self, head: str) -> bool:
        text = head.strip()[:JUDGED_CHARS]
        if text.startswith(_BLOCK_STARTS) or ITEM.match(text):
            return True
        if text[0] in ")],;.=([<>{}&^_+-" and not text.startswith("**"):
            return True
        word = _FIRST_WORD.match(text)
        if not word:
            return False
        if _CONNECTIVES.match(word.group()) or len(word.group()) == 1:
            return True
        return text[word.end() : word.end() + 1] in tuple("(^_=+-*/0123456789")


def _floor(step: int) -> int:
    """The least size in characters of the step with this index, before a paragraph ends it."""
    return next((floor for below, floor in _FLOORS if step < below), _LAST_FLOOR)
