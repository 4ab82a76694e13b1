"""Merging and encoding of frames."""

import json

from solver.live.events import Event
from solver.live.frames import is_after, make_frame, make_frames, merge


def delta(number: int, text: str, at: int, **fields: object) -> Event:
    return Event(f"{number}-0", "delta", {"text": text, "at": at, **fields})


def test_neighbouring_deltas_become_one():
    merged = merge([delta(1, "a", 0, tokens=1), delta(2, "b", 1, tokens=2), delta(3, "c", 2)])
    assert merged == [Event("3-0", "delta", {"text": "abc", "at": 0, "tokens": 2})]


def test_what_stands_between_deltas_stays_there():
    step = Event("2-0", "step", {"index": 0})
    merged = merge([delta(1, "a", 0), step, delta(3, "b", 1), delta(4, "c", 2)])
    assert [event.kind for event in merged] == ["delta", "step", "delta"]
    assert merged[2].fields["text"] == "bc"


def test_a_snapshot_replaces_the_text_before_it_and_nothing_else():
    state = Event("1-0", "state", {"state": "running"})
    step = Event("3-0", "step", {"index": 0})
    snapshot = Event("4-0", "snapshot", {"text": "ab", "state": "running"})
    merged = merge([state, delta(2, "a", 0), step, snapshot, delta(5, "c", 2)])
    assert [event.kind for event in merged] == ["state", "snapshot", "delta"]


def test_merging_leaves_the_events_as_they_were():
    first = delta(1, "a", 0)
    merge([first, delta(2, "b", 1)])
    assert first.fields == {"text": "a", "at": 0}


def test_frames_are_json_with_cursor_and_kind_first():
    frame = make_frame("7-1", "delta", {"text": 'a"\n\u2028😀', "at": 3})
    assert json.loads(frame.text) == {
        "cursor": "7-1",
        "kind": "delta",
        "text": 'a"\n\u2028😀',
        "at": 3,
    }
    assert frame.text.startswith('{"cursor":"7-1","kind":"delta"')
    assert "\n" not in frame.text


def test_frames_have_the_cursors_of_their_events():
    events = [delta(1, "a", 0), Event("2-0", "done", {})]
    assert [(frame.cursor, frame.kind) for frame in make_frames(events)] == [
        ("1-0", "delta"),
        ("2-0", "done"),
    ]


def test_cursors_compare_as_numbers():
    assert is_after("10-0", "9-99")
    assert is_after("9-10", "9-9")
    assert not is_after("9-9", "9-9")
