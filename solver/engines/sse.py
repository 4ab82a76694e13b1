"""Server-sent events, and the pieces of text in an OpenAI-compatible stream.

Formats: the HTML standard's "Server-sent events"; OpenAI's chat completion chunks; reasoning in
`reasoning_content` (SGLang, llama.cpp, DeepSeek, older vLLM) or `reasoning` (vLLM, OpenRouter).
"""

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

DONE = "[DONE]"
# Only these end a line; str.splitlines would cut JSON at U+2028 and its like.
LINE_END = re.compile(r"\r\n|\n|\r")
MAX_EVENT_CHARACTERS = 4 * 2**20
THINK_OPEN = "<think>\n"
THINK_CLOSE = "\n</think>\n\n"


class Malformed(ValueError):
    """The server sent something that is no event of a chat completion."""


class EventParser:
    """Bytes in, `data` of whole events out. One parser for one response."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._rest = ""
        self._data: list[str] = []

    def feed(self, received: bytes) -> list[str]:
        """Events completed by these bytes. Raises Malformed when one grows without end."""
        text = self._rest + self._decode(received)
        # A "\r" at the very end may be half of "\r\n".
        held = text.endswith("\r")
        lines = LINE_END.split(text[:-1] if held else text)
        self._rest = lines.pop() + ("\r" if held else "")
        if len(self._rest) + sum(map(len, self._data)) > MAX_EVENT_CHARACTERS:
            raise Malformed("an event without an end")
        return [event for event in map(self._line, lines) if event is not None]

    def _line(self, line: str) -> str | None:
        if not line:
            event = "\n".join(self._data)
            self._data = []
            return event or None
        field, _, value = line.partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
        return None


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event said. error: the server's own words for its failure."""

    text: str = ""
    has_token: bool = False
    finish: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: str = ""

    def with_what_is_known(self, later: "Piece") -> "Piece":
        """Finish and usage so far, with those of a later piece; no text."""
        return Piece(
            finish=later.finish or self.finish,
            prompt_tokens=later.prompt_tokens or self.prompt_tokens,
            completion_tokens=later.completion_tokens or self.completion_tokens,
        )


class PieceReader:
    """Events to pieces, with reasoning fields wrapped into <think>…</think>."""

    def __init__(self) -> None:
        self._is_thinking = False

    def read(self, event: str) -> Piece:
        """Raises Malformed."""
        try:
            content = json.loads(event)
        except ValueError as error:
            raise Malformed(f"{event[:80]!r} is not JSON") from error
        if not isinstance(content, dict):
            raise Malformed(f"{event[:80]!r} is not an object")
        if content.get("error"):
            return Piece(error=error_text(content))
        return self._piece(content)

    def _piece(self, content: dict[str, Any]) -> Piece:
        usage = content.get("usage") or {}
        choices = content.get("choices")
        if not isinstance(choices, list) or not isinstance(usage, dict):
            raise Malformed(f"{json.dumps(content)[:80]!r} has no choices")
        text, finish, has_token = "", None, False
        if choices:
            if not isinstance(choices[0], dict):
                raise Malformed("a choice is not an object")
            delta = choices[0].get("delta") or choices[0].get("message") or {}
            text, has_token = self._text(delta)
            finish = choices[0].get("finish_reason")
        return Piece(
            text, has_token, finish, usage.get("prompt_tokens"), usage.get("completion_tokens")
        )

    def _text(self, delta: Any) -> tuple[str, bool]:
        if not isinstance(delta, dict):
            raise Malformed("a delta is not an object")
        thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
        said = delta.get("content") or ""
        if not isinstance(thought, str) or not isinstance(said, str):
            raise Malformed("a delta's text is not a string")
        text = ""
        if thought:
            text += thought if self._is_thinking else THINK_OPEN + thought
            self._is_thinking = True
        if said:
            text += THINK_CLOSE + said if self._is_thinking else said
            self._is_thinking = False
        return text, bool(thought or said)


def error_text(content: Any) -> str:
    """The sentence in an error body of any of the servers' shapes."""
    error = content
    while isinstance(error, dict):
        error = error.get("error") or error.get("message") or error.get("detail") or str(error)
    return str(error)[:500]
