"""Hints go as far as the answer is kept, and hold nothing but steps."""

import pytest

from solver.models import Kind
from solver.running.hints.drawing import MOST_HINTS, draw

ANSWER = r"x = 7 \text{ or } x = 9"
THOUGHT = "<think>It is 7 or 9, from a secret thought.</think>\n\n"
STEPS = (
    "### Step 1: Complete the square\n\nMove the constant to the other side.\n\n"
    "### Step 2: Take roots\n\n$(x-8)^2=1$.\n\n"
    "### Step 3: Read them off\n\n$x - 8 = -1$ gives $x = 7$.\n\n"
    "### Step 4: Look back\n\nNothing more.\n\n"
    "### Step 5: End\n\n$\\boxed{x = 7 \\text{ or } x = 9}$\n"
)


def test_the_idea_then_the_steps_before_the_answer() -> None:
    assert draw(THOUGHT + STEPS, Kind.MATHS, [ANSWER]) == [
        "Complete the square",
        "**Complete the square**\n\nMove the constant to the other side.",
        "**Take roots**\n\n$(x-8)^2=1$.",
    ]


def test_the_last_step_is_kept_even_where_it_says_nothing() -> None:
    text = "### Step 1: Begin\n\nLook at it.\n\n### Step 2: End\n\nDone."
    assert draw(text, Kind.MATHS, ["7"]) == ["Begin", "**Begin**\n\nLook at it."]


@pytest.mark.parametrize(
    ("text", "idea"),
    [
        ("We use $a.b$ here. Then more.\n\nSo it ends.", "We use $a.b$ here."),
        ("We factor:\n\\[ x^2 \\]\n\nSo it ends.", "We factor"),
        ("## Solution\n\nWe factor it. And so on.\n\nThe end.", "We factor it."),
        ("### Step 1:\n\nWe factor it.\n\n### Step 2:\n\nThe end.", "We factor it."),
    ],
)
def test_the_idea_is_a_title_or_a_sentence(text: str, idea: str) -> None:
    assert draw(text, Kind.MATHS, ["7"])[0] == idea


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<think>Only 7 thoughts",
        "### Step 1: It is 7\n\nSurely.\n\n### Step 2: End\n\n7",
        "\\[ x \\]\n\nThe end.",
    ],
)
def test_where_the_idea_tells_too_much_there_are_none(text: str) -> None:
    assert draw(text, Kind.MATHS, ["7"]) == []


def test_a_program_is_the_answer() -> None:
    text = (
        "### Step 1: Read\n\nRead the number.\n\n### Step 2: Write\n\n```python\nprint(1)\n```\n\n"
        "### Step 3: Cost\n\nLinear.\n\n### Step 4: End\n\nDone."
    )
    assert draw(text, Kind.CODE, []) == ["Read", "**Read**\n\nRead the number."]
    assert len(draw(text, Kind.MATHS, ["7"])) == 4


def test_there_is_a_most() -> None:
    text = "".join(f"### Step {n}: Go on\n\nMore of {'z' * n}.\n\n" for n in range(1, 40))
    assert len(draw(text, Kind.MATHS, ["unheard of"])) == MOST_HINTS
