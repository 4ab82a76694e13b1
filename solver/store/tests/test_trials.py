"""Comparison of trial and live, and the trial that is stopped by itself."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from solver.models.feedback import Feedback, Thumb
from solver.models.problem import Problem
from solver.models.prompt import PromptAction, PromptAudit, PromptRelease
from solver.models.solution import Solution, State, Verdict
from solver.store import prompts, releases, trials
from solver.store.trials import Comparison, Side


@pytest.fixture
def trial(folder_store, root) -> PromptRelease:
    """v1 live, v2 on trial at 20% for the hint prompt."""
    first, second = (releases.write("hint", text, root) for text in ("One.", "Two."))
    releases.promote(first, root)
    releases.begin_trial(second, 20, root)
    return PromptRelease.objects.select_related("live", "trial").get()


def run(problem: Problem, version: str, verdict: Verdict, **changes: object) -> Solution:
    now = timezone.now()
    values = {
        "state": State.DONE,
        "prompt_name": "hint",
        "completion_tokens": 100,
        "started_at": now - timedelta(seconds=4),
        "finished_at": now,
    } | changes
    return Solution(
        problem=problem, owner=problem.owner, prompt_version=version, verdict=verdict, **values
    )


@pytest.fixture
def problem(alice) -> Problem:
    return Problem.objects.create(owner=alice, text="1 + 1")


def test_compare_counts_each_side_alone(trial, problem, alice):
    rows = [
        run(problem, "v1", Verdict.CHECKED),
        run(problem, "v1+house", Verdict.CONTRADICTED),
        run(problem, "v2", Verdict.UNCHECKED, completion_tokens=300),
        run(problem, "v2+try", Verdict.CHECKED),
        run(problem, "built-in", Verdict.CHECKED),
        run(problem, "v2", Verdict.CHECKED, state=State.CANCELLED),
        run(problem, "v2", Verdict.CHECKED, prompt_name="grading"),
        run(problem, "v2", Verdict.CHECKED, created_at=timezone.now() - timedelta(days=1)),
    ]
    Solution.objects.bulk_create(rows)
    Feedback.objects.create(solution=rows[0], person=alice, thumb=Thumb.UP)
    Feedback.objects.create(solution=rows[2], person=alice, thumb=Thumb.DOWN)

    found = trials.compare(trial)

    assert found is not None
    assert (found.live.runs, found.live.checked, found.live.contradicted) == (2, 1, 1)
    assert (found.trial.runs, found.trial.checked) == (1, 0)
    assert (found.live.mean_tokens, found.trial.mean_tokens) == (100, 300)
    assert found.live.mean_seconds == pytest.approx(4.0, abs=0.01)
    assert (found.live.thumbs_up, found.trial.thumbs_down) == (1, 1)
    assert not found.has_enough_runs
    assert not found.is_clearly_worse


def test_nothing_on_trial_is_nothing_to_compare(trial, root):
    releases.end_trial("hint", root)

    assert trials.compare(PromptRelease.objects.get()) is None
    assert trials.watch() == []


def test_bad_trial_in_simulated_traffic_is_stopped_by_itself(trial, problem):
    """People of both sides arrive one by one; the bad prompt solves 3 of 10, the live one 8."""
    draw = random.Random(1)
    stopped_after = None
    for person in range(3000):
        prompt = prompts.choose("hint", person)
        odds = 0.3 if prompt.version == "v2" else 0.8
        verdict = Verdict.CHECKED if draw.random() < odds else Verdict.UNCHECKED
        run(problem, prompt.version, verdict).save()
        if person % 20 == 0 and trials.watch() == ["hint"]:
            stopped_after = person
            break

    assert stopped_after is not None
    assert stopped_after < 600
    assert prompts.choose("hint", stopped_after).version == "v1"
    audit = PromptAudit.objects.first()
    assert audit is not None
    assert (audit.action, audit.version, audit.person) == (PromptAction.STOPPED, "v2", None)
    assert "runs" in audit.note


def test_equal_trial_is_left_alone_however_often_one_looks():
    """200 trials of a prompt as good as the live one, 1,000 runs a side, looked at 100 times."""
    draw = random.Random(2)
    stopped = 0
    for _ in range(200):
        live = trial = runs = 0
        for _ in range(100):
            runs += 10
            live += sum(draw.random() < 0.6 for _ in range(10))
            trial += sum(draw.random() < 0.6 for _ in range(10))
            both = Comparison(Side("v1", runs, live), Side("v2", runs, trial))
            if both.is_clearly_worse:
                stopped += 1
                break

    assert stopped <= 4


def test_few_runs_never_stop_a_trial():
    assert not Comparison(Side("v1", 29, 29), Side("v2", 29, 0)).is_clearly_worse
    assert Comparison(Side("v1", 30, 30), Side("v2", 30, 0)).is_clearly_worse


def test_better_trial_is_not_stopped():
    assert not Comparison(Side("v1", 500, 100), Side("v2", 500, 400)).is_clearly_worse
