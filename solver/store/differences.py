"""What changed between two prompts, word by word: prompts are paragraphs, not programs."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind` is same, added or removed."""

    kind: str
    text: str


def pieces(old: str, new: str) -> list[Piece]:
    """Joined without the added ones they are `old`, without the removed ones `new`."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    found: list[Piece] = []
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(before[a_from:a_to])))
            continue
        if a_to > a_from:
            found.append(Piece("removed", "".join(before[a_from:a_to])))
        if b_to > b_from:
            found.append(Piece("added", "".join(after[b_from:b_to])))
    return found
