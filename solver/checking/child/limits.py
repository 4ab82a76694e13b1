"""Limits of one forked worker: what it may use, and what it may never do.

Applied after the fork and before a byte of the request is read. The kernel enforces time and
memory; the audit hook shuts every road from text to code, so that a parser which hands a string
to `eval` (sympy's `sympify` and `parse_expr` do) gets an exception instead.
"""

import math
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PAGE_BYTES = resource.getpagesize()
_FORBIDDEN_PREFIXES = (
    "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "os.putenv", "os.kill", "subprocess.", "pty.", "shutil.", "socket.",
    "ctypes.", "code.__new__", "pickle.", "urllib.", "webbrowser.", "tempfile.",
)  # fmt: skip


class ForbiddenError(Exception):
    """The worker tried something that no verb may do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may use. `memory_bytes` is growth over the warm server's own size."""

    wall_s: float = 2.4
    cpu_s: float = 2.0
    memory_bytes: int = 320 * 1024 * 1024

    def __post_init__(self) -> None:
        if min(self.wall_s, self.cpu_s, self.memory_bytes) <= 0:
            raise ValueError("Every limit of a check must be above zero.")


def apply(limits: Limits) -> None:
    """Bind this process to `limits` for the rest of its life."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the kernel kills, even inside C code
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    _cap(resource.RLIMIT_CPU, math.ceil(limits.cpu_s))
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_CORE, 0)
    size = _address_space_bytes()
    if size is not None:
        _cap(resource.RLIMIT_AS, size + limits.memory_bytes)
    sys.addaudithook(_refuse)


def _cap(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (allowed, allowed))


def _address_space_bytes() -> int | None:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except OSError:
        return None  # no /proc (macOS): RLIMIT_AS would be ignored there as well
    return int(pages) * _PAGE_BYTES


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event == "compile":
        filename = args[1]
        # A module that is imported late compiles from its file; eval and exec of text do not.
        if not (isinstance(filename, str) and filename.endswith(".py")):
            raise ForbiddenError("text was about to be compiled as code")
    elif event == "open":
        mode = args[1]
        if isinstance(mode, str) and set(mode) & set("wax+"):
            raise ForbiddenError("a file was about to be written")
    elif event.startswith(_FORBIDDEN_PREFIXES):
        raise ForbiddenError(f"{event} is not allowed here")
