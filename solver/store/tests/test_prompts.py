"""Who gets which words."""

import hashlib

import pytest

from solver.models.prompt import PromptName
from solver.store import alerts, prompts, releases, wording
from solver.store.tests import servers
from solver.store.tests.shelf import put

MATHS = PromptName.MATHS_SOLVER


@pytest.mark.django_db
def test_without_bucket_objects_the_built_in_text_is_chosen(store):
    chosen = prompts.choose("maths solver", 1)

    assert chosen.version == "built-in"
    assert chosen.text == wording.BUILT_IN[MATHS]
    assert chosen.sha256 == hashlib.sha256(chosen.text.encode()).hexdigest()
    assert alerts.active() == []


def test_unknown_name_is_refused():
    with pytest.raises(ValueError, match="poet"):
        prompts.choose("poet", 1)


@pytest.mark.django_db
def test_house_prompt_stands_in_front_and_the_sentence_at_the_end(store):
    put("prompts", "system_prompt.txt", "Speak plainly.\n")

    chosen = prompts.choose("maths solver", 1)

    assert chosen.text.startswith("Speak plainly.\n\n")
    assert chosen.text.endswith(wording.MATHS_ENDING)
    assert chosen.version == "built-in+house"
    assert prompts.house().text == "Speak plainly."


def test_house_prompt_alone_is_the_programming_assistant(store):
    assert prompts.house().text == "You are a programming assistant."


@pytest.mark.django_db
def test_edit_of_the_house_prompt_changes_the_next_solution(store, settings):
    put("prompts", "system_prompt.txt", "First.")
    assert "First." in prompts.choose("code solver", 1).text

    put("prompts", "system_prompt.txt", "Second.")
    prompts.house_object.forget()
    assert "Second." in prompts.choose("code solver", 1).text


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b" \n ", b"\xff\xfe", b"x" * 5000, b"{{who}}", b"a\x00b"])
def test_bad_house_prompt_changes_nothing_and_is_told(folder_store, body):
    put("prompts", "system_prompt.txt", "Good.")
    prompts.choose("code solver", 1)
    put("prompts", "system_prompt.txt", body)
    prompts.house_object.forget()

    assert prompts.choose("code solver", 1).text.startswith("Good.")
    assert [alert.topic for alert in alerts.active()] == ["house prompt"]


@pytest.mark.django_db
def test_bucket_away_from_the_start_is_the_built_in_prompt_and_an_alert(settings):
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))

    assert prompts.choose("maths solver", 1).version == "built-in"
    assert [alert.topic for alert in alerts.active()] == ["prompts"]


def test_promoted_version_is_for_everyone_at_once(folder_store, root):
    version = releases.write("maths solver", "Be exact.", root)
    assert prompts.choose("maths solver", 1).version == "built-in"

    releases.promote(version, root)

    assert prompts.choose("maths solver", 1).version == "v1"
    assert prompts.choose("maths solver", None).text == f"Be exact.\n\n{wording.MATHS_ENDING}"


def test_ten_percent_of_ten_thousand_people_are_in_the_trial(folder_store, root):
    version = releases.write("maths solver", "Be exact.", root)
    releases.begin_trial(version, 10, root)

    drawn = {person: prompts.is_in_trial("maths solver", 1, person, 10) for person in range(10_000)}

    assert 900 <= sum(drawn.values()) <= 1100
    again = {person: prompts.is_in_trial("maths solver", 1, person, 10) for person in drawn}
    assert again == drawn
    for person in range(50):
        expected = "v1" if drawn[person] else "built-in"
        assert prompts.choose("maths solver", person).version == expected


def test_larger_share_keeps_who_was_in():
    people = range(2000)
    small = {one for one in people if prompts.is_in_trial("hint", 3, one, 10)}
    large = {one for one in people if prompts.is_in_trial("hint", 3, one, 25)}

    assert small < large


def test_new_trial_draws_other_people():
    people = range(2000)
    one = {person for person in people if prompts.is_in_trial("hint", 3, person, 20)}
    other = {person for person in people if prompts.is_in_trial("hint", 4, person, 20)}

    assert len(one & other) < 0.4 * len(one)


def test_nobody_without_an_account_is_in_a_trial(folder_store, root):
    releases.begin_trial(releases.write("hint", "Hint {{level}}.", root), 50, root)

    assert prompts.choose("hint", None).version == "built-in"


def test_try_is_this_version_and_marked(folder_store, root):
    version = releases.write("code solver", "Write Rust.", root)

    tried = prompts.exact(version)

    assert (tried.text, tried.version) == ("Write Rust.", "v1+try")
    assert tried.version not in prompts.counted_as(version)


def test_own_prompt_ends_as_maths_must():
    assert prompts.own("maths solver", "In French.").text.endswith(wording.MATHS_ENDING)
    assert prompts.own("code solver", "In French.").text == "In French."


def test_filled_prompt_has_its_own_hash():
    prompt = prompts.Prompt("hint", "v1", "Level {{level}}.")

    assert prompt.filled({"level": "2"}).text == "Level 2."
    assert prompt.filled({"level": "2"}).sha256 != prompt.sha256
