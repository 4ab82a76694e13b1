"""Runs a code answer against test cases and tells of each what was expected, got, and how long."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .samples_cases import Case
from .samples_compare import Matcher
from .sandbox import MAX_STDIN_BYTES, MIB, Limits, Outcome, Program, Sandbox, Verdict, shown

_SHOWN_CHARACTERS = 2000
_SHOWN_ROWS = 100
_MOST_OUTPUT_BYTES = 64 * MIB


class CaseVerdict(StrEnum):
    """How one case ended; the values are words for people."""

    PASSED = "passed"
    WRONG = "wrong answer"
    RUNTIME_ERROR = "runtime error"
    TIME_LIMIT = "time limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    COMPILE_ERROR = "does not compile"
    NOT_RUN = "not run"


_ENDS = {
    Verdict.RUNTIME_ERROR: CaseVerdict.RUNTIME_ERROR,
    Verdict.TIME_LIMIT: CaseVerdict.TIME_LIMIT,
    Verdict.MEMORY_LIMIT: CaseVerdict.MEMORY_LIMIT,
    Verdict.OUTPUT_LIMIT: CaseVerdict.OUTPUT_LIMIT,
    Verdict.COMPILE_ERROR: CaseVerdict.COMPILE_ERROR,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One case as it is shown; texts are cut to 2,000 characters and free of control codes."""

    number: int
    input: str
    expected: str
    got: str
    verdict: CaseVerdict
    time_s: float = 0.0
    reason: str = ""


@dataclass(slots=True)
class Table:
    """What the cases showed. `rows` has the first 100 and up to 100 more that did not pass."""

    rows: list[Row] = field(default_factory=list)
    passed: int = 0
    total: int = 0
    compile_error: str = ""

    @property
    def all_passed(self) -> bool:
        """Whether there were cases and every one of them passed."""
        return 0 < self.total == self.passed

    @property
    def first_failure(self) -> Row | None:
        """The first case that was run and failed, or None."""
        passing = (CaseVerdict.PASSED, CaseVerdict.NOT_RUN)
        return next((row for row in self.rows if row.verdict not in passing), None)

    @property
    def summary(self) -> str:
        """One sentence that claims no more than what was seen."""
        if self.compile_error:
            return "The program does not compile."
        if not self.total:
            return "There were no test cases, so nothing was shown."
        if self.all_passed:
            return (
                f"The program passed {self.passed} of {self.total} test cases. "
                "Other inputs were not tried."
            )
        return f"The program passed {self.passed} of {self.total} test cases."

    def add(self, row: Row) -> None:
        self.total += 1
        self.passed += row.verdict is CaseVerdict.PASSED
        room = _SHOWN_ROWS if row.verdict is CaseVerdict.PASSED else 2 * _SHOWN_ROWS
        if len(self.rows) < room:
            self.rows.append(row)


@dataclass(frozen=True, slots=True)
class Answer:
    """A code answer and how it is tried. `budget_s` bounds all cases together, by the clock."""

    language: str
    source: str
    limits: Limits = field(default_factory=Limits)
    matcher: Matcher = field(default_factory=Matcher)
    budget_s: float = 120.0


def check_program(sandbox: Sandbox, answer: Answer, cases: Iterable[Case]) -> Table:
    """Run the answer on every case, one after the other; compiled once.

    Cases are taken one at a time and only their shown part is kept. Once the budget is spent, the
    rest is counted as not run. Raises what `Sandbox.run` and the iterator of cases raise.
    """
    ready = sandbox.prepare(answer.language, answer.source, answer.limits)
    table = Table()
    if isinstance(ready, Outcome):
        table.compile_error = shown(ready.stderr_bytes, _SHOWN_CHARACTERS)
    deadline = time.monotonic() + answer.budget_s
    for number, case in enumerate(cases, start=1):
        if isinstance(ready, Outcome):
            table.add(_row(number, case, CaseVerdict.COMPILE_ERROR, ready))
        elif time.monotonic() > deadline:
            reason = f"The {answer.budget_s:g} s for all cases together were spent."
            table.add(_row(number, case, CaseVerdict.NOT_RUN, Outcome(Verdict.OK, reason=reason)))
        else:
            table.add(_run(sandbox, answer, ready, number, case))
    return table


def _run(sandbox: Sandbox, answer: Answer, ready: Program, number: int, case: Case) -> Row:
    expected = case.expected.encode("utf-8", "surrogatepass")
    most = max(answer.limits.output_bytes, 2 * len(expected) + MIB)
    limits = replace(answer.limits, output_bytes=min(most, _MOST_OUTPUT_BYTES))
    stdin = case.input.encode("utf-8", "surrogatepass")
    if len(stdin) > MAX_STDIN_BYTES:
        raise ValueError(f"case {number}: the input is larger than {MAX_STDIN_BYTES // MIB} MiB")
    outcome = sandbox.run_prepared(ready, stdin, limits)
    if outcome.verdict is not Verdict.OK:
        return _row(number, case, _ENDS[outcome.verdict], outcome)
    right = answer.matcher.matches(outcome.stdout_bytes, expected)
    return _row(number, case, CaseVerdict.PASSED if right else CaseVerdict.WRONG, outcome)


def _row(number: int, case: Case, verdict: CaseVerdict, outcome: Outcome) -> Row:
    return Row(
        number=number,
        input=_cut(case.input),
        expected=_cut(case.expected),
        got=shown(outcome.stdout_bytes, _SHOWN_CHARACTERS),
        verdict=verdict,
        time_s=outcome.time_s,
        reason=_reason(outcome),
    )


def _cut(text: str) -> str:
    return shown(text.encode("utf-8", "replace"), _SHOWN_CHARACTERS)


def _reason(outcome: Outcome) -> str:
    """Why a run failed; for a crash the last line of its complaint, such as an exception."""
    if outcome.verdict is Verdict.RUNTIME_ERROR and outcome.stderr.strip():
        return outcome.stderr.strip().splitlines()[-1][:_SHOWN_CHARACTERS]
    return outcome.reason
