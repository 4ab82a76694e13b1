"""Solve one problem, from the claimed row to its end.

A run ends in exactly one of these ways: it finishes (done, failed or cancelled); it is interrupted
(the row goes back to the queue, which counts it); it is released because the process stops (the
row goes back at once); or another worker took it over, and this one says nothing more.
"""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils.translation import gettext as _

from solver.engines.base import (
    Chunk,
    Engine,
    EngineDead,
    EngineError,
    FinishReason,
    PromptTooLong,
    Request,
)
from solver.live.events import StaleFence
from solver.models.solution import Solution, State
from solver.running import states, verdict
from solver.running.asking import build_request, check_input
from solver.running.election import any_ended, hold
from solver.running.outcomes import TOO_LONG, Ending
from solver.running.samples import WAIT_S, Samples, gathered
from solver.running.states import LeaseLost
from solver.running.transcript import Transcript

logger = structlog.get_logger(__name__)

# A database that is away for longer has given the row to somebody else by then.
PERSIST_FOR_S = 60.0
PERSIST_EVERY_S = 1.0


@dataclass(slots=True)
class Run:
    """One run under way: its thread ticks it, the process's heartbeat sets the events."""

    claim: Solution
    stopping: threading.Event
    cancelled: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)
    new_tokens: int = 0
    ticked_at: float = field(default_factory=time.monotonic)

    def tick(self, completion_tokens: int) -> None:
        self.ticked_at = time.monotonic()
        # A resumed run's count includes what an earlier one produced.
        self.new_tokens = max(self.new_tokens, completion_tokens - self.claim.completion_tokens)


def solve(run: Run, engine: Engine, max_tokens: int | None = None) -> None:
    """Take a claimed solution to its end. Raises EngineDead, after the row was given back."""
    log = logger.bind(solution=str(run.claim.pk), fence=run.claim.fence)
    transcript = Transcript(run.claim, engine.model)
    try:
        transcript.open(engine.can_resume)
        log.info("solving", model=engine.model, resumed_chars=len(transcript.text))
        request = build_request(run.claim, transcript.text, max_tokens)
        check_input(run.claim, request, engine)
        with gathered(run.claim, engine, request, transcript) as samples:
            last = _follow(run, engine, transcript, samples)
            if last is None:
                samples.stop.set()
            _settle(run, transcript, last, samples)
    except (StaleFence, LeaseLost):
        log.warning("taken_over")
    except PromptTooLong as error:
        _finish(run, transcript, Ending(State.FAILED, TOO_LONG, str(error)))
    except EngineError as error:
        log.warning("engine_failed", error=str(error))
        _interrupt(run, transcript, str(error))
        if isinstance(error, EngineDead):
            raise
    except Exception:
        log.exception("run_failed")
        _finish(run, transcript, Ending(State.FAILED, FinishReason.ERROR, _unexpected(run.claim)))


def _follow(run: Run, engine: Engine, transcript: Transcript, samples: Samples) -> Chunk | None:
    """Stream into the transcript until every sample has ended. The transcript's last chunk, or
    None where the run stops before.
    """
    last = samples.first_end() or _stream(run, engine, transcript, samples)
    if last is None:
        return None
    samples.end_first(transcript, last)
    while not samples.all_over:
        time.sleep(WAIT_S)
        run.tick(last.completion_tokens + samples.new_tokens)
        samples.go_on()
        if _must_stop(run, transcript) or samples.is_cut:
            return None
    return last


def _stream(run: Run, engine: Engine, transcript: Transcript, samples: Samples) -> Chunk | None:
    with closing(engine.stream(samples.request)) as chunks:
        for chunk in chunks:
            run.tick(chunk.completion_tokens + samples.new_tokens)
            transcript.add(chunk.text, chunk.completion_tokens)
            if chunk.finish is not None:
                return chunk
            samples.go_on()
            if _must_stop(run, transcript) or samples.is_cut:
                return None
    raise EngineError(_("The model stopped without saying why."))


def _must_stop(run: Run, transcript: Transcript) -> bool:
    """Flush and save what is due, and see whether to go on. Raises LeaseLost."""
    if transcript.keep_up():
        run.cancelled.set()
    if run.cancelled.is_set() or run.stopping.is_set():
        return True
    if run.lost.is_set():
        raise LeaseLost
    return False


