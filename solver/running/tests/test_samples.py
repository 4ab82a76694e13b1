"""Several samples of one solution, from claim to vote, with scripted engines and real rows."""

import time
from collections.abc import Callable, Generator

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from accounts.models import User
from solver.engines.base import Chunk, EngineDead, FinishReason, Request
from solver.engines.scripted import ScriptedEngine
from solver.live.events import START, EventLog
from solver.models import Sample, Solution, State, Verdict
from solver.running import states
from solver.running.pipeline import solve
from solver.running.submit import submit, try_again
from solver.running.tests.conftest import MakeSolution, reader_text, until
from solver.running.tests.test_pipeline import claimed, fresh, shown, solving

pytestmark = pytest.mark.django_db(transaction=True)

QUADRATIC = "Solve for x: x^2 - 5x + 6 = 0"
LONG = " ".join(f"word{n}" for n in range(4000))
RIDDLE = "How many moves does the fox need?"


def number_of(request: Request) -> int:
    """Which sample a request is for."""
    return int(request.id.partition("#")[2] or 1)


def saying(*answers: str) -> Callable[[Request], str]:
    """Sample n says the n-th answer, at some length."""

    def script(request: Request) -> str:
        answer = answers[number_of(request) - 1]
        words = " ".join(f"word{n}" for n in range(20))
        return f"{words}. So \\boxed{{{answer}}}." if answer else f"{words}."

    return script


def solved(make: MakeSolution, answers: str, problem: str = RIDDLE, **fields: object) -> Solution:
    given = answers.split()
    make(problem=problem, samples=len(given), **fields)
    run = claimed()
    solve(run, ScriptedEngine(saying(*(answer.strip("-") for answer in given)), model="m1"))
    row = fresh(run)
    assert reader_text(row) == row.text
    return row


@pytest.mark.parametrize(
    ("problem", "answers", "answer", "verdict", "agreeing", "kept"),
    [
        (RIDDLE, "12 12 13", "12", Verdict.AGREES, 2, 1),
        (RIDDLE, "13 12 12", "12", Verdict.AGREES, 2, 2),
        (RIDDLE, "12 13", "12", Verdict.UNCHECKED, 1, 1),
        (RIDDLE, "- 12 -", "12", Verdict.UNCHECKED, 1, 2),
        (RIDDLE, "- -", "", Verdict.UNCHECKED, 0, 1),
        # Equal answers count together, however they are written.
        (RIDDLE, r"7 0.5 \frac{1}{2}", "0.5", Verdict.AGREES, 2, 2),
        # A check outweighs votes, for and against.
        (QUADRATIC, "1,6 1,6 2,3", "2,3", Verdict.CHECKED, 1, 3),
        (QUADRATIC, "1,6 1,6 2", "1,6", Verdict.CONTRADICTED, 2, 1),
    ],
)
def test_the_elected_answer_and_its_text_are_shown(
    make: MakeSolution, problem, answers, answer, verdict, agreeing, kept
) -> None:
    row = solved(make, answers, problem)
    assert (row.state, row.answer, row.verdict, row.agreeing) == (
        State.DONE,
        answer,
        verdict,
        agreeing,
    )
    samples = {sample.number: sample for sample in row.drawn.all()}
    assert row.text == samples[kept].text
    assert row.completion_tokens == sum(one.completion_tokens for one in samples.values())
    table = row.evidence[-1]
    assert (table["source"], table["decides"]) == ("vote", False)
    assert [line["number"] for line in table["rows"]] == list(range(1, len(samples) + 1))
    assert [line["agrees"] for line in table["rows"]].count(True) == agreeing


