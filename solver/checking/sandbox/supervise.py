"""Holds one boxed program to its limits: feeds and reads its pipes, watches clock and use.

The end of a program is the end of its process, never the end of its output: a program may close
its pipes and go on. Nothing but pipes is collected, so there is no file of the box to be tricked
into following.
"""

import json
import math
import os
import selectors
import subprocess
import time
from typing import Any, Protocol

from .backend import BackendBroken
from .limits import MIB, Limits
from .outcome import Outcome, Verdict, shown
from .pipes import Kept
from .usage import Usage

_SETUP_S = 30.0
_FIRST_LOOK_S, _LOOK_S = 0.002, 0.02
_READ_BYTES = 1 << 16
_STDERR_TAIL = 600
_SIGNALLED = 128
_CPU_SIGNALS = (_SIGNALLED + 24, _SIGNALLED + 9)  # SIGXCPU, then SIGKILL at the hard limit


class Box(Protocol):
    """One program in its box, started but not yet let go."""

    process: subprocess.Popen[bytes]
    status_fd: int  # the box tells JSON lines here: first that it is ready, later how it ended

    def release(self, ready: dict[str, Any]) -> None:
        """Let the program go; `ready` is the first status line."""

    def usage(self) -> Usage: ...

    def kill(self) -> None:
        """End every process of the box, and return when all are gone."""

    def peak_bytes(self) -> int:
        """The most memory that it had, by the kernel's own count; 0 where there is none."""

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended one of its processes for want of memory."""


class Supervisor:
    """Runs one box to its end. Used once, in the thread that started the box.

    That thread must outlive the box: the box dies with the thread that started it.
    """

    def __init__(self, box: Box, limits: Limits, stdin: bytes) -> None:
        self._box, self._limits = box, limits
        self._stdin = memoryview(stdin)
        self._out, self._err = Kept(limits.output_bytes), Kept(limits.output_bytes)
        self._status = Kept(MIB)
        self._selector = selectors.DefaultSelector()
        self._started: float | None = None
        self._deadline = time.monotonic() + _SETUP_S
        self._look_s, self._next_look = _FIRST_LOOK_S, math.inf
        self._peak = 0
        self._cpu_s = 0.0
        self._stopped: tuple[Verdict, str] | None = None
        self._ended = False
        self._failure = "it did not start"

    def run(self) -> Outcome:
        """The outcome; BackendBroken when the program never started or its end is unknown."""
        ended_at = 0.0
        try:
            exit_fd = self._open()
            try:
                while not self._ended and self._stopped is None:
                    self._turn(exit_fd)
            finally:
                ended_at = time.monotonic()
                self._selector.close()
                os.close(exit_fd)
        finally:
            self._box.kill()
            self._close()
        if self._started is None:
            raise BackendBroken(self._complaint(self._failure))
        return self._outcome(ended_at - self._started)

    def _open(self) -> int:
        process = self._box.process
        for stream, kept in ((process.stdout, self._out), (process.stderr, self._err)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream.fileno(), selectors.EVENT_READ, kept)
        os.set_blocking(self._box.status_fd, False)
        self._selector.register(self._box.status_fd, selectors.EVENT_READ, self._status)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
        exit_fd = os.pidfd_open(process.pid)
        self._selector.register(exit_fd, selectors.EVENT_READ)
        return exit_fd

    def _turn(self, exit_fd: int) -> None:
        now = time.monotonic()
        wait = max(0.0, min(self._deadline, self._next_look) - now)
        for key, _ in self._selector.select(wait):
            if key.fd == exit_fd:
                self._ended = True
            elif isinstance(key.data, Kept):
                self._read(key.fd, key.data)
            else:
                self._feed(key.fd)
        now = time.monotonic()
        if now >= self._deadline:
            seconds = f"{self._limits.wall_s:g} s"
            self._stopped = (Verdict.TIME_LIMIT, f"It ran longer than {seconds}.")
        elif now >= self._next_look and not self._ended:
            self._look(now)

    def _read(self, fd: int, kept: Kept) -> None:
        if kept.take(fd) is False:
            self._selector.unregister(fd)
        if kept.full:
            size = f"{self._limits.output_bytes} bytes"
            self._stopped = (Verdict.OUTPUT_LIMIT, f"It wrote more than {size}.")
        if kept is self._status and self._started is None and b"\n" in kept.data:
            self._release()

    def _release(self) -> None:
        try:
            self._box.release(self._told()[0])
        except OSError as error:
            self._failure, self._ended = f"it could not be limited: {error}", True
            return
        self._started = time.monotonic()
        self._deadline = self._started + self._limits.wall_s
        self._next_look = self._started + self._look_s
        stdin = self._box.process.stdin
        if stdin is not None:
            self._selector.register(stdin.fileno(), selectors.EVENT_WRITE)

    def _feed(self, fd: int) -> None:
        try:
            written = os.write(fd, self._stdin[:_READ_BYTES])
        except BlockingIOError:
            return
        except BrokenPipeError:  # the program does not want the rest
            written = len(self._stdin)
        self._stdin = self._stdin[written:]
        stdin = self._box.process.stdin
        if not self._stdin and stdin is not None:
            self._selector.unregister(fd)
            stdin.close()

    def _look(self, now: float) -> None:
        usage = self._box.usage()
        self._peak = max(self._peak, usage.memory_bytes)
        self._cpu_s = max(self._cpu_s, usage.cpu_s)
        self._look_s = min(_LOOK_S, self._look_s * 2)
        self._next_look = now + self._look_s
        if usage.memory_bytes > self._limits.memory_bytes:
            self._stopped = (Verdict.MEMORY_LIMIT, self._too_much_memory())
        elif usage.cpu_s > self._limits.processor_s:
            self._stopped = (Verdict.TIME_LIMIT, self._too_much_cpu())

    def _close(self) -> None:
        """Take what still waits in the pipes; all writers are gone by now."""
        process = self._box.process
        for stream, kept in ((process.stdout, self._out), (process.stderr, self._err)):
            if stream is not None:
                while not kept.full and kept.take(stream.fileno()):
                    pass
                stream.close()
        while self._status.take(self._box.status_fd):
            pass
        os.close(self._box.status_fd)
        if process.stdin is not None:
            process.stdin.close()

    def _told(self) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in self._status.data.splitlines() if line.strip()]
        except ValueError:
            raise BackendBroken("its status lines are no JSON") from None

    def _complaint(self, what: str) -> str:
        said = shown(bytes(self._err.data)).strip()
        return said[-_STDERR_TAIL:] or what

    def _outcome(self, time_s: float) -> Outcome:
        told = {key: value for line in self._told() for key, value in line.items()}
        exit_code = told.get("exit-code")
        if self._stopped is None:
            self._stopped = self._judge(exit_code, told)
        verdict, reason = self._stopped
        most = self._limits.output_bytes
        return Outcome(
            verdict=verdict,
            stdout_bytes=bytes(self._out.data[:most]),
            stderr_bytes=bytes(self._err.data[:most]),
            time_s=time_s,
            memory_bytes=max(self._peak, self._box.peak_bytes()),
            exit_code=exit_code,
            reason=reason,
        )

    def _judge(self, exit_code: int | None, told: dict[str, Any]) -> tuple[Verdict, str]:
        if self._out.full or self._err.full:
            return Verdict.OUTPUT_LIMIT, f"It wrote more than {self._limits.output_bytes} bytes."
        if self._box.ran_out_of_memory():
            return Verdict.MEMORY_LIMIT, self._too_much_memory()
        if told.get("trap") == "time":
            return Verdict.TIME_LIMIT, f"It ran longer than {self._limits.wall_s:g} s."
        if exit_code is None:
            raise BackendBroken(self._complaint("it ended without saying how"))
        if exit_code == 0:
            return Verdict.OK, ""
        spent = self._cpu_s >= self._limits.processor_s - 2 * _LOOK_S
        if exit_code == _CPU_SIGNALS[0] or (exit_code in _CPU_SIGNALS and spent):
            return Verdict.TIME_LIMIT, self._too_much_cpu()
        tail = bytes(self._err.data[-_STDERR_TAIL:])
        if b"std::bad_alloc" in tail or tail.rpartition(b"\nMemoryError")[1]:
            return Verdict.MEMORY_LIMIT, self._too_much_memory()
        return Verdict.RUNTIME_ERROR, f"It ended with exit code {exit_code}."

    def _too_much_memory(self) -> str:
        return f"It needed more than {self._limits.memory_bytes // MIB} MiB of memory."

    def _too_much_cpu(self) -> str:
        return f"It used more than {self._limits.processor_s:g} s of processor time."
