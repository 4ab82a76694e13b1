"""What the sandbox asks of a back end, and how a back end says no."""

from dataclasses import dataclass
from typing import Protocol

from .language import Language
from .limits import Limits
from .outcome import Outcome


@dataclass(frozen=True, slots=True)
class Program:
    """Something ready to be run many times: `code` is source text, or a compiled binary."""

    language: Language
    code: bytes


class Backend(Protocol):
    """One way to box a program. Thread-safe; every call blocks until its box is gone."""

    name: str

    def support(self) -> dict[Language, str]:
        """Each language, with nothing or with why it cannot be run here.

        Raises Unusable when the back end can run nothing at all.
        """

    def prepare(self, language: Language, source: bytes, limits: Limits) -> Program | Outcome:
        """A program to run, or the outcome (CE) that says why there is none."""

    def run(self, program: Program, stdin: bytes, limits: Limits) -> Outcome:
        """Run it once; BackendBroken when the box itself failed."""


class BackendBroken(Exception):
    """The box itself failed, so nothing is known about the program; the text says how."""


class Unusable(BackendBroken):
    """This back end cannot work here; the text says why and what to do."""
