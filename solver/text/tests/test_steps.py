r"""Steps, their titles and bodies, and the promise that a growing text changes only its end."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.text.steps import Boundary, StepCutter, split

FRAGMENTS = [
    "To solve it, we factor.", "So x = 2.", "so $x$ follows", "\n", "\n\n", "\n\n", " ", "   ",
    "# Solution", "## Step 1: Factor", "## Step 2", "### Detail", "**Step 1:** Note that",
    "**Step 10:** Use", "Step 3.", "第1步：", "第二步，", "步骤三：", "Case 1:", "**Bold line**",
    "1. First", "2. **Second**: do", "3) Third", "1. ", "  1. nested", "- bullet", "12 apples",
    "```python", "```", "~~~", "`x`", "$$", "$$x=1$$", "\\[", "\\]", "\\begin{aligned}", "&",
    "\\end{aligned}", "\\boxed{", "\\frac{1}{2}", "}", "{", "The final answer is 3.", "---",
    "| a |", "\\\\", "Therefore, the answer is", "答案：", "<think>", "x", ":", "\\", "#", "*",
    "\r\n", "because",
]  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)


def titles(text: str) -> list[str]:
    return [step.title for step in split(text, finished=True).steps]


def bodies(text: str) -> list[str]:
    return [step.body for step in split(text, finished=True).steps]


@settings(max_examples=150, deadline=None)
@given(texts)
def test_split_of_a_prefix_changes_only_its_last_step(text):
    whole = split(text).steps
    for length in range(len(text)):
        settled = split(text[:length]).steps[:-1]
        assert [(s.start, s.body) for s in settled] == [
            (s.start, s.body) for s in whole[: len(settled)]
        ]


@settings(max_examples=150, deadline=None)
@given(texts, st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_cutter_does_not_depend_on_chunks(text, sizes):
    cutter, seen, at, turn = StepCutter(), {}, 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        for boundary in cutter.feed(text[at : at + size]):
            seen[boundary.index] = boundary
        at, turn = at + size, turn + 1
        assert cutter.worked() == split(text[:at])
    for boundary in cutter.finish():
        seen[boundary.index] = boundary
    assert cutter.worked() == split(text, finished=True)
    assert tuple(seen[index] for index in sorted(seen)) == cutter.boundaries


def test_cutter_is_linear_for_a_long_answer():
    text = ("We set $x = 1$ and go on with the computation of the sum.\n\n" * 2_800)[:160_000]
    cutter = StepCutter()
    started = time.perf_counter()
    for at in range(0, len(text), 5):
        cutter.feed(text[at : at + 5])
    cutter.finish()
    assert time.perf_counter() - started < 8
    assert len(cutter.boundaries) < 150
    assert isinstance(cutter.boundaries[0], Boundary)
