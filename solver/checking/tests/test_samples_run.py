from pathlib import Path

import pytest

from solver.checking.samples_cases import Case
from solver.checking.samples_compare import Comparison, Matcher
from solver.checking.samples_run import Answer, CaseVerdict, Row, Table, check_program
from solver.checking.sandbox import Limits, Sandbox, SandboxUnavailable

SUMS = [Case("1 2\n", "3\n"), Case("5 5\n", "10\n"), Case("-1 1\n", "0\n")]
RIGHT = "print(sum(map(int, input().split())))"


@pytest.fixture(scope="module")
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(Path(request.config.cache.mkdir("sandbox")))


def failed(table: Table) -> Row:
    assert table.first_failure is not None
    return table.first_failure


def test_a_right_program_passes_and_the_summary_claims_no_more(sandbox):
    table = check_program(sandbox, Answer("python", RIGHT), SUMS)
    assert table.all_passed
    assert table.first_failure is None
    assert table.summary == "The program passed 3 of 3 test cases. Other inputs were not tried."
    assert [row.got for row in table.rows] == ["3\n", "10\n", "0\n"]
    assert all(0 < row.time_s < 20 for row in table.rows)


def test_a_wrong_program_is_shown_with_its_failing_case(sandbox):
    table = check_program(sandbox, Answer("python", "print(3)"), SUMS)
    failure = failed(table)
    assert (table.passed, table.total, table.all_passed) == (1, 3, False)
    assert failure.number == 2
    assert (failure.input, failure.expected, failure.got) == ("5 5\n", "10\n", "3\n")
    assert failure.verdict is CaseVerdict.WRONG


def test_a_crash_and_a_hang_have_their_reasons(sandbox):
    crash = failed(check_program(sandbox, Answer("python", "1/0"), SUMS[:1]))
    assert crash.verdict is CaseVerdict.RUNTIME_ERROR
    assert crash.reason == "ZeroDivisionError: division by zero"
    slow = Answer("python", "while True: pass", Limits(wall_s=0.3))
    hang = failed(check_program(sandbox, slow, SUMS[:1]))
    assert hang.verdict is CaseVerdict.TIME_LIMIT
    assert "0.3 s" in hang.reason


def test_cpp_is_compiled_or_its_errors_are_shown(sandbox):
    code = '#include <cstdio>\nint main(){int a,b;scanf("%d%d",&a,&b);printf("%d",a+b);}'
    limits = Limits(compile_s=60)
    assert check_program(sandbox, Answer("cpp", code, limits), SUMS).all_passed
    broken = check_program(sandbox, Answer("cpp", "int main(){", limits), SUMS)
    assert "error" in broken.compile_error
    assert broken.summary == "The program does not compile."
    assert [row.verdict for row in broken.rows] == [CaseVerdict.COMPILE_ERROR] * 3


def test_no_cases_prove_nothing(sandbox):
    table = check_program(sandbox, Answer("python", RIGHT), [])
    assert not table.all_passed
    assert "nothing was shown" in table.summary


def test_a_spent_budget_leaves_cases_out_and_passes_nothing(sandbox):
    table = check_program(sandbox, Answer("python", RIGHT, budget_s=0), SUMS)
    assert [row.verdict for row in table.rows] == [CaseVerdict.NOT_RUN] * 3
    assert not table.all_passed
    assert table.first_failure is None


def test_large_outputs_are_compared_whole_and_shown_in_part(sandbox):
    expected = "7 " * 1_000_000
    table = check_program(sandbox, Answer("python", "print('7 ' * 10**6)"), [Case("", expected)])
    assert table.all_passed
    assert len(table.rows[0].got) < 2100
    assert "more characters" in table.rows[0].expected


def test_many_cases_are_counted_and_not_all_kept():
    table = Table()
    for number in range(1000):
        verdict = CaseVerdict.WRONG if number % 2 else CaseVerdict.PASSED
        table.add(Row(number, "", "", "", verdict))
    assert (table.total, table.passed, len(table.rows)) == (1000, 500, 200)


def test_tolerance_is_the_teachers_choice(sandbox):
    cases = [Case("", "0.333333333")]
    near = Answer("python", "print(0.3333333)", matcher=Matcher(Comparison.TOLERANCE, 1e-6))
    assert check_program(sandbox, near, cases).all_passed
    assert not check_program(sandbox, Answer("python", near.source), cases).all_passed


def test_unsafe_output_is_shown_safely(sandbox):
    table = check_program(sandbox, Answer("python", "print('\\0\\x1b[2Ja')"), [Case("\0", "a")])
    assert table.rows[0].got == "a\n"
    assert table.rows[0].input == ""


def test_no_sandbox_is_said_aloud(tmp_path):
    with pytest.raises(SandboxUnavailable, match="switched off"):
        check_program(Sandbox(tmp_path, "none"), Answer("python", RIGHT), SUMS)
