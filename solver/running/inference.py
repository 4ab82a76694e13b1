"""What one inference process holds: its engine, the runs under way, and its pulse.

The pulse prolongs the leases of all runs, says how the worker is, and ends the process when the
engine has died, so that whoever manages processes starts a new one.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from solver.engines.base import Engine, EngineDead, EngineError
from solver.engines.options import Progress
from solver.models.solution import Solution
from solver.running import states, workers
from solver.running.model import most_tokens
from solver.running.outcomes import Written
from solver.running.pipeline import Run, solve
from solver.running.workers import Status, WorkerStatus

logger = structlog.get_logger(__name__)

OpenEngine = Callable[[Progress], Engine]

BEATS_PER_LEASE = 4
# For engines that do not say how many requests they take at once, such as remote ones.
SLOTS_OF_OTHERS = 32
LOAD_AGAIN_AFTER_S = 30.0
# A thread that has not moved for so long gives its solution up: engines tick every quarter second,
# and the longest check of an answer is well below.
STUCK_AFTER_S = 120.0
DEATH_WAITS_S = 3.0
DEAD_EXIT_STATUS = 70


@dataclass(slots=True)
class _Speed:
    """Tokens a second over the last beats."""

    per_s: float = 0.0
    _tokens: int = 0
    _at: float = field(default_factory=time.monotonic)

    def measure(self, tokens: int) -> None:
        now = time.monotonic()
        rate = max(0, tokens - self._tokens) / max(now - self._at, 1e-6)
        self.per_s = rate if not self.per_s or not rate else 0.5 * self.per_s + 0.5 * rate
        self._tokens, self._at = tokens, now


class Inference:
    """One process's share of the solving. `solve_waiting` is called by many threads at once.

    slots: solutions held at once; 0 leaves it to the engine, once it is open.
    """

    def __init__(self, name: str, routes: tuple[str, ...], slots: int) -> None:
        self.name = name
        self.slots = slots
        self._routes = routes
        self._engine: Engine | None = None
        self._runs: dict[UUID, Run] = {}
        self._lock = threading.Lock()
        # All slots are woken at once by a class: they would race for the same row.
        self._claiming = threading.Lock()
        self._stopping = threading.Event()
        self._closed = threading.Event()
        self._dying = threading.Lock()
        self._load = (Status.LOADING, "", -1)
        self._told = (0, 0)
        self._ended_tokens = 0
        self._speed = _Speed()
        # Two threads: an absent Redis must not keep the leases from being renewed.
        self._pulse = [
            threading.Thread(target=self._repeat, args=(beat,), name=name, daemon=True)
            for name, beat in (("leases", self._renew_leases), ("status", self._report))
        ]

    # -- Beginning and end ------------------------------------------------------------------

    def start(self, open_engine: OpenEngine) -> None:
        """Begin the pulse and load the model; comes back once tickets can be taken.

        A model that cannot be loaded is said, and tried again: its files may be put right. The
        process stays up, so that the reason is seen and the queue waits.
        """
        for thread in self._pulse:
            thread.start()
        self._say(Status.LOADING, _("The model is loading."))
        while self._engine is None and not self._stopping.is_set():
            try:
                self._engine = open_engine(self._progress)
            except EngineError as error:
                self._fail_loading(str(error))
            except Exception as error:
                logger.exception("model_not_loaded")
                self._fail_loading(_("The model could not be loaded: %(error)s") % {"error": error})
        if self._engine is not None:
            self.slots = self.slots or getattr(self._engine, "slots", 0) or SLOTS_OF_OTHERS
            self._say(Status.READY, "")
            logger.info("ready", worker=self.name, model=self._engine.model, slots=self.slots)

    def stop(self) -> None:
        """Give everything back, soon. Only sets a flag: safe in a signal handler."""
        self._stopping.set()

    def close(self) -> None:
        """End the pulse and the engine; the runs have ended before."""
        self._stopping.set()
        self._closed.set()
        for thread in self._pulse:
            thread.join(timeout=DEATH_WAITS_S)
        if self._engine is not None:
            self._engine.close()
        try:
            workers.withdraw(self.name)
        except (RedisError, OSError):
            logger.info("not_withdrawn", worker=self.name)

    # -- Solving ----------------------------------------------------------------------------

    def solve_waiting(self) -> int:
        """Solve what is queued until nothing is, or the process stops; returns how many."""
        solved = 0
        engine = self._engine
        while engine is not None and engine.healthy() and not self._stopping.is_set():
            close_old_connections()
            claim = self._claim(engine)
            if claim is None:
                break
            self._solve(claim, engine)
            solved += 1
        return solved

    def _claim(self, engine: Engine) -> Solution | None:
        with self._claiming:
            claim = states.claim_next(self._routes, self.name)
            if claim is None or engine.healthy():
                return claim
            # It died while the database was asked. One death may cost a solution one of its tries:
            # this may be the very one that was just given back.
            states.release(claim, Written.before(claim))
            return None

    def _solve(self, claim: Solution, engine: Engine) -> None:
        try:
            with self._registered(Run(claim, self._stopping)) as run:
                solve(run, engine, most_tokens(engine))
        except EngineDead as error:
            self._die(str(error))

    @contextmanager
    def _registered(self, run: Run) -> Iterator[Run]:
        with self._lock:
            self._runs[run.claim.pk] = run
        try:
            yield run
        finally:
            with self._lock:
                self._ended_tokens += run.new_tokens
                # A run that was stuck may have been claimed anew by this very process.
                if self._runs.get(run.claim.pk) is run:
                    del self._runs[run.claim.pk]

    # -- The pulse --------------------------------------------------------------------------

    def status(self) -> WorkerStatus:
        with self._lock:
            runs = list(self._runs.values())
            tokens = self._ended_tokens + sum(run.new_tokens for run in runs)
        self._speed.measure(tokens)
        engine = self._engine
        status, message, percent = self._load
        return WorkerStatus(
            name=self.name,
            status=Status.STOPPING if self._stopping.is_set() else status,
            routes=self._routes,
            model=engine.model if engine else settings.MODEL,
            message=message,
            percent=percent if percent >= 0 else None,
            slots=self.slots,
            running=len(runs),
            in_batch=engine.running() if engine else 0,
            waiting=engine.waiting() if engine else 0,
            tokens_per_s=round(self._speed.per_s, 1),
        )

    def _repeat(self, beat: Callable[[], None]) -> None:
        while not self._closed.wait(settings.LEASE_S / BEATS_PER_LEASE):
            beat()

    def _renew_leases(self) -> None:
        now = time.monotonic()
        with self._lock:
            runs = {
                pk: run for pk, run in self._runs.items() if now - run.ticked_at < STUCK_AFTER_S
            }
        if not runs:
            return
        try:
            pulse = states.heartbeat(self.name, runs)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("leases_not_renewed", error=str(error))
            return
        finally:
            close_old_connections()
        for pk in runs.keys() - pulse.held:
            runs[pk].lost.set()
        for pk in pulse.cancelled:
            runs[pk].cancelled.set()

    def _report(self) -> None:
        status = self.status()
        if (status.in_batch, status.waiting) != self._told:
            self._told = (status.in_batch, status.waiting)
            logger.info(
                "batch",
                running=status.in_batch,
                waiting=status.waiting,
                tokens_per_s=status.tokens_per_s,
            )
        try:
            workers.report(status)
        except (RedisError, OSError) as error:
            logger.warning("status_not_told", error=str(error))
        if self._engine is not None and not self._engine.healthy():
            self._die(_("The model's engine has died."))

    def _die(self, reason: str) -> None:
        """Give everything back and end the process at once: a dead engine cannot be closed."""
        if not self._dying.acquire(blocking=False):
            return
        logger.critical("engine_died", worker=self.name, reason=reason)
        # Each thread gives back its own run first, with its last words.
        until = time.monotonic() + DEATH_WAITS_S
        while self._runs and time.monotonic() < until:
            time.sleep(0.05)
        # What is being claimed is given back by whoever claims it.
        self._claiming.acquire(timeout=DEATH_WAITS_S)
        try:
            states.interrupt_all(self.name, reason)
            workers.withdraw(self.name)
        except (DatabaseError, InterfaceError, RedisError, OSError):
            logger.exception("not_given_back")
        os._exit(DEAD_EXIT_STATUS)

    # -- Loading ----------------------------------------------------------------------------

    def _say(self, status: Status, message: str, percent: int = -1) -> None:
        self._load = (status, message, percent)
        self._report()

    def _progress(self, doing: str, done: int, of: int | None) -> None:
        # The pulse reports it: a download calls this many times a second.
        self._load = (Status.LOADING, doing, 100 * done // of if of else -1)

    def _fail_loading(self, message: str) -> None:
        logger.error("model_not_loaded", worker=self.name, reason=message)
        self._say(Status.FAILED, message)
        self._stopping.wait(LOAD_AGAIN_AFTER_S)
