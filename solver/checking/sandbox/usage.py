"""What a tree of processes uses, as the kernel tells it under /proc."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat after the name in brackets (proc(5), less 3).
_USER, _SYSTEM, _WAITED_USER, _WAITED_SYSTEM, _RESIDENT = 11, 12, 13, 14, 21
_INODE_BYTES = 1024  # of kernel memory for an empty file in a tmpfs, about


@dataclass(frozen=True, slots=True)
class Usage:
    """memory_bytes now, of all processes and their tmpfs; cpu_s so far; processes now."""

    memory_bytes: int = 0
    cpu_s: float = 0.0
    processes: int = 0


def tree(root: int) -> list[int]:
    """`root` and all that descend from it; empty when it has ended.

    A daemonised process stays in: its new parent is the first process of its PID namespace.
    """
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        try:
            tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - hot path
        except OSError:
            continue
        found.append(pid)
        for task in tasks:
            with contextlib.suppress(OSError):
                queue += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return found


def usage_of(root: int, memory_bytes: int, writable: str = "", writable_bytes: int = 0) -> Usage:
    """Use of the tree under `root`; exact about shared pages only near `memory_bytes`.

    Resident sizes count a page once per process that maps it, so a sum over the bound is
    taken again with each shared page divided between its users. `writable` is a tmpfs of
    `writable_bytes` in the tree's own root.
    """
    resident, cpu = 0, 0.0
    pids = tree(root)
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            resident += int(fields[_RESIDENT]) * _PAGE
            cpu += sum(int(fields[at]) for at in (_USER, _SYSTEM, _WAITED_USER, _WAITED_SYSTEM))
    files = _files(root, writable, writable_bytes) if writable else 0
    if len(pids) > 1 and resident + files > memory_bytes:
        resident = min(resident, sum(map(_proportional, pids)) or resident)
    return Usage(resident + files, cpu / _TICKS, len(pids))


def _proportional(pid: int) -> int:
    try:
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:  # it ended, or this kernel does not let us look
        pass
    return 0


def _files(root: int, writable: str, most: int) -> int:
    try:
        mounted = os.statvfs(f"/proc/{root}/root{writable}")
    except OSError:
        return 0
    if mounted.f_blocks * mounted.f_frsize > most + _PAGE:  # not set up yet: the host's folder
        return 0
    used = (mounted.f_blocks - mounted.f_bfree) * mounted.f_frsize
    return used + (mounted.f_files - mounted.f_ffree) * _INODE_BYTES


def _read(path: str) -> str:
    return Path(path).read_text(encoding="ascii", errors="replace")
