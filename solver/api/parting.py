"""Reasoning and answer, told apart while the text still grows."""

from typing import Final, NamedTuple

from solver.text.thoughts import CLOSE_TAG, OPEN_TAG, partial_tag

_BLANK: Final = " \t\r\n"


class Part(NamedTuple):
    reasoning: str
    content: str


class Parting:
    """Feed it a text in pieces of any size: the parts joined do not depend on how it was cut.

    The reasoning is what stands in `<think>…</think>` at the beginning; line breaks around the
    tags belong to neither.
    """

    def __init__(self) -> None:
        self._held = ""
        self._is_open: bool | None = None
        self._at_start = False
        self._content_began = False

    def feed(self, text: str) -> Part:
        self._held += text
        reasoning = ""
        if self._is_open is None:
            self._see_beginning()
        if self._is_open:
            reasoning = self._read_reasoning()
        return Part(reasoning, self._read_content() if self._is_open is False else "")

    def finish(self) -> Part:
        """What was held back because more might have come."""
        held, self._held = self._held, ""
        if self._is_open:
            return Part(held.rstrip("\r\n"), "")
        return Part("", held if self._content_began else held.lstrip(_BLANK))

    def _see_beginning(self) -> None:
        begun = self._held.lstrip(_BLANK)
        if begun.startswith(OPEN_TAG):
            self._is_open = True
            self._held = begun[len(OPEN_TAG) :].lstrip("\r\n")
            self._at_start = not self._held
        elif begun and not OPEN_TAG.startswith(begun):
            self._is_open = False
            # A text that does not begin with a tag is an answer as it stands.
            self._content_began = True

    def _read_reasoning(self) -> str:
        if self._at_start:
            self._held = self._held.lstrip("\r\n")
            self._at_start = not self._held
        end = self._held.find(CLOSE_TAG)
        if end >= 0:
            said, self._held = self._held[:end], self._held[end + len(CLOSE_TAG) :]
            self._is_open = False
            return said.rstrip("\r\n")
        keep = partial_tag(self._held, CLOSE_TAG)
        said = self._held[: len(self._held) - keep]
        # Line breaks before the closing tag are dropped, so they wait for what follows.
        said = said.rstrip("\r\n")
        self._held = self._held[len(said) :]
        return said

    def _read_content(self) -> str:
        if not self._content_began:
            self._held = self._held.lstrip(_BLANK)
            self._content_began = bool(self._held)
        said, self._held = self._held, ""
        return said


def part(text: str) -> Part:
    """Of a whole text."""
    parting = Parting()
    first, last = parting.feed(text), parting.finish()
    return Part(first.reasoning + last.reasoning, first.content + last.content)
