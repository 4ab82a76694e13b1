"""Evidence without a reference answer: what decides, what does not, and what is never read."""

import pytest

from solver.checking.evidence import Outcome, gather
from solver.checking.oracle import Oracle
from tests.shared_data import shared_cases

CHECKED, CONTRADICTED, OPEN = "checked", "contradicted", "open"

QUADRATIC = "Solve for x: x^2 - 5x + 6 = 0"
RADICAL = r"Solve $\sqrt{x+2}=x$."
SYSTEM = "Solve the system: x + y = 3, x - y = 1"
CASES = [
    # Roots: substituted, and counted.
    (QUADRATIC, "2, 3", CHECKED),
    (QUADRATIC, r"\{3, 2\}", CHECKED),
    (QUADRATIC, r"x = 2 \text{ or } x = 3", CHECKED),
    (QUADRATIC, "x_1=2, x_2=3", CHECKED),
    (QUADRATIC, "x = 2", CONTRADICTED),
    (QUADRATIC, "2, 2", CONTRADICTED),
    (QUADRATIC, "1, 6", CONTRADICTED),
    (QUADRATIC, "-2, -3", CONTRADICTED),
    (QUADRATIC, "(2, 3)", OPEN),
    (RADICAL, "2", CHECKED),
    (RADICAL, "-1", CONTRADICTED),
    (RADICAL, "-1, 2", CONTRADICTED),
    (r"Find all real solutions of x^2 = 2", r"\pm\sqrt{2}", CHECKED),
    (r"Find all real solutions of x^2 = 2", "1.414, -1.414", OPEN),
    (r"Find all real solutions of x^2 = -2", "no real solutions", CHECKED),
    ("Solve x^2 + 1 = 0", r"\pm i", CHECKED),
    ("Solve x^2 + 1 = 0", "no solution", OPEN),
    ("Solve |x-3| = 5", "8, -2", CHECKED),
    ("Solve |x-3| = 5", "8", CONTRADICTED),
    (r"Solve \frac{x^2-1}{x-1} = 2", "1", CONTRADICTED),
    ("Find all positive solutions of x^2 = 4", "2", CHECKED),
    ("Find all positive solutions of x^2 = 4", "2, -2", CONTRADICTED),
    ("Solve e^x = 5", r"\ln 5", OPEN),
    ("Solve x = x", "1", OPEN),
    (SYSTEM, "(2, 1)", CHECKED),
    (SYSTEM, "x = 2, y = 1", CHECKED),
    (SYSTEM, "(1, 2)", CONTRADICTED),
    # Values.
    ("What is 10 + 38?", "48", CHECKED),
    ("What is 10 + 38?", "47", CONTRADICTED),
    ("What is 10 + 38? Explain in steps.", "48", CHECKED),
    ("What is 10 + 38?", "48 apples", OPEN),
    ("What is 1000 + 234?", "1,234", CHECKED),
    ("What is 1/3?", "0.33", OPEN),
    ("What is 1/3?", "0.34", CONTRADICTED),
    ("What is 50% of 160?", "80", CHECKED),
    ("What is the mean of 30, 20, 2, 28?", "20", CHECKED),
    ("What is the greatest common divisor of 18 and 12?", "6", CHECKED),
    ("What is the remainder when 7^100 is divided by 13?", "9", CHECKED),
    ("How many primes are less than 100?", "25", CHECKED),
    ("How many primes are up to 97?", "24", CONTRADICTED),
    ("How many positive divisors does 360 have?", "24", CHECKED),
    # Calculus.
    ("Differentiate f(x) = 2x^2 with respect to x.", "4x", CHECKED),
    ("Differentiate f(x) = 2x^2 with respect to x.", "f'(x) = 4x", CHECKED),
    ("Differentiate f(x) = 2x^2 with respect to x.", "4x + 1", CONTRADICTED),
    (r"Differentiate $\sin(2x)$ with respect to $x$.", r"2\cos(2x)", CHECKED),
    (r"Find $\int 2x\,dx$", "x^2 + C", CHECKED),
    (r"Find $\int 2x\,dx$", "x^2", OPEN),
    (r"Find $\int 2x\,dx$", "x^3 + C", CONTRADICTED),
    (r"Evaluate $\int_0^1 x^2 \, dx$.", r"\frac13", CHECKED),
    (r"Evaluate $\int_0^1 x^2 \, dx$.", "0.33", OPEN),
    (r"Evaluate $\int_0^1 x^2 \, dx$.", "1/2", CONTRADICTED),
    (r"Compute $\lim_{x\to 0} \frac{\sin x}{x}$", "1", CHECKED),
    (r"Evaluate \sum_{k=1}^{100} k^2.", "338350", CHECKED),
    (r"Evaluate \sum_{n=1}^{\infty} \frac{1}{n^2}", r"\frac{\pi^2}{6}", CHECKED),
    # The form is asked for, and sameness alone does not decide.
    ("Factor x^2 - 1", "x^2 - 1", OPEN),
    ("Factor x^2 - 1", "(x-1)(x-1)", CONTRADICTED),
]
NEVER_READ = [
    "Find the sum of all solutions of x^2 = 4",
    "Solve for x: 2x + 3 = 7, where x is prime",
    "What is the capital of France?",
    "Solve for x: a x = 3",
    "Solve 2x = 3 mod 7",
    "What is 15% off 80?",
    "Find the larger root of x^2 - 5x + 6 = 0",
    "What is 1/2x?",
    "What is 9^9^9?",
    "Solve for x: 2^{10^9} = x",
    "What is __import__('os').system('id')?",
    "Simplify x^2 by 3",
]


