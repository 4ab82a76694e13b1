"""Where in a JSON text a value stands, so that a complaint can name the line."""

import json
import re
from collections.abc import Sequence

_BLANK = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) where the value at `path` begins, or where its nearest parent does.

    The text must be valid JSON.
    """
    at = _skip(text, 0)
    for part in path:
        found = _child(text, at, part)
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1


def _child(text: str, at: int, part: str | int) -> int | None:
    opening = text[at]
    if opening not in "{[":
        return None
    at = _skip(text, at + 1)
    index = 0
    while text[at] not in "}]":
        name: str | int = index
        if opening == "{":
            name, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # past the colon
        if name == part:
            return at
        _, at = _decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    return None


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
