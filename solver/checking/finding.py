"""What a comparison found: one of three verdicts and the reason in a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Equality(StrEnum):
    """The verdicts of a comparison. `CANNOT_TELL` is an honest answer, never a failure."""

    EQUAL = "equal"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and why."""

    verdict: Equality
    reason: str

    @property
    def is_equal(self) -> bool:
        return self.verdict is Equality.EQUAL

    @property
    def is_different(self) -> bool:
        return self.verdict is Equality.DIFFERENT


def equal(reason: str) -> Finding:
    """The two are the same answer."""
    return Finding(Equality.EQUAL, reason)


def different(reason: str) -> Finding:
    """The two are not the same answer."""
    return Finding(Equality.DIFFERENT, reason)


def cannot_tell(reason: str) -> Finding:
    """Nothing is claimed."""
    return Finding(Equality.CANNOT_TELL, reason)


def all_equal(findings: Iterable[Finding], reason: str) -> Finding:
    """Equal when every one is; different when any one is; else the first doubt."""
    doubt: Finding | None = None
    for finding in findings:
        if finding.is_different:
            return finding
        if not finding.is_equal:
            doubt = doubt or finding
    return doubt or equal(reason)


def agreed(findings: Iterable[Finding]) -> Finding:
    """One verdict for several readings of the same texts: theirs if it is the same, else none."""
    found = list(findings)
    if len({finding.verdict for finding in found}) == 1:
        return found[0]
    return cannot_tell("the answer can be read in two ways, and they do not agree")
