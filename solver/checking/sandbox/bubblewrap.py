"""The back end that runs programs in bubblewrap boxes."""

import shutil
from dataclasses import replace

from . import runtime, seccomp
from .backend import BackendBroken, Program, Unusable
from .box import SHELL, TMP, Box, Job
from .language import Language
from .limits import MIB, Limits
from .outcome import Outcome, Verdict
from .runtime import Runtime
from .supervise import Supervisor

_STACK_BYTES = {Language.PYTHON: 8 * MIB, Language.CPP: 64 * MIB}
_PLACE = {Language.PYTHON: "/box/main.py", Language.CPP: "/box/main"}
_COMPILE = (
    "g++ -std=c++20 -O2 -pipe -pthread -fdiagnostics-color=never -fmax-errors=20 "
    f"-o {TMP}/main -x c++ /box/main.cpp && exec cat {TMP}/main"
)
_NO_PYTHON = "no Python that its user can read (Debian and Ubuntu: apt-get install python3)."
_NO_COMPILER = "g++ is missing (Debian and Ubuntu: apt-get install g++)."
_COMPILER_BYTES = 1024 * MIB
_BINARY_BYTES = 48 * MIB


class Bubblewrap:
    """The back end for Python and C++ where user namespaces may be made."""

    name = "bubblewrap"

    def __init__(self, search: str = "/usr/bin:/usr/local/bin:/bin") -> None:
        """`search` is where bwrap may lie; the caller's PATH is not trusted."""
        self._search = search

    def support(self) -> dict[Language, str]:
        self._bwrap()
        for tool in ("sh", "prlimit"):
            runtime.tool(tool)
        try:
            seccomp.program()
        except OSError as error:
            raise Unusable(f"{error}.") from None
        return {
            Language.PYTHON: "" if runtime.python() else _NO_PYTHON,
            Language.CPP: "" if runtime.compiler() else _NO_COMPILER,
        }

    def prepare(self, language: Language, source: bytes, limits: Limits) -> Program | Outcome:
        if language is Language.PYTHON:
            return Program(language, source)
        return self._compile(source, limits)

    def run(self, program: Program, stdin: bytes, limits: Limits) -> Outcome:
        place = _PLACE[program.language]
        if program.language is Language.PYTHON:
            needs = _needed(runtime.python(), _NO_PYTHON)
            needs = replace(needs, command=(*needs.command, place))
        else:
            needs = Runtime((place,), runtime.libraries())
        stack = _STACK_BYTES[program.language]
        return self._run(Job(needs, place, program.code, stdin, limits, stack))

    def _compile(self, source: bytes, limits: Limits) -> Program | Outcome:
        """Compile in a box of its own; the binary comes out through the pipe, as any output."""
        needs = _needed(runtime.compiler(), _NO_COMPILER)
        needs = replace(needs, command=(SHELL, "-c", _COMPILE))
        allowed = Limits(
            wall_s=limits.compile_s,
            memory_bytes=_COMPILER_BYTES,
            output_bytes=_BINARY_BYTES,
            tmp_bytes=2 * _BINARY_BYTES,
        )
        stack = _STACK_BYTES[Language.CPP]
        done = self._run(Job(needs, "/box/main.cpp", source, b"", allowed, stack))
        if done.verdict is Verdict.OK and done.stdout_bytes:
            return Program(Language.CPP, done.stdout_bytes)
        limited = done.verdict not in (Verdict.OK, Verdict.RUNTIME_ERROR)
        reason = f"Compiling was stopped. {done.reason}" if limited else "It does not compile."
        return replace(
            done,
            verdict=Verdict.COMPILE_ERROR,
            stdout_bytes=b"",
            stderr_bytes=done.stderr_bytes or reason.encode(),
            reason=reason,
        )

    def _run(self, job: Job) -> Outcome:
        bwrap = self._bwrap()
        try:
            box = Box(bwrap, job)
        except OSError as error:  # no more files or processes to be had
            raise BackendBroken(f"a box cannot be made: {error}") from None
        return Supervisor(box, job.limits, job.stdin).run()

    def _bwrap(self) -> str:
        found = shutil.which("bwrap", path=self._search)
        if found is None:
            raise Unusable("bubblewrap is missing (Debian and Ubuntu: apt-get install bubblewrap).")
        return found


def _needed(found: Runtime | None, missing: str) -> Runtime:
    if found is None:
        raise BackendBroken(missing)
    return found
