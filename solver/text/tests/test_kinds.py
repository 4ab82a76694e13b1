import time

import pytest

from solver.text.kinds import kind_of
from tests.shared_data import shared_cases

PROGRAMS = [
    "Write a Python function that returns the n-th Fibonacci number.",
    "Implement quicksort in C++.",
    "Given an array of integers nums and an integer target, return indices of the two numbers.",
    "# A + B\n\nRead two integers.\n\n## Sample Input\n\n3 4\n\n## Sample Output\n\n7",
    "What does this print?\n\n```python\nprint(1)\n```",
    "def f(x):\n    return x\nWhy is f(2) not 4?",
    "编写一个程序，输入两个整数，输出它们的和。",
    "Given the head of a singly linked list, reverse it and return the head.",
    "Fix the bug: my loop never ends. #include <stdio.h>",
    "Read n from standard input and print the n-th prime.",
    "Write a SQL query for the second highest salary.",
]
MATHS = [
    "Solve for x: x^2 - 5x + 6 = 0",
    "What is 10 + 38?",
    "Find all functions $f$ with $f(x + y) = f(x) + f(y)$.",
    "Write the function $f(x) = x^2$ as a sum of an even and an odd function.",
    "Prove that there are infinitely many primes.",
    "The class has 30 students; 12 of them play chess. How many do not?",
    "A fair coin is tossed in a go-kart club. What is the probability of heads?",
    "```math\nx^2 = 2\n```",
    "解方程 x^2 = 4",
    "",
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_programs_are_known(text: str) -> None:
    assert kind_of(text) == "code"


@pytest.mark.parametrize("text", MATHS)
def test_mathematics_is_what_remains(text: str) -> None:
    assert kind_of(text) == "maths"


@pytest.mark.parametrize("suite", ["warmup", "aime24", "aime25", "hmmt25"])
def test_no_contest_problem_is_taken_for_a_program(suite: str) -> None:
    problems = [case["problem"] for case in shared_cases(f"suites/{suite}.jsonl")]
    assert [text for text in problems if kind_of(text) != "maths"] == []


def test_a_long_text_takes_no_time() -> None:
    began = time.process_time()
    kind_of("write " * 20_000)
    kind_of("given array " * 10_000)
    assert time.process_time() - began < 5