def _settle(run: Run, transcript: Transcript, last: Chunk | None, samples: Samples) -> None:
    """From the way the stream ended to the way the run ends."""
    finish = last.finish if last and last.finish else FinishReason.CANCELLED
    if finish == FinishReason.CANCELLED and not run.cancelled.is_set():
        samples.keep()
        _give_back(run, transcript)
        return
    answer = transcript.finish()
    usage = last.usage if last else None
    prompt_tokens = usage.prompt_tokens if usage else _count(samples.engine, samples.request)
    if finish != FinishReason.CANCELLED and not samples.is_one and any_ended(samples.rows()):
        _finish(run, transcript, _elect(run, transcript, samples, prompt_tokens))
        return
    if finish in {FinishReason.STOP, FinishReason.LENGTH}:
        run.claim.text = transcript.text
        check = _check(run.claim, answer)
        ending = Ending(
            State.DONE,
            finish,
            "",
            prompt_tokens,
            check.answer or answer,
            check.verdict,
            check.evidence,
        )
    elif finish == FinishReason.CANCELLED:
        ending = Ending(State.CANCELLED, finish, "", prompt_tokens, answer)
    else:
        error = last.error if last and last.error else _too_slow()
        ending = Ending(State.FAILED, finish, error, prompt_tokens, answer)
    _finish(run, transcript, ending)


def _elect(run: Run, transcript: Transcript, samples: Samples, prompt_tokens: int) -> Ending:
    """The samples' vote; the transcript gives way to the text that is shown."""
    rows = samples.rows()
    elected = hold(run.claim.problem, rows, lambda: run.tick(0))
    _persist(lambda: states.keep_samples(run.claim, rows))
    shown, check = elected.sample, elected.check
    transcript.give_way(shown.text, sum(row.completion_tokens for row in rows))
    return Ending(
        State.DONE,
        shown.finish_reason,
        "",
        prompt_tokens,
        check.answer,
        check.verdict,
        check.evidence,
        elected.agreeing,
    )


def _give_back(run: Run, transcript: Transcript) -> None:
    """The process stops, or its engine ended the stream: another worker goes on."""
    transcript.flush()
    if run.stopping.is_set():
        _persist(lambda: states.release(run.claim, transcript.written))
        logger.info("released", solution=str(run.claim.pk))
    else:
        _interrupt(run, transcript, _("The model was stopped in the middle of the solution."))


def _finish(run: Run, transcript: Transcript, ending: Ending) -> None:
    _persist(lambda: states.finish(run.claim, transcript.written, ending))
    logger.info(
        "solved",
        solution=str(run.claim.pk),
        state=ending.state,
        finish=ending.finish_reason,
        completion_tokens=transcript.completion_tokens,
    )


def _interrupt(run: Run, transcript: Transcript, reason: str) -> None:
    _persist(lambda: states.interrupt(run.claim, transcript.written, reason))


def _persist(save: Callable[[], None]) -> None:
    """Save across a short absence of the database; what was taken over stays so."""
    until = time.monotonic() + PERSIST_FOR_S
    while True:
        try:
            save()
        except LeaseLost:
            logger.warning("taken_over")
        except (OperationalError, InterfaceError) as error:
            logger.warning("database_unreachable", error=str(error))
            close_old_connections()
            if time.monotonic() < until:
                time.sleep(PERSIST_EVERY_S)
                continue
        return


def _check(claim: Solution, answer: str) -> verdict.Check:
    try:
        return verdict.check(claim, answer)
    except Exception:
        # The solution is whole: a fault of the checker may cost its verdict, not the text.
        logger.exception("check_failed", solution=str(claim.pk))
        return verdict.Check()


def _count(engine: Engine, request: Request) -> int:
    try:
        return engine.count_tokens(request)
    except EngineError:
        return 0


def _too_slow() -> str:
    minutes = round(settings.SOLVE_DEADLINE_S / 60)
    return _(
        "The solution took longer than %(minutes)d minutes and was stopped. What was written "
        "stays. Ask for a smaller part of the problem, or press “Try again”."
    ) % {"minutes": minutes}


def _unexpected(claim: Solution) -> str:
    return _(
        "Something on our side failed. Press “Try again”; if that fails too, tell whoever runs "
        "this site and give them this number: %(id)s."
    ) % {"id": claim.pk}
