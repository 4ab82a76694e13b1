"""Small attacks with a known end: a back end that lets one through is not used."""

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .backend import Backend, BackendBroken, Program
from .language import Language
from .limits import MIB, Limits
from .outcome import Outcome, Verdict

_AT_ONCE = 4
_SHORT = Limits(wall_s=20, compile_s=30)
# Prints a line for each thing that is possible and should not be, then "done".
_NAMES_IN_A_BOX = {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PWD", "OLDPWD", "SHLVL", "_"}
_WALLS = """
import os, socket, sys

def attempt(what, act, *given):
    try:
        if act(*given) is not False:
            print("possible:", what)
    except (Exception, SystemExit):
        pass

def write(path):
    open(path, "w").write("x")

def connect():
    socket.create_connection(("127.0.0.1", {port}), 2)

def exists(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True

for path in ({secret!r}, "/etc/passwd", "/etc/hostname", "/proc/1/environ", "/sys/kernel"):
    attempt("read " + path, lambda: os.listdir(path) if os.path.isdir(path) else open(path).read(1))
for path in ({secret!r}, "/usr/canary", "/etc/canary", "/box/canary", "/canary", "/dev/canary"):
    attempt("write " + path, write, path)
attempt("connect to the host", connect)
attempt("open a vsock", lambda: socket.socket(40, socket.SOCK_STREAM))
attempt("be root", lambda: os.getuid() == 0 or os.geteuid() == 0)
attempt("become root", lambda: os.setuid(0))
attempt("see the host's environment", lambda: {name!r} in os.environ)

try:
    import ctypes
except ImportError:
    ctypes = None
if ctypes:
    libc = ctypes.CDLL(None)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    attempt("see inherited descriptors", lambda: any(map(exists, range(3, 64))))
    attempt("hold capabilities", lambda: libc.capget(header, sets) != 0 or any(sets))
    attempt("gain privileges by exec", lambda: libc.prctl(39, 0, 0, 0, 0) != 1)
    attempt("make a user namespace", lambda: libc.unshare(0x10000000) == 0)
    attempt("mount", lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0)
    attempt("use keyrings", lambda: libc.syscall({keyctl}, 0, -3, 0) != -1)
    attempt("trace its parent", lambda: libc.ptrace(16, os.getppid(), 0, 0) == 0)
print("done")
"""
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_HELLO = {
    Language.PYTHON: "print(int(input()) + 1)\n",
    Language.CPP: (
        '#include <cstdio>\nint main() { int a; if (scanf("%d", &a) != 1) return 3; '
        'printf("%d\\n", a + 1); }'
    ),
}


@dataclass(frozen=True, slots=True)
class Canary:
    """One program and what must come of it."""

    name: str
    language: Language
    source: str
    as_expected: Callable[[Outcome], bool]
    limits: Limits = _SHORT
    stdin: str = ""


def hello(language: Language) -> Canary:
    """A program that only proves that programs run; for timing, too."""
    return Canary(
        "hello", language, _HELLO[language], lambda end: end.stdout == "42\n", stdin="41\n"
    )


def sing(backend: Backend, language: Language) -> list[str]:
    """Names of the canaries of this language that did not end as they must; empty is good."""
    with ExitStack() as stack:
        cages = stack.enter_context(_canaries(language))
        pool = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
        return [said for said in pool.map(lambda canary: _tried(backend, canary), cages) if said]


def run(backend: Backend, canary: Canary) -> Outcome:
    ready = backend.prepare(canary.language, canary.source.encode(), canary.limits)
    if not isinstance(ready, Program):
        return ready
    return backend.run(ready, canary.stdin.encode(), canary.limits)


def _tried(backend: Backend, canary: Canary) -> str:
    try:
        end = run(backend, canary)
    except BackendBroken as error:
        return f"{canary.name}: {error}"
    if canary.as_expected(end):
        return ""
    said = " ".join((end.stdout or end.stderr).split())[:300]
    return f"{canary.name}: {end.verdict} {said}".strip()


@contextmanager
def _canaries(language: Language) -> Iterator[list[Canary]]:
    """The canaries, and for as long a host that has something to steal."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # anybody may read it, so that only the box hides it
        secret = folder / "secret"
        secret.write_text("secret")
        secret.chmod(0o666)
        if language is Language.CPP:
            source = f'#include "{secret}"\nint main(){{}}'
            refused = Canary("include", language, source, _is(Verdict.COMPILE_ERROR))
            yield [hello(language), refused]
            return
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        walls = _WALLS.format(
            secret=str(secret),
            port=listener.getsockname()[1],
            name=_name_of_the_host(),
            keyctl=_KEYCTL.get(os.uname().machine, 0),
        )
        yield _for_python(walls)


def _name_of_the_host() -> str:
    """A variable that only the host has: the box and its shell set a few names themselves."""
    return next((name for name in os.environ if name not in _NAMES_IN_A_BOX), "SECRET_KEY")


def _for_python(walls: str) -> list[Canary]:
    python = Language.PYTHON
    return [
        hello(python),
        Canary("walls", python, walls, lambda end: end.stdout == "done\n"),
        Canary(
            "sleeper",
            python,
            "import time\ntime.sleep(600)",
            _is(Verdict.TIME_LIMIT),
            Limits(wall_s=0.3),
        ),
        Canary(
            "memory",
            python,
            "held = []\nwhile True: held.append(bytearray(1 << 20))",
            _is(Verdict.MEMORY_LIMIT, Verdict.RUNTIME_ERROR),
            Limits(wall_s=20, memory_bytes=64 * MIB),
        ),
        Canary(
            "flood",
            python,
            "while True: print('flood' * 1000)",
            _is(Verdict.OUTPUT_LIMIT),
            Limits(wall_s=20, output_bytes=100_000),
        ),
    ]


def _is(*verdicts: Verdict) -> Callable[[Outcome], bool]:
    return lambda end: end.verdict in verdicts
