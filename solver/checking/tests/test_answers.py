import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.checking.answers import Source, final_answer, spoken


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        (r"So the result is \boxed{\frac{3}{4}}.", r"\frac{3}{4}"),
        (r"Hence $\boxed{\sqrt{\frac{a}{b_{1}}}}$", r"\sqrt{\frac{a}{b_{1}}}"),
        (r"\boxed{\{2, 3\}}", r"\{2, 3\}"),
        (r"\boxed 7", "7"),
        (r"\fbox{12}", "12"),
        (r"\boxed{\boxed{5}}", "5"),
        (r"\boxed{$x = 2$}", "x = 2"),
        (r"\boxed{}, or rather \boxed{8}", "8"),
        ("The answer is 5.", "5"),
        ("The answer is 3.14.", "3.14"),
        ("First I thought the answer is 4. But no: the answer is 6.", "6"),
        ("**Answer:** $x = 3$", "x = 3"),
        ("**Final Answer**\n\nThe final answer is $12$.", "12"),
        ("**Answer:**\n\n$$x=3$$", "x=3"),
        ("Answer: B", "B"),
        ("The final answer is $\\{1,2\\}$ because both fit.", r"\{1,2\}"),
        ("所以答案是3。", "3"),
        ("答案为：$\\frac12$。", r"\frac12"),
        ("答：12个", "12个"),
        ("He has 8 left.\n#### 8", "8"),
        ("10 + 38 = 48", "48"),
        ("The sum of 10 and 38 is 48.", "48"),
        ("48", "48"),
        ("So 42 + 48 = 90.\n\nCheck that your answer is correct.\n\nSo, 42 + 48 = 90.", "90"),
    ],
)
def test_final_answer_finds(solution, answer):
    found = final_answer(solution)
    assert found is not None
    assert found.text == answer


@pytest.mark.parametrize(
    "solution", ["", "   ", "I do not know.", r"\boxed{unclosed", "Let me think about it some more"]
)
def test_final_answer_finds_nothing(solution):
    assert final_answer(solution) is None


def test_final_answer_prefers_the_box_to_words():
    found = final_answer("The answer is 4, no.\n\n\\boxed{5}")
    assert found is not None
    assert (found.text, found.source) == ("5", Source.BOX)


def test_final_answer_takes_the_last_of_three_boxes_and_names_the_others():
    found = final_answer("First \\boxed{1} comes.\n\nThen \\boxed{2} comes.\n\nAt last \\boxed{3}.")
    assert found is not None
    assert found.parts == ("3",)
    assert found.rivals == ("1", "2")


@pytest.mark.parametrize(
    "solution",
    [
        r"(a) $\boxed{1}$ and (b) $\boxed{\frac{1}{2}}$",
        r"The solutions are $\boxed{1}$, $\boxed{\frac{1}{2}}$.",
        r"$\boxed{1}$ 或 $\boxed{\frac{1}{2}}$",
    ],
)
def test_final_answer_joins_boxes_that_stand_together(solution):
    found = final_answer(solution)
    assert found is not None
    assert found.parts == ("1", r"\frac{1}{2}")
    assert found.rivals == ()


def test_final_answer_leaves_the_reasoning_out():
    found = final_answer("<think>maybe \\boxed{3}</think>\nIt is \\boxed{4}.")
    assert found is not None
    assert found.text == "4"
    assert found.rivals == ()


def test_final_answer_leaves_code_out():
    assert final_answer("```python\nprint('\\\\boxed{3}')\n```\nThat is the program") is None


def test_spoken_is_all_of_a_text_without_reasoning():
    assert spoken("a</think>b") == "b"
    assert spoken("<think>a</think>  ") == "<think>a"
    assert spoken("a") == "a"


@pytest.mark.parametrize(
    "text",
    ["\\boxed{", "{", " ", "answer is ", "a", "\n", "the answer is $", "**", "\\boxed{1} ", "`",
     "=1", "$", "答案是", "\\", "(a) \\boxed{1} "],
)  # fmt: skip
def test_final_answer_is_quick_on_100_kilobytes(text):
    began = time.monotonic()
    final_answer(text * (100_000 // len(text)))
    assert time.monotonic() - began < 3


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="\\boxed{}$ answeris=.。答案是:*`#\n<think>/", max_size=120))
def test_final_answer_never_raises(text):
    found = final_answer(text)
    assert found is None or found.text
