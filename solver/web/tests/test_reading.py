"""The reasoning, in pieces that joined are the whole."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from solver.web.reading import PIECE_CHARS, heading, piece_end
from solver.web.tests.conftest import MakeSolution, Visit
from solver.web.tests.pages import check_page


@given(st.text(alphabet="ab \n", max_size=3 * PIECE_CHARS))
def test_pieces_cover_the_text_without_gap(text: str) -> None:
    start, ends = 0, []
    while start < len(text):
        end = piece_end(text, start)
        assert start < end <= min(len(text), start + PIECE_CHARS)
        ends.append(end)
        start = end
    assert not text or ends[-1] == len(text)


def test_a_long_reasoning_comes_in_pieces(alice: User, make: MakeSolution, visit: Visit) -> None:
    paragraphs = "\n\n".join(f"Thought number {number} about it." for number in range(900))
    solution = make(text=f"<think>\n{paragraphs}\n</think>\n\nThe answer.")
    address = reverse("solution_reasoning", args=[solution.pk])
    client = visit(alice)
    seen, start = "", 0
    for _ in range(20):
        piece = client.get(address, {"from": str(start), "fragment": ""})
        text = piece.content.decode()
        assert "<html" not in text
        seen += text
        if "data-next" not in text:
            break
        start = int(text.split("?from=")[1].split('"')[0])
    assert all(f"Thought number {number} about" in seen for number in range(900))


@pytest.mark.parametrize("start", ["", "-1", "x", "9" * 30, "99999999"])
def test_nonsense_offsets_are_answered(
    start: str, alice: User, make: MakeSolution, visit: Visit
) -> None:
    address = reverse("solution_reasoning", args=[make().pk])
    check_page(visit(alice).get(address, {"from": start}))


@pytest.mark.parametrize(
    ("reasoning", "line"),
    [
        ("", ""),
        ("## Try small cases\n", "Try small cases"),
        ("First.\n\n**Now** the $x$ part\n- \n", "Now the x part"),
        ("y" * 200, "y" * 89 + "…"),
    ],
)
def test_heading(reasoning: str, line: str) -> None:
    assert heading(reasoning) == line
