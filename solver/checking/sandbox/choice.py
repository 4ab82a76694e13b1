"""Which back end runs which language here: the first whose canaries all ended as they must."""

import platform
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import canaries
from .backend import Backend, BackendBroken, Program, Unusable
from .language import Language

_ASK_AGAIN_S = 60.0
_TIMED_RUNS = 9
_TITLES = {Language.PYTHON: "Python", Language.CPP: "C++"}


class SandboxUnavailable(Exception):
    """No back end may run this language here; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying a back end for a language showed: nothing, or why it is not used."""

    backend: Backend
    reason: str


class Choice:
    """Remembers what was tried. Thread-safe.

    A language is tried when it is first asked for, after `doubt`, by `report`, and, while
    nothing passes, again once a minute.
    """

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._backends = backends
        self._lock = threading.RLock()
        self._tried: dict[Language, list[Tried]] = {}
        self._tried_at: dict[Language, float] = {}

    def of(self, language: Language) -> Backend:
        """The back end in use; SandboxUnavailable when there is none."""
        with self._lock:
            at = self._tried_at.get(language)
            if at is None or (not self._passed(language) and time.monotonic() - at > _ASK_AGAIN_S):
                self._try(language, every=False)
            passed = self._passed(language)
            if passed is None:
                raise SandboxUnavailable(self._why_not(language))
            return passed

    def doubt(self, language: Language) -> None:
        """Something broke: try again before the next run."""
        with self._lock:
            self._tried_at.pop(language, None)

    def report(self, every: bool = False) -> dict[str, Any]:
        """Try now; what is used for each language and why not the others, ready for JSON.

        Stops at the first that passes, unless every back end is asked for.
        """
        with self._lock:
            for language in Language:
                self._try(language, every)
            return {
                "languages": {str(one): self._name_of_passed(one) for one in Language},
                "backends": [self._told(backend) for backend in self._backends],
            }

    def timed_report(self) -> dict[str, Any]:
        """A report on every back end with median times of a whole warm run, in milliseconds."""
        report = self.report(every=True)
        for told, backend in zip(report["backends"], self._backends, strict=True):
            for language, about in told["languages"].items():
                if about["usable"]:
                    about["median_ms"] = _median_ms(backend, Language(language))
        return report

    def _try(self, language: Language, every: bool) -> None:
        tried: list[Tried] = []
        for backend in self._backends:
            tried.append(Tried(backend, _reason_against(backend, language)))
            if not tried[-1].reason and not every:
                break
        self._tried[language], self._tried_at[language] = tried, time.monotonic()

    def _passed(self, language: Language) -> Backend | None:
        tried = self._tried.get(language, [])
        return next((one.backend for one in tried if not one.reason), None)

    def _name_of_passed(self, language: Language) -> str | None:
        passed = self._passed(language)
        return passed.name if passed else None

    def _why_not(self, language: Language) -> str:
        said = [f"{one.backend.name}: {one.reason}" for one in self._tried[language]]
        why = " ".join(said) or "Running code is switched off."
        return f"{_TITLES[language]} code is not run on this machine. {why}"

    def _told(self, backend: Backend) -> dict[str, Any]:
        return {
            "name": backend.name,
            "languages": {
                str(language): {"usable": not one.reason, "reason": one.reason}
                for language, tried in self._tried.items()
                for one in tried
                if one.backend is backend
            },
        }


def _reason_against(backend: Backend, language: Language) -> str:
    if platform.system() != "Linux":
        return "it needs Linux."
    try:
        missing = backend.support()[language]
        failed = [] if missing else canaries.sing(backend, language)
    except Unusable as error:
        return str(error)
    except OSError as error:
        return f"It could not be checked: {error}."
    return missing or " ".join(f"Its check failed ({one})." for one in failed)


def _median_ms(backend: Backend, language: Language) -> float | None:
    canary = canaries.hello(language)
    try:
        ready = backend.prepare(language, canary.source.encode(), canary.limits)
        if not isinstance(ready, Program):
            return None
        taken = []
        for _ in range(_TIMED_RUNS):
            began = time.perf_counter()
            backend.run(ready, canary.stdin.encode(), canary.limits)
            taken.append(time.perf_counter() - began)
    except BackendBroken:
        return None
    return round(statistics.median(taken) * 1000, 1)