def test_a_program_that_passes_is_shown_instead_of_the_majority(make: MakeSolution) -> None:
    problem = "Print the sum.\n\nSample Input\n3 4\n\nSample Output\n7\n"
    wrong, right = "print(0)", "print(sum(map(int, input().split())))"

    def script(request: Request) -> str:
        return f"```python\n{right if number_of(request) == 3 else wrong}\n```"

    make(problem=problem, kind="code", samples=3)
    run = claimed()
    solve(run, ScriptedEngine(script))
    row = fresh(run)
    assert (row.verdict, row.agreeing) == (Verdict.CHECKED, 1)
    assert right in row.text
    assert [line["verdict"] for line in row.evidence[-1]["rows"]] == [
        "contradicted",
        "contradicted",
        "checked",
    ]


def test_progress_is_told_honestly(make: MakeSolution) -> None:
    row = solved(make, "12 12 13 14")
    events = EventLog(row.pk).read(START, 5000) or []
    told = [event.fields for event in events if event.kind == "notice"]
    done = [fields["done"] for fields in told]
    assert done == sorted(set(done))
    assert done[-1] == 4
    assert told[-1]["message"] == "4 of 4 samples are done."


def test_samples_have_seeds_of_their_own_and_run_together(make: MakeSolution) -> None:
    seen: dict[int, int | None] = {}

    def script(request: Request) -> str:
        seen[number_of(request)] = request.sampling.seed
        return LONG

    make(samples=3, sampling={"seed": 7})
    run = claimed()
    engine = ScriptedEngine(script, rate=200)
    with solving(run, engine):
        until(lambda: engine.running() == 3)
        run.cancelled.set()
    assert seen == {1: 7, 2: 8, 3: 9}


class Narrow(ScriptedEngine):
    slots = 2


def test_further_samples_wait_for_room_and_still_come(make: MakeSolution) -> None:
    make(samples=4, problem=RIDDLE)
    run = claimed()
    solve(run, Narrow(saying("1", "1", "1", "1"), slots=2, rate=500))
    assert fresh(run).agreeing == 4


class Failing(ScriptedEngine):
    """Some samples end with an error; sample 3 of them kills the engine where asked to."""

    def __init__(self, ends: dict[int, FinishReason], dies: bool = False) -> None:
        super().__init__(saying("1", "1", "1"), model="m1")
        self._ends, self._dies = ends, dies

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        end = self._ends.get(number_of(request))
        if end is None:
            yield from super().stream(request)
            return
        yield Chunk("half of ", 2)
        if self._dies:
            raise EngineDead("The engine has died.")
        yield Chunk("", 2, end, error="The server said no.")


def test_a_failed_sample_counts_and_is_named(make: MakeSolution) -> None:
    make(problem=RIDDLE, samples=3)
    run = claimed()
    solve(run, Failing({1: FinishReason.ERROR}))
    row = fresh(run)
    assert (row.state, row.verdict, row.agreeing) == (State.DONE, Verdict.AGREES, 2)
    assert row.evidence[-1]["rows"][0]["note"] == "The server said no."
    assert row.text == row.drawn.get(number=2).text


def test_it_fails_where_every_sample_did(make: MakeSolution) -> None:
    make(problem=RIDDLE, samples=3)
    run = claimed()
    solve(run, Failing(dict.fromkeys((1, 2, 3), FinishReason.ERROR)))
    assert (fresh(run).state, fresh(run).error) == (State.FAILED, "The server said no.")


def test_a_dead_engine_under_a_further_sample_gives_the_run_back(make: MakeSolution) -> None:
    make(problem=RIDDLE, samples=3)
    run = claimed()
    with pytest.raises(EngineDead):
        solve(run, Failing({3: FinishReason.ERROR}, dies=True))
    assert fresh(run).state == State.INTERRUPTED


# -- Cancelled, stopped, taken up again -----------------------------------------------------------


def test_cancel_frees_every_sample_within_two_seconds(make: MakeSolution) -> None:
    row = make(samples=8)
    engine = ScriptedEngine(LONG, rate=20)
    run = claimed()
    with solving(run, engine):
        until(lambda: engine.running() == 8)
        states.cancel(row)
        began = time.monotonic()
        until(lambda: engine.running() == 0)
        assert time.monotonic() - began < 2
    assert fresh(run).state == State.CANCELLED


