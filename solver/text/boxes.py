r"""The final answer: what the last complete `\boxed{…}` holds.

Models are asked to put the answer there, a convention of the MATH data set
(Hendrycks et al. 2021, https://arxiv.org/abs/2103.03874), whose graders read the last box.
"""

import re

_TOKEN = re.compile(r"\\f?boxed[ \t]{0,8}\{|\\[\\{}]|[{}]")
_NOTABLE = re.compile(r"[\\{}]")
# A token that has only half arrived: "\", "\bo", "\boxed ".
_UNFINISHED = re.compile(r"\\(?:[a-z]{0,6}[ \t]{0,8})$")
_HOLD_CHARS = 16
# A box that is longer was never closed.
_BOX_CHARS = 4_000


class BoxReader:
    """Reads a growing text and keeps the last complete, non-empty box. Linear time."""

    def __init__(self) -> None:
        self._held = ""
        self._pieces: list[str] = []
        self._opened: list[int] = []  # for every open brace: where its box began, or -1
        self._boxes = 0
        self._length = 0
        self.answer: str | None = None

    def feed(self, delta: str) -> None:
        """Take the next piece of the text, of any length."""
        if not self._held and not _NOTABLE.search(delta):
            self._keep(delta)
            return
        text = self._held + delta
        cut = _whole_tokens(text)
        self._held = text[cut:]
        self._read(text[:cut])

    def _read(self, text: str) -> None:
        done = 0
        for token in _TOKEN.finditer(text):
            self._keep(text[done : token.end()])
            done = token.end()
            mark = token.group()
            if mark == "{" or "boxed" in mark:
                self._open(is_box=mark != "{")
            elif mark == "}" and self._opened:
                self._close()
        self._keep(text[done:])

    def _keep(self, text: str) -> None:
        """Text is kept only while a box is open, so memory stays with the box's length."""
        if self._boxes and text:
            self._pieces.append(text)
            self._length += len(text)
        if self._length > _BOX_CHARS:
            self._opened.clear()
            self._pieces, self._length, self._boxes = [], 0, 0

    def _open(self, *, is_box: bool) -> None:
        if is_box:
            self._boxes += 1
            if self._boxes == 1:
                self._pieces, self._length = [], 0
        if self._boxes:
            self._opened.append(self._length if is_box else -1)

    def _close(self) -> None:
        start = self._opened.pop()
        if start < 0:
            return
        self._boxes -= 1
        inner = "".join(self._pieces)[start:-1].strip()
        if inner:
            self.answer = inner


def _whole_tokens(text: str) -> int:
    """Up to where `text`, which begins with a token, holds no token by half."""
    unfinished = _UNFINISHED.search(text, max(0, len(text) - _HOLD_CHARS))
    if unfinished is None:
        return len(text)
    before = start = unfinished.start()
    while before and text[before - 1] == "\\":
        before -= 1
    # The second backslash of a pair begins nothing.
    return len(text) if (start - before) % 2 else start


def last_box(text: str) -> str | None:
    r"""The content of the last complete `\boxed{…}` in `text`, braces balanced."""
    reader = BoxReader()
    reader.feed(text + "\n")
    return reader.answer
