r"""The final answer in `\boxed{…}`."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.text.boxes import BoxReader, last_box


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{4}", "4"),
        (r"\boxed{1} and \boxed{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed {x}", "x"),
        (r"\fbox{a} \fboxed{b}", "b"),
        (r"\boxed{3} \boxed{", "3"),
        (r"\boxed{\boxed{5}}", r"\boxed{5}"),
        (r"\boxed{6} put it within \boxed{}", "6"),
        (r"\boxed{ 7 }", "7"),
        (r"\boxed 8", None),
        (r"\\boxed{9}", None),
        ("}}} \\boxed{1}", "1"),
        ("", None),
    ],
)
def test_last_box(text, answer):
    assert last_box(text) == answer


@pytest.mark.parametrize("text", ["\\boxed{s\\\\{}t xed{3} 4", "\\boxed" + " " * 12 + "{5}"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
def test_tokens_may_be_cut_in_two(size, text):
    # Found by fuzzing: the second backslash of a pair, and more blanks than are held back.
    reader = BoxReader()
    for at in range(0, len(text), size):
        reader.feed(text[at : at + size])
    assert reader.answer == last_box(text)


@given(st.text(r"\boxed {}12", max_size=60), st.integers(1, 5))
def test_box_reader_does_not_depend_on_chunks(text, size):
    reader = BoxReader()
    for at in range(0, len(text), size):
        reader.feed(text[at : at + size])
    reader.feed("\n")
    assert reader.answer == last_box(text)


def test_box_reader_is_linear_where_boxes_never_close():
    started = time.process_time()
    assert last_box("\\boxed{ \\boxed{1}" * 20_000) == "1"
    assert time.process_time() - started < 5
