"""The prompt release page: who gets in, and that each button does its one thing."""

from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from solver.models.problem import Problem
from solver.models.prompt import PromptAction, PromptAudit, PromptRelease, PromptVersion
from solver.models.solution import Solution, State, Verdict
from solver.store import prompts, releases, trials

OVERVIEW = "admin:solver_promptversion_changelist"
PAGES = ["", "math_solver/", "math_solver/write/", "math_solver/v1/"]
BUTTONS = ["v1/try/", "v1/trial/", "v1/promote/", "end-trial/", "roll-back/"]


@pytest.fixture(autouse=True)
def bucket(settings, tmp_path: Path, valkey: redis.Redis) -> None:
    settings.STORAGES = settings.STORAGES | {
        "prompts": {
            "BACKEND": "solver.store.folder.FolderStorage",
            "OPTIONS": {"location": tmp_path / "prompts"},
        },
        # No collectstatic in a test.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    prompts.house_object.reset()


@pytest.fixture
def version(bob) -> PromptVersion:
    return releases.write("maths solver", "Be exact and brief.", bob, "first")


@pytest.fixture
def desk(client: Client, bob) -> Client:
    client.force_login(bob)
    return client


def page(*parts: object) -> str:
    return reverse(OVERVIEW) + "".join(str(part) for part in parts)


@pytest.mark.parametrize("part", PAGES)
def test_teacher_reads_every_page(desk, version, part):
    assert desk.get(page(part)).status_code == 200


@pytest.mark.parametrize("part", PAGES)
def test_stranger_sees_no_page(client, charlie, version, part):
    client.force_login(charlie)

    answer = client.get(page(part))

    assert answer.status_code == 302
    assert "Be exact" not in answer.content.decode()


@pytest.mark.parametrize("part", BUTTONS)
def test_stranger_presses_no_button(client, charlie, version, part):
    client.force_login(charlie)

    assert client.post(page("math_solver/", part), {"share": 10}).status_code == 302
    assert PromptAudit.objects.count() == 1
    assert not PromptRelease.objects.exclude(live=None, trial=None).exists()


@pytest.mark.parametrize("part", BUTTONS)
def test_buttons_are_not_pressed_by_links(desk, version, part):
    assert desk.get(page("math_solver/", part)).status_code == 405


@pytest.mark.parametrize("part", ["poet/", "poet/write/", "math_solver/v9/", "hint/v1/"])
def test_unknown_prompt_or_version_is_not_found(desk, version, part):
    assert desk.get(page(part)).status_code == 404


def test_write_keeps_a_version_that_nobody_gets(desk):
    answer = desk.post(page("hint/write/"), {"text": "Hint {{level}}.", "note": "new"}, follow=True)

    assert "Nobody gets it yet" in answer.content.decode()
    assert PromptVersion.objects.get().note == "new"
    assert prompts.choose("hint", 1).version == "built-in"


@pytest.mark.parametrize(
    ("text", "says"), [("{{who}}", "Unknown placeholder"), ("x" * 5000, "limit is 4,000")]
)
def test_write_keeps_what_was_typed_and_says_what_to_change(desk, text, says):
    answer = desk.post(page("hint/write/"), {"text": text})

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert text in answer.content.decode()
    assert not PromptVersion.objects.exists()


def test_diff_marks_what_is_new(desk, version, bob):
    releases.promote(version, bob)
    releases.write("maths solver", "Be exact and thorough.", bob)

    shown = desk.get(page("math_solver/v2/")).content.decode()

    assert "<del>brief.</del>" in shown
    assert "<ins>thorough.</ins>" in shown


def test_markup_in_a_prompt_is_text(desk, bob):
    releases.write("hint", "<script>alert(1)</script>", bob, "<b>note</b>")

    for part in ("hint/", "hint/v1/", "hint/write/"):
        shown = desk.get(page(part)).content.decode()
        assert "<script>alert" not in shown
        assert "<b>note" not in shown


def test_try_runs_this_version_on_a_real_problem(desk, version, bob):
    answer = desk.post(page("math_solver/v1/try/"), {"problem": "What is 2 + 2?", "kind": "maths"})

    solution = Solution.objects.get()
    assert answer["Location"] == reverse("solution", args=[solution.pk])
    assert (solution.owner, solution.prompt_version) == (bob, "v1+try")
    assert solution.system_prompt == version.text
    assert PromptAudit.objects.filter(action=PromptAction.TRIED, person=bob).exists()
    assert "What is 2 + 2?" in desk.get(page("math_solver/v1/")).content.decode()


def test_try_of_nothing_says_so(desk, version):
    answer = desk.post(page("math_solver/v1/try/"), {"problem": "  ", "kind": "maths"})

    assert answer.status_code == 200
    assert not Solution.objects.exists()


def test_trial_promotion_and_roll_back_are_one_button_each(desk, version):
    desk.post(page("math_solver/v1/trial/"), {"share": 20})
    release = PromptRelease.objects.get()
    assert (release.trial, release.share) == (version, 20)
    assert "Not enough runs yet" in desk.get(page("math_solver/")).content.decode()

    desk.post(page("math_solver/v1/promote/"))
    assert prompts.choose("maths solver", None).version == "v1"

    desk.post(page("math_solver/roll-back/"))
    assert prompts.choose("maths solver", None).version == "built-in"
    actions = list(PromptAudit.objects.values_list("action", flat=True))
    assert actions == ["rolled back", "promoted", "trial", "wrote"]


@pytest.mark.parametrize("share", ["0", "51", "many", ""])
def test_share_out_of_bounds_is_refused(desk, version, share):
    answer = desk.post(page("math_solver/v1/trial/"), {"share": share}, follow=True)

    assert "from 1 to 50" in answer.content.decode()
    assert not PromptRelease.objects.exclude(trial=None).exists()


def test_end_of_no_trial_is_told(desk, version):
    answer = desk.post(page("math_solver/end-trial/"), follow=True)

    assert "no trial to end" in answer.content.decode()


def test_teachers_release_nothing_where_the_site_says_so(desk, version, settings):
    settings.TEACHERS_RELEASE_PROMPTS = False

    assert desk.post(page("math_solver/v1/promote/")).status_code == 403
    assert "Promote" not in desk.get(page("math_solver/v1/")).content.decode()
    assert prompts.choose("maths solver", None).version == "built-in"


def test_comparison_shows_rates_with_intervals_and_the_stop_is_noticed(
    desk, version, bob, alice, settings
):
    settings.TRIAL_MIN_RUNS = 30
    releases.begin_trial(version, 20, bob)
    problem = Problem.objects.create(owner=alice, text="1 + 1")
    now = timezone.now()

    def runs(mark: str, checked: int, all_runs: int) -> list[Solution]:
        return [
            Solution(
                problem=problem,
                owner=alice,
                state=State.DONE,
                prompt_name="maths solver",
                prompt_version=mark,
                verdict=Verdict.CHECKED if number < checked else Verdict.UNCHECKED,
                completion_tokens=100 + number,
                started_at=now,
                finished_at=now + timedelta(seconds=2),
            )
            for number in range(all_runs)
        ]

    Solution.objects.bulk_create(runs("built-in", 90, 100) + runs("v1", 30, 100))

    shown = desk.get(page("math_solver/")).content.decode()
    assert "90% (83% – 94%)" in shown
    assert "30% (22% – 40%)" in shown
    assert "percentage points" in shown

    assert trials.watch() == ["maths solver"]
    for part in ("", "math_solver/"):
        assert "was stopped by itself" in desk.get(page(part)).content.decode()
