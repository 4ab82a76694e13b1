"""Reasoning: its tags and its headings."""

import pytest

from solver.text.thoughts import CLOSE_TAG, OPEN_TAG, Thoughts, headings, partial_tag


@pytest.mark.parametrize(
    ("tail", "size"),
    [("", 0), ("a<", 1), ("a</thin", 6), ("<think", 6), ("<think>", 0), ("<<", 1), ("<b", 0)],
)
def test_partial_tag(tail, size):
    assert partial_tag(tail, OPEN_TAG, CLOSE_TAG) == size


def test_thoughts_join_their_spans():
    thoughts = Thoughts()
    thoughts.add(0, 3)
    thoughts.open(5)
    assert thoughts.is_open
    assert thoughts.cut_from("ab\n--cd") == "ab\n\ncd"
    thoughts.close(6)
    assert not thoughts.is_open


def test_headings_of_reasoning():
    reasoning = "Well.\n\n## Try **this**\nx\n\nStep 2: Go on\n\n**Check**\n\nThe answer is 3."
    assert headings(reasoning) == ("Try this", "Step 2: Go on", "Check")


def test_heading_of_plain_reasoning_is_its_last_paragraph():
    thoughts = Thoughts()
    for line in ("First, look. Then go.\n", "more\n", "\n", "word " * 60 + "\n", "more\n"):
        thoughts.read_line(line)
    assert thoughts.heading.startswith("word word")
    assert len(thoughts.heading) <= 91
    assert thoughts.heading.endswith("…")
