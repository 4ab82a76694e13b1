"""Checks of real texts, with the real oracle and the real sandbox."""

import pytest

from solver.checking.sandbox import Sandbox
from solver.checking.sandbox.backend import Backend
from solver.checking.sandbox.bubblewrap import Bubblewrap
from solver.checking.sandbox.wasm import Wasm
from solver.models import Kind, Problem, Solution, Verdict
from solver.running import verdict
from solver.running.verdict import check

QUADRATIC = "Solve for x: x^2 - 5x + 6 = 0"
SUM = """Read two integers and print their sum.

Sample Input 1
3 4

Sample Output 1
7

Sample Input 2
-1 1

Sample Output 2
0
"""
RIGHT = "```python\nprint(sum(map(int, input().split())))\n```"
WRONG = "```python\na, b = map(int, input().split())\nprint(a - b)\n```"


def solved(text, problem=QUADRATIC, kind=Kind.MATHS, **of_problem):
    return Solution(problem=Problem(text=problem, kind=kind, **of_problem), text=text)


def label(solution):
    return check(solution, "").verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"Factor: $(x-2)(x-3)=0$. So \boxed{2, 3}.", Verdict.CHECKED),
        (r"The roots are \boxed{x = 2} and \boxed{x = 3}.", Verdict.CHECKED),
        (r"So \boxed{1, 6}.", Verdict.CONTRADICTED),
        (r"So \boxed{2}.", Verdict.CONTRADICTED),
        ("I do not know.", Verdict.UNCHECKED),
        ("", Verdict.UNCHECKED),
    ],
)
def test_maths_is_labelled_by_evidence(text, expected):
    assert label(solved(text)) == expected


def test_a_contradiction_shows_the_substitution():
    evidence = check(solved(r"So \boxed{1, 6}."), "").evidence[0]
    assert evidence["outcome"] == "refuted"
    assert any("1" in line and "2" in line for line in evidence["lines"])


def test_an_answer_guessed_from_the_last_line_is_never_contradicted():
    assert label(solved("Let us try.\n\nx = 17")) == Verdict.UNCHECKED


def test_a_reference_answer_decides_where_the_problem_is_not_understood():
    problem = "How many moves does the fox need?"
    assert label(solved(r"\boxed{12}", problem, reference_answer="12")) == Verdict.CHECKED
    assert label(solved(r"\boxed{13}", problem, reference_answer="12")) == Verdict.CONTRADICTED


def test_a_program_is_run_on_the_examples_of_the_problem():
    right = check(solved(RIGHT, SUM, Kind.CODE), "")
    assert right.verdict == Verdict.CHECKED
    assert right.evidence[0]["title"] == "tests 2 of 2"
    wrong = check(solved(WRONG, SUM, Kind.CODE), "")
    assert wrong.verdict == Verdict.CONTRADICTED
    failed = next(row for row in wrong.evidence[0]["rows"] if row["verdict"] != "passed")
    assert (failed["input"].strip(), failed["expected"].strip()) == ("3 4", "7")
    assert failed["got"].strip() == "-1"


def test_a_teachers_tests_count_too():
    tests = [{"input": "1 1", "expected": "3"}]
    found = check(solved(RIGHT, SUM, Kind.CODE, tests=tests), "")
    assert found.verdict == Verdict.CONTRADICTED
    assert found.evidence[0]["title"] == "tests 2 of 3"


def test_without_a_sandbox_a_program_stays_unchecked_and_says_why(settings, tmp_path):
    settings.SANDBOX = "none"
    settings.DATA_DIR = tmp_path
    verdict.sandbox.cache_clear()
    found = check(solved(RIGHT, SUM, Kind.CODE), "")
    verdict.sandbox.cache_clear()
    assert found.verdict == Verdict.UNCHECKED
    assert found.evidence[0]["lines"][0]


def test_with_both_back_ends_broken_a_program_stays_unchecked_and_says_why(tmp_path, monkeypatch):
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    open_to_all = tmp_path / "cache"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    backends: list[Backend] = [Bubblewrap(search=str(tmp_path)), Wasm(open_to_all)]
    monkeypatch.setattr(verdict, "sandbox", lambda: Sandbox(tmp_path, backends=backends))
    found = check(solved(RIGHT, SUM, Kind.CODE), "")
    assert found.verdict == Verdict.UNCHECKED
    (line,) = found.evidence[0]["lines"]
    assert line.startswith("Python code is not run on this machine. bubblewrap: ")
    assert "others may write" in line


@pytest.mark.parametrize("text", ["no program here", "```cobol\nDISPLAY 1.\n```"])
def test_what_cannot_be_run_stays_unchecked(text):
    assert label(solved(text, SUM, Kind.CODE)) == Verdict.UNCHECKED
