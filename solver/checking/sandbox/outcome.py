"""What came of a run, and text from it that is safe to store and show."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, clear screen
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)"  # OSC, DCS and other strings: window titles, …
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
# C0 and C1 controls but tab and newline, marks that reorder text, and the byte order mark.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


class Verdict(StrEnum):
    """How a run ended; the words of programming contests."""

    OK = "OK"
    RUNTIME_ERROR = "RE"
    TIME_LIMIT = "TLE"
    MEMORY_LIMIT = "MLE"
    OUTPUT_LIMIT = "OLE"
    COMPILE_ERROR = "CE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run.

    stdout_bytes, stderr_bytes: as written, at most `Limits.output_bytes` each; to compare.
    time_s: by the clock, from the start of the program (of the compiler for a CE).
    memory_bytes: the most that was seen in use; 0 where nothing could be seen.
    exit_code: 128 + n when signal n ended it; None when it was stopped from outside.
    reason: one sentence when the verdict is not OK, else empty.
    """

    verdict: Verdict
    stdout_bytes: bytes = field(default=b"", repr=False)
    stderr_bytes: bytes = field(default=b"", repr=False)
    time_s: float = 0.0
    memory_bytes: int = 0
    exit_code: int | None = None
    reason: str = ""

    @property
    def stdout(self) -> str:
        """Text for people: see `shown`."""
        return shown(self.stdout_bytes)

    @property
    def stderr(self) -> str:
        """Text for people: see `shown`."""
        return shown(self.stderr_bytes)


def shown(output: bytes, most: int | None = None) -> str:
    """Text of a program's output for a database, a page or a terminal.

    Invalid UTF-8 becomes U+FFFD; terminal control sequences, control characters (so NUL too)
    and bidirectional marks go; line ends become newlines. Longer than `most` characters: cut, with
    a note of what is missing. Markup stays: escape it where it is shown, as any text.
    """
    text = output.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    if most is not None and len(text) > most:
        return f"{text[:most]}\n… ({len(text) - most} more characters)"
    return text
