"""The site's processes, each started by its line of the Procfile and killed at will."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from honcho.environ import parse_procfile

ROOT = Path(__file__).resolve().parent.parent.parent
LINES: dict[str, str] = dict(
    parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes
)


class SiteProcess:
    """One line of the Procfile in a session of its own; its output goes to a file."""

    def __init__(self, name: str, environment: dict[str, str], logs: Path, label: str = "") -> None:
        self._line = LINES[name]
        self._environment = environment
        self._log = logs / f"{label or name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        if not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._line,
                shell=True,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9 of the process itself; what it started must see to itself."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, timeout_s: float = 60.0) -> int:
        assert self._process is not None
        return self._process.wait(timeout_s)

    def stop(self) -> None:
        """End whatever is left of it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()