@pytest.fixture(scope="module")
def oracle():
    oracle = Oracle()
    yield oracle
    oracle.close()


def label(problem: str, answer: str, oracle: Oracle) -> str:
    found = gather(problem, answer, oracle)
    if found.decides and found.outcome is Outcome.CONFIRMED:
        return CHECKED
    return CONTRADICTED if found.decides and found.outcome is Outcome.REFUTED else OPEN


@pytest.mark.parametrize(("problem", "answer", "expected"), CASES)
def test_gather_labels_an_answer(problem, answer, expected, oracle):
    assert label(problem, answer, oracle) == expected


@pytest.mark.parametrize("problem", NEVER_READ)
def test_gather_does_not_read_what_it_is_not_sure_of(problem, oracle):
    assert gather(problem, "2", oracle).read_as == ""


def test_gather_shows_the_substitution(oracle):
    found = gather(QUADRATIC, "1, 6", oracle)
    assert found.read_as == "find every value of x with x^2 - 5x + 6 = 0"
    assert found.lines == ("$x = 1$: left side $2$, right side $0$: not equal.",)


def test_gather_survives_hostile_texts(oracle):
    for text in ("\x00", "(" * 5000, "9" * 5000, r"\frac" * 900, "x" * 9000, "2^{2^{2^{2^{99}}}}"):
        assert label(QUADRATIC, text, oracle) != CHECKED
        assert gather(f"What is {text}?", "1", oracle).outcome is not Outcome.CONFIRMED


def test_gather_reads_the_warm_up_problems_and_confirms_their_answers(oracle):
    rows = shared_cases("suites/warmup.jsonl")[::6]
    assert all(label(row["problem"], row["answer"], oracle) == CHECKED for row in rows)
    assert all(label(row["problem"], "-987654", oracle) == CONTRADICTED for row in rows)


def test_gather_reads_no_competition_problem_by_mistake(oracle):
    for suite in ("aime24", "aime25", "hmmt25"):
        for row in shared_cases(f"suites/{suite}.jsonl"):
            assert label(row["problem"], row["answer"], oracle) != CONTRADICTED
