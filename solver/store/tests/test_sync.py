"""A bucket made by hand becomes versions; versions and labels become objects."""

import json

import pytest

from solver.models.prompt import PromptAction, PromptAudit, PromptVersion
from solver.store import prompts, releases, sync
from solver.store.tests.shelf import body, names, put


def wrong(lines: list[sync.Line]) -> list[str]:
    return [line.message for line in lines if line.is_wrong]


@pytest.mark.django_db
def test_bucket_made_by_hand_is_imported_with_its_labels(store):
    put("prompts", "v1/math_solver.txt", "One.")
    put("prompts", "v3/math_solver.txt", "Three.\n")
    put("prompts", "v1/code_solver.txt", "Code.")
    put("prompts", "labels.json", json.dumps({"maths solver": {"live": "v3"}}))

    assert wrong(sync.sync()) == []

    assert PromptVersion.objects.count() == 3
    assert prompts.choose("maths solver", 1).version == "v3"
    assert prompts.choose("code solver", 1).version == "built-in"
    assert PromptAudit.objects.filter(action=PromptAction.IMPORTED).count() == 4
    assert sync.sync() == []


@pytest.mark.django_db
def test_imported_number_is_not_given_again(folder_store, bob):
    put("prompts", "v7/hint.txt", "Seven.")
    sync.sync()

    assert releases.write("hint", "Next.", bob).number == 8


@pytest.mark.django_db
@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"{{who}}", b"x" * 5000])
def test_object_that_is_no_prompt_is_left_out(folder_store, text):
    put("prompts", "v1/hint.txt", text)

    assert len(wrong(sync.sync())) == 1
    assert not PromptVersion.objects.exists()


def test_changed_version_is_told_and_repaired_on_request(store, bob):
    version = releases.write("hint", "One.", bob)
    put("prompts", version.key, "Tampered.")

    assert "differs from the database" in wrong(sync.sync())[0]
    assert body("prompts", version.key) == b"Tampered."
    assert wrong(sync.sync(repair=True)) == []
    assert body("prompts", version.key) == b"One."


def test_labels_of_the_database_win(folder_store, bob):
    releases.promote(releases.write("hint", "One.", bob), bob)
    releases.write("hint", "Two.", bob)
    put("prompts", "labels.json", json.dumps({"hint": {"live": "v2"}}))

    sync.sync()

    assert prompts.choose("hint", 1).version == "v1"
    assert json.loads(body("prompts", "labels.json"))["hint"]["live"] == "v1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "labels",
    ["no json", "[]", '{"poet": {"live": "v1"}}', '{"hint": {}}', '{"hint": {"live": "v9"}}'],
)
def test_labels_that_make_no_sense_are_told(folder_store, labels):
    put("prompts", "labels.json", labels)

    assert len(wrong(sync.sync())) == 1


@pytest.mark.django_db
def test_other_objects_are_left_alone(folder_store):
    for name in ("system_prompt.txt", "v0/hint.txt", "v1/poet.txt", "v1/hint.md", "notes/v1.txt"):
        put("prompts", name, "Text.")

    assert wrong(sync.sync()) == []
    assert not PromptVersion.objects.exists()
    assert len(names("prompts")) == 6
