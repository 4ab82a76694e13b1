"""Finds the interpreter, compiler and libraries that a box shows, and nothing else."""

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .backend import Unusable
from .identity import identity

_ASK = """
import json, sys, sysconfig
told = sysconfig.get_config_var
shared = told("Py_ENABLE_SHARED") and told("INSTSONAME")
print(json.dumps({
    "stdlib": sorted({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}),
    "library": told("LIBDIR") + "/" + shared if shared else "",
}))
"""
_ASK_S = 20


@dataclass(frozen=True, slots=True)
class Runtime:
    """A command and the host paths that it needs, each shown read-only at its own place.

    hidden: folders inside them that are covered by empty ones.
    """

    command: tuple[str, ...]
    shown: tuple[str, ...]
    devices: tuple[str, ...] = (
        "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
    )
    hidden: tuple[str, ...] = ()


@functools.cache
def libraries() -> tuple[str, ...]:
    """Folders of the dynamic loader and of system libraries."""
    machine = os.uname().machine
    folders = [f"/usr/lib/{machine}-linux-gnu", f"/lib/{machine}-linux-gnu"]
    if not any(Path(folder).is_dir() for folder in folders):
        folders = ["/usr/lib", "/lib"]  # distributions without multiarch folders
    folders += ["/usr/lib64", "/lib64", "/etc/ld.so.cache"]
    return tuple(path for path in folders if Path(path).exists() and not _linked(path))


def links() -> tuple[tuple[str, str], ...]:
    """Links of a merged /usr, to be made in the box: (target, place)."""
    places = [Path(place) for place in ("/lib", "/lib64", "/bin")]
    return tuple((str(place.readlink()), str(place)) for place in places if place.is_symlink())


@functools.cache
def tool(name: str) -> str:
    """The host's shell, or util-linux's prlimit: each box starts with them."""
    found = shutil.which(name, path="/usr/bin:/bin")
    if found is None:
        raise Unusable(f"{name} is missing (Debian and Ubuntu: apt-get install util-linux dash).")
    return str(Path(found).resolve())


@functools.cache
def python() -> Runtime | None:
    """The site's own interpreter if the box's user can read it, else the system's."""
    own = str(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    for candidate in dict.fromkeys([own, "/usr/bin/python3", "/usr/local/bin/python3"]):
        found = _ask(str(Path(candidate).resolve()))
        if found is not None:
            return found
    return None


@functools.cache
def compiler() -> Runtime | None:
    """g++ and what it calls, with headers and libraries to link."""
    if not Path("/usr/bin/g++").exists():
        return None
    folders = ("/usr/bin", "/usr/include", "/usr/lib/gcc", "/usr/libexec/gcc", "/usr/local/include")
    shown = [path for path in folders if Path(path).is_dir()]
    return Runtime(("/usr/bin/g++",), (*libraries(), *shown), devices=("/dev/null",))


def _ask(executable: str) -> Runtime | None:
    """What this interpreter needs, told by itself as the box's user, so that it is reachable."""
    try:
        answer = subprocess.run(
            [executable, "-I", "-S", "-c", _ASK],
            capture_output=True,
            check=True,
            env={},
            cwd="/",
            timeout=_ASK_S,
            **identity(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    told = json.loads(answer.stdout)
    shown = [executable, *told["stdlib"], *filter(None, [told["library"]])]
    hidden = [
        f"{folder}/{name}"
        for folder in told["stdlib"]
        for name in ("site-packages", "dist-packages")
    ]
    return Runtime(
        command=(executable, "-I", "-B", "-X", "utf8"),
        shown=(*libraries(), *shown),
        hidden=tuple(path for path in hidden if Path(path).is_dir()),
    )


def _linked(path: str) -> bool:
    """Whether the path leads through a link of a merged /usr: the link is made in the box."""
    return any(Path(part).is_symlink() for part in [path, *map(str, Path(path).parents)])
