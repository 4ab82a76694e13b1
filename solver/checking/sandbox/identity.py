"""Who runs boxed programs: never root on the host."""

import functools
import os
import pwd
from typing import TypedDict

ACCOUNT = "vibesite-sandbox"
# Above what adduser hands out by default and below what distributions reserve.
_UID = 59_731


class Identity(TypedDict, total=False):
    """Arguments of subprocess.Popen that change who the child is, before it executes anything."""

    user: int
    group: int
    extra_groups: list[int]


@functools.cache
def dedicated() -> int:
    """The uid and gid for boxes of a server that runs as root.

    That of the account `vibesite-sandbox` where there is one, else a fixed number that no
    account of a usual machine has.
    """
    try:
        return pwd.getpwnam(ACCOUNT).pw_uid or _UID
    except KeyError:
        return _UID


def identity() -> Identity:
    """For Popen: the dedicated uid when we are root, else nothing: we stay who we are."""
    if os.geteuid() != 0 and os.getuid() != 0:
        return {}
    return {"user": dedicated(), "group": dedicated(), "extra_groups": []}


def is_root(pid: int) -> bool:
    """Whether any uid of this process, seen from here, is 0; True where nobody can tell."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
            for line in status:
                if line.startswith("Uid:"):
                    return "0" in line.split()[1:]
    except OSError:
        pass
    return True
