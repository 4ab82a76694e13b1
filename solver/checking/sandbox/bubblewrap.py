"""Programs in a bubblewrap box: new namespaces, a read-only root made of what they need, no /proc.

bwrap starts with an empty environment and as a dedicated uid when we are root. It sets the box up
and then waits for its seccomp filter, which goes through a pipe when the supervisor is ready. A
server that dies before that leaves an empty filter, which bwrap refuses.
"""

import contextlib
import math
import os
import resource
import select
import shutil
import signal
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import runtime, seccomp
from .backend import BackendBroken, Program, Unusable
from .identity import identity, is_root
from .language import Language
from .limits import MIB, Limits
from .outcome import Outcome, Verdict
from .pipes import memory_file
from .runtime import Runtime
from .supervise import Supervisor
from .usage import Usage, usage_of

_TMP = "/tmp"  # noqa: S108 - of the box
_NOBODY = "65534"
_ALONE = (
    "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
    "--unshare-cgroup-try", "--die-with-parent", "--new-session",
    "--as-pid-1", "--uid", _NOBODY, "--gid", _NOBODY, "--cap-drop", "ALL", "--hostname", "box",
)  # fmt: skip
# A second wall beside the seccomp filter, where a container leaves /proc/sys writable.
_READ_ONLY_SETTINGS = bool(os.statvfs("/proc/sys").f_flag & os.ST_RDONLY)
_NO_NAMESPACES = () if _READ_ONLY_SETTINGS else ("--disable-userns",)
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": _TMP, "TMPDIR": _TMP, "LANG": "C.UTF-8"}
_ADDRESS_SPACE_SLACK = 1024 * MIB  # stacks and arenas that are reserved and not used
_OPEN_FILES = 64
_OWN_PROCESSES = 2  # bwrap outside and the shell inside; both are of the box's user
# PID 1 of the box: a shell that waits for the program and passes its end on. bwrap's own stays
# behind as a zombie, since its parent goes first; as PID 1 a program would not feel signals.
# The shell's remarks about signals are no output of the program.
_INIT = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?'
_SHELL, _PRLIMIT = "/box/sh", "/box/prlimit"
_STACK_BYTES = {Language.PYTHON: 8 * MIB, Language.CPP: 64 * MIB}
_GONE_S = 10.0
_PLACE = {Language.PYTHON: "/box/main.py", Language.CPP: "/box/main"}
_COMPILE = (
    "g++ -std=c++20 -O2 -pipe -pthread -fdiagnostics-color=never -fmax-errors=20 "
    f"-o {_TMP}/main -x c++ /box/main.cpp && exec cat {_TMP}/main"
)
_NO_PYTHON = "no Python that its user can read (Debian and Ubuntu: apt-get install python3)."
_NO_COMPILER = "g++ is missing (Debian and Ubuntu: apt-get install g++)."
_COMPILER_BYTES = 1024 * MIB
_BINARY_BYTES = 48 * MIB


@dataclass(frozen=True, slots=True)
class _Job:
    """One command in one box; `content` lies at `place` in there."""

    needs: Runtime
    place: str
    content: bytes
    stdin: bytes
    limits: Limits
    stack_bytes: int


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
        return self._run(_Job(needs, place, program.code, stdin, limits, stack))

    def _compile(self, source: bytes, limits: Limits) -> Program | Outcome:
        """Compile in a box of its own; the binary comes out through the pipe, as any output."""
        needs = _needed(runtime.compiler(), _NO_COMPILER)
        needs = replace(needs, command=(_SHELL, "-c", _COMPILE))
        allowed = Limits(
            wall_s=limits.compile_s,
            memory_bytes=_COMPILER_BYTES,
            output_bytes=_BINARY_BYTES,
            tmp_bytes=2 * _BINARY_BYTES,
        )
        stack = _STACK_BYTES[Language.CPP]
        done = self._run(_Job(needs, "/box/main.cpp", source, b"", allowed, stack))
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

    def _run(self, job: _Job) -> Outcome:
        return Supervisor(_Box(self._bwrap(), job), job.limits, job.stdin).run()

    def _bwrap(self) -> str:
        found = shutil.which("bwrap", path=self._search)
        if found is None:
            raise Unusable("bubblewrap is missing (Debian and Ubuntu: apt-get install bubblewrap).")
        return found


