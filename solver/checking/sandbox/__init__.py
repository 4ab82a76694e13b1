"""Runs programs that nobody vouches for, and says how they ended. See docs/sandbox.md."""

from .backend import Program
from .choice import SandboxUnavailable
from .language import Language, language_of
from .limits import MIB, Limits, parse
from .outcome import Outcome, Verdict, shown
from .sandbox import BACKENDS, MAX_SOURCE_BYTES, MAX_STDIN_BYTES, Run, Sandbox

__all__ = [
    "BACKENDS",
    "MAX_SOURCE_BYTES",
    "MAX_STDIN_BYTES",
    "MIB",
    "Language",
    "Limits",
    "Outcome",
    "Program",
    "Run",
    "Sandbox",
    "SandboxUnavailable",
    "Verdict",
    "language_of",
    "parse",
    "shown",
]
