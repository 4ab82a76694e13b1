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
    started = time.process_time()
    for at in range(0, len(text), 5):
        cutter.feed(text[at : at + 5])
    cutter.finish()
    assert time.process_time() - started < 4
    assert len(cutter.boundaries) < 150
    assert isinstance(cutter.boundaries[0], Boundary)


QWEN = r"""To solve \(x^2 - 5x + 6 = 0\), we can factor.

1. **Factor the quadratic**: We look for two numbers.

   \[ x^2-5x+6 = (x-2)(x-3) \]

2. **Set each factor to zero**:
   1. $x-2=0$
   2. $x-3=0$

3. Solve both.

The answer is \(\boxed{2, 3}\).
"""
SMOL = """To find the roots, we factor the left side. This gives (x - 2)(x - 3) = 0.

Now, let's apply the zero product rule:

x - 2 = 0

So, the final answer is x = 2."""


def test_split_cuts_a_numbered_list_with_its_introduction():
    worked = split(QWEN, finished=True)
    assert [step.title for step in worked.steps] == [
        "",
        "Factor the quadratic",
        "Set each factor to zero",
        "",
        "",
    ]
    assert worked.steps[1].body == ("We look for two numbers.\n\n\\[ x^2-5x+6 = (x-2)(x-3) \\]")
    assert worked.steps[2].body == "1. $x-2=0$\n2. $x-3=0$"
    assert worked.answer == "2, 3"


def test_split_cuts_plain_paragraphs_and_keeps_equations_with_them():
    assert bodies(SMOL) == [
        "To find the roots, we factor the left side. This gives (x - 2)(x - 3) = 0.",
        "Now, let's apply the zero product rule:\n\nx - 2 = 0",
        "So, the final answer is x = 2.",
    ]


def test_split_gives_two_paragraphs_two_steps():
    assert bodies("First.\n\nSecond.") == ["First.", "Second."]


def test_split_reads_headings_and_keeps_what_is_under_them():
    text = "# Solution\n\n## Step 1: Set up\n\n1. a\n2. b\n\n### Detail\n\nc\n\n## Step 2\n\nd"
    assert titles(text) == ["Step 1: Set up", "Step 2"]
    assert bodies(text) == ["1. a\n2. b\n\n### Detail\n\nc", "d"]


def test_split_reads_bold_steps():
    text = "**Step 1:** Note that $a=1$.\n\n**Step 2: Add**\n\nb\n\n**Note:** c"
    assert titles(text) == ["Step 1", "Step 2: Add"]
    assert bodies(text) == ["Note that $a=1$.", "b\n\n**Note:** c"]


def test_split_reads_chinese_steps():
    text = "第一步：设 $x$。\n\n第二步，求解。\n\n综上，答案是 $\\boxed{1}$。"
    assert titles(text) == ["第一步", "第二步", ""]
    assert split(text).answer == "1"


def test_split_never_cuts_inside_code_or_display_maths():
    for block in (
        "```python\n# Step 1\n\n## Step 2\n\n1. x\n```",
        "~~~\n## a\n~~~",
        "$$\nx\n\ny\n$$",
        "\\[\n\nx\n\n\\]",
        "\\begin{aligned}\na\n\nb\n\\end{aligned}",
    ):
        text = f"## One\n\n{block}\n\n## Two\n\nend"
        assert bodies(text) == [block, "end"]
        assert bodies(f"First:\n\n{block}\n\nSecond.")[0].endswith(block)


def test_split_goes_on_after_maths_that_never_closes():
    assert titles("## Step 1\n$$ x\n\n## Step 2\ny") == ["Step 1", "Step 2"]


def test_split_keeps_reasoning_apart():
    worked = split("<think>\n\\boxed{1}\n\n## Step 1\n</think>\n\nIt is \\boxed{2}.", True)
    assert worked.reasoning == "\\boxed{1}\n\n## Step 1"
    assert not worked.reasoning_open
    assert [step.body for step in worked.steps] == ["It is \\boxed{2}."]
    assert worked.answer == "2"


def test_split_takes_reasoning_that_was_opened_by_the_prompt():
    worked = split("a\n\nb</think>The answer")
    assert (worked.reasoning, worked.reasoning_open) == ("a\n\nb", False)
    assert [(step.index, step.body) for step in worked.steps] == [(0, "The answer")]


def test_split_takes_reasoning_that_never_ends():
    worked = split("<think>so \\boxed{4}", finished=True)
    assert (worked.reasoning, worked.reasoning_open, worked.steps) == ("so \\boxed{4}", True, ())
    assert worked.answer == "4"
    assert split("<think>so \\boxed{4}").answer is None


def test_split_gives_no_answer_from_reasoning_beside_an_answer_part():
    assert split("<think>\\boxed{4}</think>It is 5.", finished=True).answer is None


def test_split_leaves_tags_in_code_alone():
    text = "Use `</think>` here.\n\n```\n<think>\n</think>\n```\n\nDone."
    assert split(text).reasoning == ""
    assert "</think>" in "".join(bodies(text))


def test_split_takes_thinking_between_answers():
    worked = split("One.\n<think>hm</think>\nTwo.", finished=True)
    assert worked.reasoning == "hm"
    assert [step.body for step in worked.steps] == ["One.", "Two."]


def test_split_shows_no_half_of_a_tag():
    assert split("<thi").steps == ()
    assert [step.body for step in split("<thi", finished=True).steps] == ["<thi"]


def test_split_groups_the_paragraphs_of_a_long_text():
    assert len(split("A plain paragraph of the text.\n\n" * 5_000, finished=True).steps) < 120


def test_split_of_nothing():
    worked = split(" \n\n", finished=True)
    assert (worked.reasoning, worked.steps, worked.answer) == ("", (), None)


def test_steps_cover_the_answer():
    steps = split(QWEN, finished=True).steps
    assert "".join(QWEN[step.start : step.end] for step in steps) == QWEN
    assert [step.is_open for step in steps] == [False] * 5
    assert [step.is_open for step in split(QWEN).steps] == [False] * 4 + [True]


def test_cutter_tells_what_it_is_thinking_of():
    cutter = StepCutter()
    cutter.feed("<think>\nLet me see. First")
    cutter.feed(", factor.\n\nThen on.\n")
    assert cutter.thoughts.heading == "Then on."
    cutter.feed("\n**Check the roots**\n\nWell")
    cutter.feed(" now\n")
    assert cutter.thoughts.heading == "Check the roots"


def test_cutter_starts_again_where_all_was_reasoning():
    cutter = StepCutter()
    first = cutter.feed("One.\n\nTwo comes after it.\n\n")
    assert [boundary.index for boundary in first] == [0, 1]
    (again,) = cutter.feed("</think>\n\nThe answer.")
    assert (again.index, again.start) == (0, len("One.\n\nTwo comes after it.\n\n</think>\n\n"))
    assert cutter.boundaries == (again,)