class _Box:
    """One bwrap process, its box, and what of it must be closed."""

    def __init__(self, bwrap: str, job: _Job) -> None:
        self._job = job
        self._first: int | None = None  # a handle on the box's first process, PID 1 in there
        self._first_pid = 0
        status, status_in = os.pipe()
        filter_out, self._gate = os.pipe()
        given = memory_file(job.content)
        fds = {"status": status_in, "filter": filter_out, "given": given}
        try:
            self.process = subprocess.Popen(
                [bwrap, *_arguments(job, fds)],
                stdin=subprocess.PIPE if job.stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={},
                cwd="/",
                umask=0o077,
                pass_fds=tuple(fds.values()),
                start_new_session=True,
                **identity(),
            )
        except BaseException as error:
            os.close(status)
            os.close(self._gate)
            if isinstance(error, OSError):
                raise BackendBroken(f"bwrap does not start: {error}") from None
            raise
        finally:
            for fd in fds.values():
                os.close(fd)
        self.status_fd = status

    def release(self, ready: dict[str, Any]) -> None:
        pid = int(ready["child-pid"])
        self._first, self._first_pid = os.pidfd_open(pid), pid
        if is_root(pid):
            raise PermissionError("it would run as root")
        with contextlib.suppress(OSError):  # a wish: the kernel should end boxes before us
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
        os.write(self._gate, seccomp.program())
        self._close_gate()

    def usage(self) -> Usage:
        limits = self._job.limits
        return usage_of(self._first_pid, limits.memory_bytes, _TMP, limits.tmp_bytes)

    def peak_bytes(self) -> int:
        return 0

    def ran_out_of_memory(self) -> bool:
        return False

    def kill(self) -> None:
        """A PID namespace ends with its first process: when that is gone, so is all of the box."""
        self._close_gate()
        if self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            gone = select.select([self._first], [], [], _GONE_S)[0]
            os.close(self._first)
            self._first = None
            if not gone:
                raise BackendBroken("processes of a box did not end when killed")
        else:
            self.process.kill()
        try:
            self.process.wait(_GONE_S)  # it reaps the box's first process and tells how it ended
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _close_gate(self) -> None:
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1


def _arguments(job: _Job, fds: dict[str, int]) -> list[str]:
    """bwrap's command line. Its options act in this order."""
    needs, tmp = job.needs, str(job.limits.tmp_bytes)
    arguments = [*_ALONE, *_NO_NAMESPACES]
    arguments += ["--json-status-fd", str(fds["status"]), "--seccomp", str(fds["filter"])]
    for name, value in _ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    for path in needs.shown:
        arguments += ["--ro-bind", path, path]
    arguments += ["--ro-bind", runtime.tool("sh"), _SHELL]
    arguments += ["--ro-bind", runtime.tool("prlimit"), _PRLIMIT]
    for folder in needs.hidden:
        arguments += ["--tmpfs", folder, "--remount-ro", folder]
    for target, place in runtime.links():
        arguments += ["--symlink", target, place]
    for device in needs.devices:
        arguments += ["--dev-bind", device, device]
    arguments += ["--perms", "0555", "--file", str(fds["given"]), job.place]
    arguments += ["--size", tmp, "--perms", "1777", "--tmpfs", _TMP, "--symlink", _TMP, "/dev/shm"]  # noqa: S108
    return [*arguments, "--remount-ro", "/", "--chdir", _TMP, "--", *_limited(job)]


def _limited(job: _Job) -> list[str]:
    """The command under limits per process, for the kernel to hold even when nobody looks.

    Set by prlimit inside the box: processes are counted per user namespace, and from outside
    setting them on another uid takes a capability that containers lack.
    """
    limits = job.limits
    cpu_s = math.ceil(limits.processor_s)
    wanted = {
        "data": (resource.RLIMIT_DATA, limits.memory_bytes),
        "as": (resource.RLIMIT_AS, limits.memory_bytes + _ADDRESS_SPACE_SLACK),
        "stack": (resource.RLIMIT_STACK, job.stack_bytes),
        "fsize": (resource.RLIMIT_FSIZE, limits.tmp_bytes),
        "nproc": (resource.RLIMIT_NPROC, max(limits.processes - 1, _OWN_PROCESSES)),
        "nofile": (resource.RLIMIT_NOFILE, _OPEN_FILES),
        "core": (resource.RLIMIT_CORE, 0),
        "memlock": (resource.RLIMIT_MEMLOCK, 0),
        "msgqueue": (resource.RLIMIT_MSGQUEUE, 0),
        "cpu": (resource.RLIMIT_CPU, cpu_s + 1),
    }
    options = []
    for name, (which, most) in wanted.items():
        ours = resource.getrlimit(which)[1]  # nobody may go above the limits that we are under
        hard = most if ours == resource.RLIM_INFINITY else min(most, ours)
        soft = min(cpu_s, hard) if name == "cpu" else hard  # first a signal, then the end
        options.append(f"--{name}={soft}:{hard}")
    return [_SHELL, "-c", _INIT, "sh", _PRLIMIT, *options, "--", *job.needs.command]


def _needed(found: Runtime | None, missing: str) -> Runtime:
    if found is None:
        raise BackendBroken(missing)
    return found
