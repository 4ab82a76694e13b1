"""A throw-away PostgreSQL cluster: Debian keeps the server's programs outside PATH, and the server
refuses to run as root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

DEBIAN_FOLDERS = Path("/usr/lib/postgresql")
SPEED_OVER_SAFETY = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@contextmanager
def postgres() -> Iterator[str]:
    """Yields the address of an empty database; needs `apt-get install postgresql`."""
    folder = Path(tempfile.mkdtemp(prefix="vibesite-postgres-"))
    user = _server_user()
    port = free_port()
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        _run(user, "initdb", "-D", data, "-U", "vibesite", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -h 127.0.0.1 -k {folder} {SPEED_OVER_SAFETY}"
        _run(user, "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgres://vibesite@127.0.0.1:{port}/postgres"
        finally:
            _run(user, "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, program: str, *arguments: object) -> None:
    done = subprocess.run(
        [_program(program), *map(str, arguments)],
        user=user,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{program} failed: {done.stderr.strip()}")


def _program(name: str) -> str:
    folders = sorted(DEBIAN_FOLDERS.glob("*/bin"), key=lambda path: float(path.parent.name))
    path = os.pathsep.join([*map(str, reversed(folders)), os.environ["PATH"]])
    found = shutil.which(name, path=path)
    if found is None:
        raise AssertionError(f"{name} is missing: apt-get install postgresql")
    return found


def _server_user() -> str | None:
    """Whom to run the server as; None where we are nobody special ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
