import json

import pytest
from django.core.exceptions import ValidationError

from solver.models.prompt import PromptAction, PromptAudit, PromptRelease, PromptVersion
from solver.store import bucket, prompts, releases, sync
from solver.store.releases import ReleaseRefused
from solver.store.tests import servers
from solver.store.tests.shelf import body, put
from solver.store.wording import MATHS_ENDING, PromptRefused


def live(name: str = "maths solver") -> str:
    return prompts.choose(name, 1).version


def test_write_keeps_row_and_object(store, bob):
    version = releases.write("maths solver", "  Be exact.\r\n", bob, "shorter")

    assert (version.label, version.key) == ("v1", "v1/math_solver.txt")
    assert body("prompts", "v1/math_solver.txt").decode() == version.text
    assert version.text == f"Be exact.\n\n{MATHS_ENDING}"
    assert PromptAudit.objects.get().person == bob


def test_versions_count_per_prompt(folder_store, bob):
    assert releases.write("hint", "One.", bob).number == 1
    assert releases.write("hint", "Two.", bob).number == 2
    assert releases.write("grading", "One.", bob).number == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 5000, "Hi {{nobody}}", "a\x00"])
def test_write_refuses_what_no_model_should_get(folder_store, bob, text):
    with pytest.raises(PromptRefused):
        releases.write("hint", text, bob)
    assert not PromptVersion.objects.exists()


def test_write_refuses_a_twin(folder_store, bob):
    releases.write("hint", "One.", bob)

    with pytest.raises(PromptRefused, match="v1, word for word"):
        releases.write("hint", "One. ", bob)


def test_version_cannot_be_changed(folder_store, bob):
    version = releases.write("hint", "One.", bob)
    version.text = "Other."

    with pytest.raises(ValidationError):
        version.save()


def test_write_while_the_bucket_is_away_is_mirrored_later(settings, folder_store, bob):
    good = settings.STORAGES
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    releases.write("hint", "One.", bob)

    settings.STORAGES = good
    bucket.resume()
    assert sync.mirror() == 1
    assert body("prompts", "v1/hint.txt") == b"One."


def test_promote_then_roll_back_returns_to_what_was(folder_store, bob):
    first, second = (releases.write("maths solver", text, bob) for text in ("One.", "Two."))
    releases.promote(first, bob)
    releases.promote(second, bob)
    assert live() == "v2"

    releases.roll_back("maths solver", bob)
    assert live() == "v1"
    releases.roll_back("maths solver", bob)
    assert live() == "built-in"
    with pytest.raises(ReleaseRefused, match="nothing to go back to"):
        releases.roll_back("maths solver", bob)
    assert list(PromptAudit.objects.values_list("action", flat=True)) == [
        PromptAction.ROLLED_BACK, PromptAction.ROLLED_BACK,
        PromptAction.PROMOTED, PromptAction.PROMOTED,
        PromptAction.WROTE, PromptAction.WROTE,
    ]  # fmt: skip


def test_labels_are_mirrored_after_each_change(store, bob):
    version = releases.write("hint", "One.", bob)
    releases.begin_trial(version, 20, bob)

    told = json.loads(body("prompts", "labels.json"))
    assert told["hint"]["live"] == "built-in"
    assert (told["hint"]["trial"], told["hint"]["share"]) == ("v1", 20)

    releases.promote(version, bob)
    told = json.loads(body("prompts", "labels.json"))
    assert told["hint"]["live"] == "v1"
    assert "trial" not in told["hint"]


def test_trial_can_be_widened_without_starting_anew(folder_store, bob):
    version = releases.write("hint", "One.", bob)
    releases.begin_trial(version, 10, bob)
    since = PromptRelease.objects.get().trial_since

    releases.begin_trial(version, 30, bob)

    release = PromptRelease.objects.get()
    assert (release.share, release.trial_since) == (30, since)


@pytest.mark.parametrize("share", [0, -1, 51, 100])
def test_trial_share_has_bounds(folder_store, bob, share):
    version = releases.write("hint", "One.", bob)

    with pytest.raises(ReleaseRefused, match="1 to 50"):
        releases.begin_trial(version, share, bob)


def test_live_version_is_no_candidate(folder_store, bob):
    version = releases.write("hint", "One.", bob)
    releases.promote(version, bob)

    with pytest.raises(ReleaseRefused, match="live already"):
        releases.begin_trial(version, 10, bob)
    with pytest.raises(ReleaseRefused, match="live already"):
        releases.promote(version, bob)


def test_end_trial_leaves_another_trial_alone(folder_store, bob):
    first, second = (releases.write("hint", text, bob) for text in ("One.", "Two."))
    releases.begin_trial(second, 10, bob)

    with pytest.raises(ReleaseRefused):
        releases.end_trial("hint", None, only=first)
    releases.end_trial("hint", bob)
    assert PromptRelease.objects.get().trial is None


def test_changed_object_of_a_version_changes_nothing(folder_store, bob):
    releases.promote(releases.write("hint", "One.", bob), bob)
    put("prompts", "v1/hint.txt", "Tampered.")

    assert prompts.choose("hint", 1).text == "One."
