"""One bubblewrap box: new namespaces, a read-only root made of what a program needs, no /proc.

bwrap starts with an empty environment and as a dedicated uid when we are root. It sets the box up
and then waits for its seccomp filter, which goes through a pipe when the supervisor is ready. A
server that dies before that leaves an empty filter, which bwrap refuses.
"""

import contextlib
import math
import os
import resource
import select
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import cgroup, runtime, seccomp
from .backend import BackendBroken
from .identity import identity, is_root
from .limits import MIB, Limits
from .pipes import memory_file
from .runtime import Runtime
from .usage import Usage, usage_of

TMP = "/tmp"  # noqa: S108 - of the box
_NOBODY = "65534"
_ALONE = (
    "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
    "--unshare-cgroup-try", "--die-with-parent", "--new-session",
    "--as-pid-1", "--uid", _NOBODY, "--gid", _NOBODY, "--cap-drop", "ALL", "--hostname", "box",
)  # fmt: skip
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": TMP, "TMPDIR": TMP, "LANG": "C.UTF-8"}
_ADDRESS_SPACE_SLACK = 1024 * MIB  # stacks and arenas that are reserved and not used
_OPEN_FILES = 64
_OWN_PROCESSES = 2  # bwrap outside and the shell inside; both are of the box's user
# PID 1 of the box: a shell that waits for the program and passes its end on. bwrap's own stays
# behind as a zombie, since its parent goes first; as PID 1 a program would not feel signals.
# The shell's remarks about signals are no output of the program.
_INIT = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?'
SHELL, _PRLIMIT = "/box/sh", "/box/prlimit"
_GONE_S = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """One command in one box; `content` lies at `place` in there."""

    needs: Runtime
    place: str
    content: bytes
    stdin: bytes
    limits: Limits
    stack_bytes: int


class Box:
    """One bwrap process, its box, and what of it must be closed."""

    def __init__(self, bwrap: str, job: Job) -> None:
        self._job = job
        self._first: int | None = None  # a handle on the box's first process, PID 1 in there
        self._first_pid = 0
        self._group: cgroup.Group | None = None
        self._peak_bytes, self._ran_out = 0, False
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
        except OSError as error:
            os.close(status)
            os.close(self._gate)
            raise BackendBroken(f"bwrap does not start: {error}") from None
        finally:
            for fd in fds.values():
                os.close(fd)
        self.status_fd = status

    def release(self, ready: dict[str, Any]) -> None:
        pid = int(ready["child-pid"])
        self._first, self._first_pid = os.pidfd_open(pid), pid
        if is_root(pid):
            raise PermissionError("it would run as root")
        self._count(pid)
        with contextlib.suppress(OSError):  # a wish: the kernel should end boxes before us
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
        os.write(self._gate, seccomp.program())
        self._close_gate()

    def usage(self) -> Usage:
        limits = self._job.limits
        return usage_of(self._first_pid, limits.memory_bytes, TMP, limits.tmp_bytes)

    def peak_bytes(self) -> int:
        return self._peak_bytes

    def ran_out_of_memory(self) -> bool:
        return self._ran_out

    def kill(self) -> None:
        """A PID namespace ends with its first process: when that is gone, so is all of the box."""
        self._close_gate()
        if self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            gone = _wait(self._first)
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
        if self._group is not None:
            self._peak_bytes, self._ran_out = self._group.peak_bytes(), self._group.ran_out()
            self._group.remove()
            self._group = None

    def _count(self, pid: int) -> None:
        """Put the box into a memory group, where there may be one and it may be joined."""
        group = cgroup.make(self._job.limits.memory_bytes)
        if group is None:
            return
        try:
            group.add(pid)
        except OSError:
            group.remove()
        else:
            self._group = group

    def _close_gate(self) -> None:
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1


def _wait(process_fd: int) -> bool:
    """Whether this process ended in good time. Not by select(), which fails above 1,024 files."""
    poll = select.poll()
    poll.register(process_fd, select.POLLIN)
    return bool(poll.poll(_GONE_S * 1000))


def _arguments(job: Job, fds: dict[str, int]) -> list[str]:
    """bwrap's command line. Its options act in this order."""
    needs, tmp = job.needs, str(job.limits.tmp_bytes)
    arguments = [*_ALONE, *_no_namespaces()]
    arguments += ["--json-status-fd", str(fds["status"]), "--seccomp", str(fds["filter"])]
    for name, value in _ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    for path in needs.shown:
        arguments += ["--ro-bind", path, path]
    arguments += ["--ro-bind", runtime.tool("sh"), SHELL]
    arguments += ["--ro-bind", runtime.tool("prlimit"), _PRLIMIT]
    for folder in needs.hidden:
        arguments += ["--tmpfs", folder, "--remount-ro", folder]
    for target, place in runtime.links():
        arguments += ["--symlink", target, place]
    for device in needs.devices:
        arguments += ["--dev-bind", device, device]
    arguments += ["--perms", "0555", "--file", str(fds["given"]), job.place]
    arguments += ["--size", tmp, "--perms", "1777", "--tmpfs", TMP, "--symlink", TMP, "/dev/shm"]  # noqa: S108
    return [*arguments, "--remount-ro", "/", "--chdir", TMP, "--", *_limited(job)]


def _no_namespaces() -> tuple[str, ...]:
    """A second wall beside the seccomp filter, where a container leaves /proc/sys writable."""
    read_only = os.statvfs("/proc/sys").f_flag & os.ST_RDONLY
    return () if read_only else ("--disable-userns",)


def _limited(job: Job) -> list[str]:
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
    return [SHELL, "-c", _INIT, "sh", _PRLIMIT, *options, "--", *job.needs.command]
