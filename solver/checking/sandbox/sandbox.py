"""The one front door: runs untrusted programs in a back end that proved itself here."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .backend import Backend, BackendBroken, Program
from .bubblewrap import Bubblewrap
from .choice import Choice, SandboxUnavailable
from .language import Language, language_of
from .limits import MIB, Limits
from .outcome import Outcome
from .wasm import Wasm

BACKENDS = ("auto", "bubblewrap", "wasm", "none")
MAX_SOURCE_BYTES = 1 * MIB
MAX_STDIN_BYTES = 50 * MIB

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Run:
    """One program to run: a language by any usual name, source, standard input, limits."""

    language: str
    source: str
    stdin: str | bytes = ""
    limits: Limits = field(default_factory=Limits)


class Sandbox:
    """Runs programs, or says why it does not. Thread-safe; make one per process.

    A box dies with the thread that started it, and every call blocks until its box is gone: from
    async code, call it in a thread. `cache` is a folder that only we may write, for the compiled
    WebAssembly interpreter. `backend` is one of BACKENDS; `auto` prefers bubblewrap. At most
    `at_once` boxes stand at the same time, the other calls wait; 0 is one for each core, since
    programs that share one reach their time limits for no fault of their own.
    """

    def __init__(
        self,
        cache: Path,
        backend: str = "auto",
        backends: Sequence[Backend] | None = None,
        at_once: int = 0,
    ) -> None:
        if backend not in BACKENDS:
            raise ValueError(f"unknown back end {backend!r}: known are {', '.join(BACKENDS)}")
        every = (Bubblewrap(), Wasm(cache)) if backends is None else backends
        self._turns = threading.BoundedSemaphore(at_once or os.cpu_count() or 1)
        self._choice = Choice([one for one in every if backend in ("auto", one.name)])

    def run(self, run: Run) -> Outcome:
        """Compile if the language needs it, run, and say how it ended.

        Raises ValueError for an unknown language and for too large a source or input, and
        SandboxUnavailable when no back end may run it here.
        """
        ready = self.prepare(run.language, run.source, run.limits)
        if isinstance(ready, Outcome):
            return ready
        return self.run_prepared(ready, run.stdin, run.limits)

    def prepare(self, language: str, source: str, limits: Limits) -> Program | Outcome:
        """A program to run many times, or the outcome (CE) that says why it does not compile."""
        known = language_of(language)
        encoded = source.encode("utf-8", "surrogatepass")
        if len(encoded) > MAX_SOURCE_BYTES:
            raise ValueError(f"the source is larger than {MAX_SOURCE_BYTES // MIB} MiB")
        return self._surely(known, lambda backend: backend.prepare(known, encoded, limits))

    def run_prepared(self, program: Program, stdin: str | bytes, limits: Limits) -> Outcome:
        """Run a prepared program once; raises as `run` does."""
        given = stdin.encode("utf-8", "surrogatepass") if isinstance(stdin, str) else stdin
        if len(given) > MAX_STDIN_BYTES:
            raise ValueError(f"the input is larger than {MAX_STDIN_BYTES // MIB} MiB")
        return self._surely(program.language, lambda one: one.run(program, given, limits))

    def check(self) -> dict[str, Any]:
        """Try the back ends' canaries again; what is used for each language, and why."""
        return self._choice.report()

    def health(self) -> dict[str, Any]:
        """As `check`, of every back end, with median times of a warm run. Takes some seconds."""
        return self._choice.timed_report()

    def _surely(self, language: Language, act: Callable[[Backend], _Made]) -> _Made:
        """When a box broke, prove the back ends again and try once more, maybe in another."""
        try:
            return self._in_turn(act, self._choice.of(language))
        except BackendBroken:
            self._choice.doubt(language)
        try:
            return self._in_turn(act, self._choice.of(language))
        except BackendBroken as error:
            raise SandboxUnavailable(f"The sandbox broke twice: {error}") from error

    def _in_turn(self, act: Callable[[Backend], _Made], backend: Backend) -> _Made:
        with self._turns:
            return act(backend)
