"""The host's side of an attack: what it has to lose, and what it sees of the boxes."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from solver.checking.sandbox.usage import tree, usage_of

# The attacks name these places.
SECRETS = Path("/tmp/verif/app/.env")
WRITE_CANARY = Path("/tmp/verif/sb/host_canary_write")


@contextmanager
def bait() -> Iterator[int]:
    """Files, sockets and variables that attacks reach for; yields the TCP port."""
    with ExitStack() as stack:
        SECRETS.parent.mkdir(parents=True, exist_ok=True)
        WRITE_CANARY.parent.mkdir(parents=True, exist_ok=True)
        WRITE_CANARY.parent.chmod(0o777)
        SECRETS.write_text("TOKEN=CANARY\n")
        SECRETS.chmod(0o644)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        with contextlib.suppress(OSError):  # another run of the tests holds the name
            abstract.bind("\0verif_abstract")
            abstract.listen()
        os.environ.update(CANARY_ENV="CANARY", SECRET_KEY="CANARY")
        yield listener.getsockname()[1]
        del os.environ["CANARY_ENV"], os.environ["SECRET_KEY"]


@dataclass
class HostWatch:
    """Looks at everything that descends from this process while a block runs."""

    most_processes: int = 0
    peak_bytes: int = 0
    uids: set[int] = field(default_factory=set)
    # Held open, since the kernel gives the number of one that has ended to anybody's next box.
    namespaces: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> "HostWatch":
        self._ours = self._namespace(os.getpid())
        self._before = set(tree(os.getpid()))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        for held in self.namespaces.values():
            os.close(held)

    def left(self) -> list[int]:
        """Processes that outlived the block: ours, and any in a namespace of a box."""
        mine = set(tree(os.getpid())) - self._before
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return sorted(mine | {pid for pid in pids if self._namespace(pid) in self.namespaces})

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            fresh = set(tree(os.getpid())) - self._before
            boxed = {pid: self._namespace(pid) for pid in fresh}
            inside = [pid for pid, name in boxed.items() if name not in (self._ours, "")]
            self.most_processes = max(self.most_processes, len(fresh))
            for pid in inside:
                self._hold(pid, boxed[pid])
                self.peak_bytes = max(self.peak_bytes, usage_of(pid, 0).memory_bytes)
                with contextlib.suppress(OSError):
                    self.uids.add(Path(f"/proc/{pid}").stat().st_uid)

    def _hold(self, pid: int, name: str) -> None:
        if name in self.namespaces:
            return
        with contextlib.suppress(OSError):
            held = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY)
            # It may have ended since, and its process's number be another's.
            if str(Path(f"/proc/self/fd/{held}").readlink()) == name:
                self.namespaces[name] = held
            else:
                os.close(held)

    @staticmethod
    def _namespace(pid: int) -> str:
        with contextlib.suppress(OSError):
            return str(Path(f"/proc/{pid}/ns/pid").readlink())
        return ""
