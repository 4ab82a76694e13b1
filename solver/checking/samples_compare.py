"""Whether a program's output is the expected one: exactly, by tokens, or within a tolerance."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?")
_NUMBER_BYTES = 400


class Comparison(StrEnum):
    """EXACT: byte for byte, but for CR LF and newlines at the very end.

    TOKENS: the same words, however they are spaced. TOLERANCE: as tokens, and numbers may differ.
    """

    EXACT = "exact"
    TOKENS = "tokens"
    TOLERANCE = "tolerance"


@dataclass(frozen=True, slots=True)
class Matcher:
    """How outputs are compared. `tolerance` is absolute or relative, whichever is kinder."""

    comparison: Comparison = Comparison.TOKENS
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance < 1:
            raise ValueError("the tolerance must be at least 0 and below 1")

    def matches(self, got: bytes, expected: bytes) -> bool:
        if self.comparison is Comparison.EXACT:
            return _exact(got) == _exact(expected)
        if self.comparison is Comparison.TOKENS:
            return got.split() == expected.split()
        ours, theirs = got.split(), expected.split()
        return len(ours) == len(theirs) and all(map(self._close, ours, theirs))

    def _close(self, got: bytes, expected: bytes) -> bool:
        if got == expected:
            return True
        a, b = _number(got), _number(expected)
        if a is None or b is None:
            return False
        return math.isclose(a, b, rel_tol=self.tolerance, abs_tol=self.tolerance)


def _exact(output: bytes) -> bytes:
    return output.replace(b"\r\n", b"\n").rstrip(b"\n")


def _number(token: bytes) -> float | None:
    """A finite number in plain or e-notation; not the words that Python's float takes too."""
    if len(token) > _NUMBER_BYTES or not _NUMBER.fullmatch(token):
        return None
    value = float(token)
    return value if math.isfinite(value) else None
