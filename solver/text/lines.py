"""The line that is still arriving."""

from solver.text.markers import MARKER_CHARS

# A line that is still arriving is judged by this much of it, however it is cut into pieces.
EARLY_CHARS = 64


class Line:
    """Pieces of one line, joined only when it is complete, so that a long line stays linear."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.opened = False  # it opened a step
        self.head = ""  # its first MARKER_CHARS characters
        self.is_blank = True
        self.is_judged = False  # by all of its early characters
        self._pieces: list[str] = []
        self._ticks = 0

    def add(self, piece: str) -> None:
        if not piece:
            return
        self._pieces.append(piece)
        self._ticks += piece.count("`")
        if self.is_blank:
            self.is_blank = not piece.strip()
        if len(self.head) < MARKER_CHARS:
            self.head = (self.head + piece)[:MARKER_CHARS]

    @property
    def early(self) -> str:
        return self.head[:EARLY_CHARS]

    @property
    def in_code(self) -> bool:
        """Whether inline code is open at its end."""
        return self._ticks % 2 == 1

    @property
    def whole_head(self) -> str:
        """The head of a complete line, which ends on a newline unless it was cut off."""
        cut_off = len(self.head) == MARKER_CHARS or self.head.endswith("\n")
        return self.head if cut_off else self.head + "\n"

    def text(self) -> str:
        """All of it, with its newline, also where the text ended without one."""
        text = "".join(self._pieces)
        return text if text.endswith("\n") else text + "\n"
