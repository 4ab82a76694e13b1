"""A memory group of the kernel for each box, where this server may make one.

It counts what no other limit sees: all processes together, files in memory, pipes, the kernel's
own use. Made below the server's own group, so that the server's limits hold for boxes as well.
Without one the watch on the processes' sizes stands alone.
"""

import contextlib
import functools
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

from .limits import MIB

_NAME = "vibesite-box"
_OWN_BYTES = 16 * MIB  # bwrap's and the shell's
_REMOVE_TRIES, _REMOVE_WAIT_S = 50, 0.002
_serial = itertools.count()


@dataclass(frozen=True, slots=True)
class _Kind:
    """The file names of one version of control groups."""

    limit: str
    peak: str
    events: str
    also: tuple[tuple[str, str], ...] = ()


_V1 = _Kind("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control")
_V2 = _Kind(
    "memory.max",
    "memory.peak",
    "memory.events",
    (("memory.swap.max", "0"), ("memory.oom.group", "1")),
)


class Group:
    """One group with one limit; empty and removed at the end."""

    def __init__(self, folder: Path, kind: _Kind, memory_bytes: int) -> None:
        self._folder, self._kind = folder, kind
        folder.mkdir()
        try:
            self._set(kind.limit, str(memory_bytes + _OWN_BYTES))
            for name, value in kind.also:
                with contextlib.suppress(OSError):  # older kernels lack some
                    self._set(name, value)
        except OSError:
            folder.rmdir()
            raise

    def add(self, pid: int) -> None:
        """Count this process, and what it forks from now on."""
        self._set("cgroup.procs", str(pid))

    def peak_bytes(self) -> int:
        """The most that was in use; 0 where the kernel does not tell."""
        try:
            return int((self._folder / self._kind.peak).read_text())
        except OSError:
            return 0

    def ran_out(self) -> bool:
        """Whether the kernel ended a process for going over the limit."""
        told = (self._folder / self._kind.events).read_text().splitlines()
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in told)

    def _set(self, name: str, value: str) -> None:
        """Write a file of the kernel's; one that is not there must not come to be."""
        fd = os.open(self._folder / name, os.O_WRONLY)
        try:
            os.write(fd, value.encode())
        finally:
            os.close(fd)

    def remove(self) -> None:
        """Its processes have ended; the kernel may need a moment to see that."""
        for _ in range(_REMOVE_TRIES):
            try:
                self._folder.rmdir()
            except OSError:
                time.sleep(_REMOVE_WAIT_S)
            else:
                return


def make(memory_bytes: int) -> Group | None:
    """A fresh group, or None where there can be none."""
    found = _place()
    if found is None:
        return None
    try:
        return Group(_fresh(found[0]), found[1], memory_bytes)
    except OSError:
        return None


@functools.cache
def _place() -> tuple[Path, _Kind] | None:
    """Where a new group gets a memory limit, found out by making one."""
    for parent, kind in _candidates():
        with contextlib.suppress(OSError):
            _sweep(parent)
            Group(_fresh(parent), kind, 64 * MIB).remove()
            return parent, kind
    return None


def _candidates() -> list[tuple[Path, _Kind]]:
    """The server's own group; in version 2 also the one above, if we were given that too."""
    try:
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in groups:
        _, controllers, path = line.split(":", 2)
        for mount in mounts:
            _, folder, kind, options = mount.split()[:4]
            own = Path(folder, path.lstrip("/"))
            if kind == "cgroup" and "memory" in controllers.split(",") and "memory" in options:
                found.append((own, _V1))
            elif kind == "cgroup2" and not controllers:
                found += [(own, _V2)] + [(own.parent, _V2)] * (own != Path(folder))
    return found


def _fresh(parent: Path) -> Path:
    return parent / f"{_NAME}-{os.getpid()}-{next(_serial)}"


def _sweep(parent: Path) -> None:
    """Remove what servers left that were killed."""
    for left in parent.glob(f"{_NAME}-*-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            with contextlib.suppress(OSError):
                left.rmdir()