def taken_up(run, engine: ScriptedEngine) -> Solution:
    """Solve what another worker claims next."""
    second = claimed("w2")
    assert second.claim.pk == run.claim.pk
    solve(second, engine)
    return fresh(second)


def test_a_stopped_worker_hands_on_what_every_sample_had(make: MakeSolution) -> None:
    make(problem=RIDDLE, samples=3)
    run = claimed()
    engine = ScriptedEngine(LONG, rate=200, model="m1")
    with solving(run, engine):
        until(lambda: len(shown(run)) > 20)
        run.stopping.set()
    assert fresh(run).state == State.QUEUED
    kept = {one.number: one.text for one in run.claim.drawn.all()}
    assert set(kept) == {2, 3}
    asked: dict[int, str] = {}

    class Noting(ScriptedEngine):
        def stream(self, request: Request) -> Generator[Chunk, None, None]:
            asked[number_of(request)] = request.prefill
            return super().stream(request)

    row = taken_up(run, Noting(LONG, model="m1"))
    assert row.state == State.DONE
    assert {number: asked[number] for number in kept} == kept
    assert all(one.text == LONG for one in row.drawn.all())
    assert reader_text(row) == LONG


def test_a_lost_worker_loses_no_vote(make: MakeSolution, settings: Settings) -> None:
    """Samples that had ended are not asked for again, the streamed one neither."""
    make(problem=RIDDLE, samples=3)
    run = claimed()
    ended = {1: "12", 2: "12"}

    def first_worker(request: Request) -> str:
        return LONG if number_of(request) == 3 else saying("12", "12")(request)

    with solving(run, ScriptedEngine(first_worker, rate=300, model="m1")):
        rows = Sample.objects.exclude(finish_reason="")
        until(lambda: set(rows.values_list("number", flat=True)) == set(ended))
        # The worker dies: nothing more is written under its fence.
        Solution.objects.filter(pk=run.claim.pk).update(lease_until="2020-01-01T00:00:00Z")
        states.expire_leases()
        states.requeue_interrupted()
        run.lost.set()
    asked = []

    def second_worker(request: Request) -> str:
        asked.append(number_of(request))
        return request.prefill + r" So \boxed{13}."

    row = taken_up(run, ScriptedEngine(second_worker, model="m1"))
    assert asked == [3]
    assert (row.answer, row.agreeing, row.verdict) == ("12", 2, Verdict.AGREES)
    assert reader_text(row) == row.text


def test_another_models_samples_are_no_votes(make: MakeSolution) -> None:
    solution = make(problem=RIDDLE, samples=2, model="m0")
    Sample.objects.create(solution=solution, number=2, text="\\boxed{9}", finish_reason="stop")
    run = claimed()
    solve(run, ScriptedEngine(saying("12", "12"), model="m1"))
    assert (fresh(run).answer, fresh(run).agreeing) == ("12", 2)


def test_a_taken_over_run_keeps_no_samples(make: MakeSolution) -> None:
    make(samples=2)
    run = claimed()
    Solution.objects.update(fence=9)
    with pytest.raises(states.LeaseLost):
        states.keep_samples(run.claim, [Sample(solution=run.claim, number=2, text="late")])
    assert not Sample.objects.exists()


# -- Asked for ------------------------------------------------------------------------------------


def test_submit_takes_samples_within_limits(alice: User, valkey: object) -> None:
    solution = submit(alice, "1+1?", samples=4)
    assert solution.samples == 4
    Solution.objects.update(state=State.DONE)
    solution.refresh_from_db()
    assert try_again(solution, alice).samples == 4
    for samples, sampling in ((0, {}), (33, {}), (4, {"temperature": 0})):
        with pytest.raises(ValidationError) as refused:
            submit(alice, "1+1?", samples=samples, sampling=sampling)
        assert "samples" in refused.value.message_dict
