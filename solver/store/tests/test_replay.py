"""`manage.py replay`: the same text from the row and from the log."""

import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from solver.engines.base import Engine
from solver.models.solution import Solution, State
from solver.running.asking import build_request
from solver.running.model import open_model
from solver.store import archive
from solver.store.tests.shelf import solved


def first_run(solution: Solution) -> Solution:
    """Let the engine of the settings write the solution's text, as the pipeline would."""
    engine: Engine = open_model([solution.problem.kind], lambda *_: None)
    solution.text = "".join(chunk.text for chunk in engine.stream(build_request(solution, "")))
    solution.model = engine.model
    engine.close()
    solution.save()
    return solution


def replay(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("replay", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def solution(folder_store: Path, alice) -> Solution:
    return first_run(solved(alice, sampling={"temperature": 0.0, "max_tokens": 200, "seed": 7}))


def test_replay_of_a_row_gives_the_same_text(solution):
    out, err = replay(str(solution.pk))

    assert out.rstrip("\n") == solution.text.rstrip("\n")
    assert "The same text." in err


def test_replay_of_a_log_needs_no_row(solution):
    archive.archive(solution.pk)
    assert solution.finished_at is not None
    day = f"{solution.finished_at:%Y%m%d}"
    solution_id = str(solution.pk)
    solution.delete()

    assert "The same text." in replay(solution_id, "--day", day)[1]
    with pytest.raises(CommandError, match="--day"):
        replay(solution_id)


def test_other_text_is_told_with_its_place(solution):
    Solution.objects.update(text=solution.text[:5] + "#" + solution.text[6:])

    with pytest.raises(CommandError, match="character 6"):
        replay(str(solution.pk))


def test_cancelled_run_is_compared_as_far_as_it_came(solution):
    Solution.objects.update(text=solution.text[:10], state=State.CANCELLED)

    assert "10 characters" in replay(str(solution.pk))[1]


def test_log_without_text_says_why_it_cannot_run(solution, settings):
    settings.LOG_TEXT = False
    archive.archive(solution.pk)

    with pytest.raises(CommandError, match="keeps no texts"):
        replay(str(solution.pk), "--day", f"{solution.finished_at:%Y%m%d}")


@pytest.mark.parametrize("name", ["../x", "1", ""])
def test_id_from_outside_is_refused(name):
    with pytest.raises(CommandError):
        replay(name)


@pytest.mark.django_db
def test_unknown_id_is_told(folder_store):
    with pytest.raises(CommandError, match="no such solution"):
        replay(str(uuid.uuid4()))
    with pytest.raises(CommandError, match="no log of it"):
        replay(str(uuid.uuid4()), "--day", "20261121")
