"""Cards that follow a growing text, and who gets which of them."""

import json
from typing import Any

from solver.live.cards import cards
from solver.live.events import Event
from solver.live.frames import Frame
from solver.live.unrolling import UnrollingCards, render_job

FIRST = "## Step 1: Add\n\nOne.\n\n"
SECOND = "## Step 2: Say\n\nTwo."


def delta(text: str, at: int) -> Event:
    return Event("1-0", "delta", {"text": text, "at": at})


def render(unrolling: UnrollingCards) -> None:
    unrolling.store([render_job(job) for job in unrolling.take_jobs()])


def newer(
    unrolling: UnrollingCards, revision: int = 0, from_index: int = 0
) -> list[dict[str, Any]]:
    frames: list[Frame] = unrolling.since(revision, from_index, "5-0")[1]
    return [json.loads(frame.text) for frame in frames]


def loaded(text: str = "", finished: bool = False) -> UnrollingCards:
    unrolling = UnrollingCards()
    unrolling.load(text, finished)
    render(unrolling)
    return unrolling


def test_live_cards_end_as_those_of_the_first_paint():
    text = "<think>\nHm.\n</think>\n\n" + FIRST + SECOND
    unrolling = loaded()
    for at, character in enumerate(text):
        unrolling.take(delta(character, at))
        if at % 7 == 0:
            render(unrolling)
    unrolling.finish()
    render(unrolling)
    steps = [frame for frame in newer(unrolling) if frame["kind"] == "step"]
    assert [step["html"] for step in steps] == [card.html for card in cards(text, True).steps]
    assert unrolling.is_settled


def test_only_what_changed_is_rendered_again():
    unrolling = loaded(FIRST + SECOND)
    unrolling.take(delta(" More.", unrolling.length))
    assert [job.step.index for job in unrolling.take_jobs()] == [1]


def test_readers_get_what_is_newer_than_what_they_have():
    unrolling = loaded(FIRST + SECOND)
    revision = unrolling.since(0, 0, "5-0")[0]
    assert newer(unrolling, revision) == []
    unrolling.take(delta(" More.", unrolling.length))
    render(unrolling)
    assert [frame["index"] for frame in newer(unrolling, revision)] == [1]
    assert newer(unrolling, revision)[0]["cursor"] == "5-0"


def test_a_page_is_spared_the_steps_that_it_shows():
    unrolling = loaded(FIRST + SECOND)
    assert [frame["index"] for frame in newer(unrolling, 0, from_index=1)] == [1]


def test_reasoning_is_summed_up_and_not_sent():
    unrolling = loaded("<think>\n**Try factors**\n\nHm, 2 and 3.\n")
    (summary,) = newer(unrolling)
    assert (summary["kind"], summary["is_open"], summary["heading"]) == (
        "reasoning",
        True,
        "Try factors",
    )
    assert summary["chars"] == len("\n**Try factors**\n\nHm, 2 and 3.\n")
    assert "Hm" not in json.dumps(summary)


def test_events_that_come_while_the_text_is_fetched_are_not_lost():
    unrolling = UnrollingCards()
    unrolling.take(delta("One", 0))
    unrolling.take(delta(" two", 3))
    unrolling.take(delta(" three", 7))
    unrolling.load("One two", False)
    assert unrolling.length == len("One two three")
    assert not unrolling.is_torn


def test_a_gap_is_noticed():
    unrolling = loaded("One")
    unrolling.take(delta("three", 8))
    assert unrolling.is_torn


def test_a_snapshot_starts_over_and_old_work_is_dropped():
    unrolling = loaded(FIRST + SECOND)
    unrolling.take(delta(" Old.", unrolling.length))
    old = [render_job(job) for job in unrolling.take_jobs()]
    revision = unrolling.since(0, 0, "5-0")[0]
    unrolling.take(Event("2-0", "snapshot", {"text": FIRST, "state": "running"}))
    unrolling.store(old)
    render(unrolling)
    frames = newer(unrolling, revision)
    assert [frame["index"] for frame in frames] == [0]
    assert "Old" not in frames[0]["html"]
