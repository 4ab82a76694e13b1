import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..sse import MAX_EVENT_CHARACTERS, EventParser, Malformed, PieceReader


@given(
    st.lists(st.text(max_size=20), max_size=5), st.integers(1, 9), st.sampled_from(["\n", "\r\n"])
)
def test_events_come_through_however_they_are_cut(texts, step, end):
    lines = "".join(f"data: {json.dumps(text, ensure_ascii=False)}{end}{end}" for text in texts)
    data = lines.encode("utf-8", errors="surrogatepass").decode("utf-8", errors="replace").encode()
    parser = EventParser()
    events = [
        event for at in range(0, len(data), step) for event in parser.feed(data[at : at + step])
    ]
    assert [json.loads(event) for event in events] == texts


def test_comments_names_and_many_lines_follow_the_standard():
    parser = EventParser()
    events = parser.feed(b": ping\nevent: x\nid: 1\n\ndata: a\ndata:b\n\ndata\n\n")
    assert events == ["a\nb"]


def test_an_event_without_an_end_is_refused():
    parser = EventParser()
    with pytest.raises(Malformed, match="without an end"):
        parser.feed(b"data: " + b"x" * (MAX_EVENT_CHARACTERS + 1))


@pytest.mark.parametrize(
    "event",
    ["{", "[]", "3", "{}", '{"choices": {}}', '{"choices": [1]}', '{"choices": [], "usage": 3}',
     '{"choices": [{"delta": {"content": 5}}]}', '{"choices": [{"delta": "text"}]}'],
)  # fmt: skip
def test_what_is_no_chunk_is_malformed(event):
    with pytest.raises(Malformed):
        PieceReader().read(event)
