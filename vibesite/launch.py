"""Start the whole site on one machine: `python -m vibesite.launch`, which is what `make run` does.

Prepares DATA_DIR and the database, then runs the Procfile under honcho. What dies is started again;
what dies at every start ends the site with its reason on the screen.
"""

import contextlib
import fcntl
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

ROOT = Path(__file__).resolve().parent.parent
NEEDED_DISK_BYTES = 1_500_000_000
RESTART_DELAY_S = 1.0
QUICK_DEATH_S = 20.0
QUICK_DEATHS_ALLOWED = 4
SERVER = "valkey"


class CannotStart(Exception):
    """One sentence for the person at the terminal."""


class Keeper(Manager):  # type: ignore[misc]
    """honcho's manager, which starts a process again instead of stopping the others with it."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self.returncode: int | None = None
        self._terminating = False
        self._started_at: dict[str, float] = {}
        self._quick_deaths: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._is_server_told = False

    def _any_stopped(self) -> bool:
        """honcho asks this at every turn and ends everything on True."""
        for name, process in self._processes.items():
            if not self._terminating and process.get("returncode") is not None:
                self._start_again(name)
        return bool(self._terminating)

    def terminate(self) -> None:
        """The server ends last: through it the others give back what they hold and take leave."""
        if not self._terminating:
            self._terminating = True
            self._end(name for name in self._processes if name != SERVER)

    def _all_stopped(self) -> bool:
        """honcho asks this at every turn, to its end."""
        still_there = {name for name, kept in self._processes.items() if "returncode" not in kept}
        if self._terminating and still_there == {SERVER} and not self._is_server_told:
            self._is_server_told = True
            self._end(still_there)
        return not still_there

    def _end(self, names: Iterable[str]) -> None:
        for name in names:
            process = self._processes[name]
            if "pid" in process and "returncode" not in process:
                self._system_print(f"ending {name}\n")
                self._procmgr.terminate(process["pid"])

    def _start_again(self, name: str) -> None:
        now = time.monotonic()
        if name not in self._due:
            self._count_death(name, now)
            self._due[name] = now + RESTART_DELAY_S
        if self._terminating or now < self._due[name]:
            return
        del self._due[name]
        self._started_at[name] = now
        self.returncode = None
        process = self._processes[name]
        del process["returncode"], process["pid"]
        process["process"] = multiprocessing.Process(
            name=name, target=process["obj"].run, args=(self.events, True)
        )
        process["process"].start()

    def _count_death(self, name: str, now: float) -> None:
        lived_s = now - self._started_at.get(name, now)
        deaths = self._quick_deaths.get(name, 0) + 1 if lived_s < QUICK_DEATH_S else 1
        self._quick_deaths[name] = deaths
        if deaths > QUICK_DEATHS_ALLOWED:
            self._system_print(
                f"{name} keeps ending right after its start: see its last lines above.\n"
            )
            self.returncode = 1
            self.terminate()


def main() -> int:
    try:
        environment = prepare()
    except (CannotStart, ImproperlyConfigured, EnvError) as error:
        print(f"VibeSite cannot start: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return run(environment)


def prepare() -> dict[str, str]:
    """Make everything ready to start. Returns the environment of the site's processes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vibesite.settings")
    from django.conf import settings

    _make_folder(settings.DATA_DIR)
    _hold(settings.DATA_DIR / "running.lock")
    host = os.environ.get("HOST", "127.0.0.1")
    _require_free_port(host, settings.PORT)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "DATA_DIR": str(settings.DATA_DIR),
        "PORT": str(settings.PORT),
        "SLOTS": str(settings.SLOTS),
    }
    if not os.environ.get("REDIS_URL"):
        environment["VALKEY_PORT"] = str(_free_port())
        environment["REDIS_URL"] = f"redis://127.0.0.1:{environment['VALKEY_PORT']}/0"
    _prepare_database(settings.PRODUCTION)
    return environment


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"the data folder {folder} cannot be written ({error.strerror}). "
            "Free some room or name another folder: DATA_DIR=/path make run"
        ) from error
    free = shutil.disk_usage(folder).free
    if free < NEEDED_DISK_BYTES and not (folder / "models").is_dir():
        raise CannotStart(
            f"only {free // 1_000_000} MB are free under {folder} and the first start needs "
            f"{NEEDED_DISK_BYTES // 1_000_000} MB. Free some room or name another folder: "
            "DATA_DIR=/path make run"
        )


# Open for as long as the process lives: closing it would give the lock away.
_locks: list[Any] = []


def _hold(path: Path) -> None:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            f"another VibeSite runs on the data folder {path.parent}. Stop it with Ctrl-C, or name "
            "another folder: DATA_DIR=/path PORT=8001 make run"
        ) from error
    _locks.append(file)


def _require_free_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CannotStart(
                f"port {port} cannot be used ({error}). Stop what uses it, or choose another: "
                f"PORT={port + 1 if port < 65_535 else 8000} make run"
            ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare_database(production: bool) -> None:
    import django
    from django.core.management import call_command

    from vibesite.static import collect

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    collect()
    if not production:
        call_command("demo_accounts")


def run(environment: dict[str, str]) -> int:
    """Run the Procfile until Ctrl-C; returns the exit status."""
    _let_nobody_interrupt()
    keeper = Keeper(Printer(sys.stdout))
    processes = parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes
    for name, command in processes.items():
        if name != SERVER or "VALKEY_PORT" in environment:
            keeper.add_process(name, command, env=environment, cwd=str(ROOT))
    with _announcing(environment):
        keeper.loop()
    stopped_by_hand = keeper.returncode in {130, 143}
    return 0 if stopped_by_hand else int(keeper.returncode or 0)


def _let_nobody_interrupt() -> None:
    """A process of the site that wakes up waits until a core is free, a few milliseconds at most.

    The model computes on all cores at once, and all of them wait for the one on which a page or a
    word was let in between. On two cores sixteen solutions came 6% faster so (the median of eleven
    pairs of runs).
    Processes inherit it.
    """
    if hasattr(os, "SCHED_BATCH"):  # Linux
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


@contextlib.contextmanager
def _announcing(environment: dict[str, str]) -> Iterator[None]:
    """A process of its own says when a problem can be submitted: honcho's loop must not wait."""
    announcer = subprocess.Popen([sys.executable, "-m", "vibesite.announce"], env=environment)
    try:
        yield
    finally:
        announcer.terminate()
        announcer.wait()


if __name__ == "__main__":
    sys.exit(main())
