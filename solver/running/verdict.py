"""What was done to check an answer, asked once when a run ends.

Maths: the reference answer where a teacher gave one, and evidence from the problem itself. Code:
the problem's examples and the tests that a teacher added, run in the sandbox.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from solver.checking.answers import FinalAnswer, Source, final_answer
from solver.checking.code_blocks import program
from solver.checking.equivalence import judge
from solver.checking.evidence import Outcome, gather
from solver.checking.examples import examples
from solver.checking.exhibits import Exhibit, not_run, of_evidence, of_judgement, of_tests
from solver.checking.oracle import shared_oracle
from solver.checking.samples_cases import Case
from solver.checking.samples_run import Answer, check_program
from solver.checking.sandbox import Sandbox, SandboxUnavailable
from solver.checking.verdict import rule
from solver.models.problem import Kind, Problem
from solver.models.solution import Solution, Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """A verdict, the evidence behind it, and the answer that both are about."""

    verdict: Verdict = Verdict.UNCHECKED
    evidence: tuple[Mapping[str, Any], ...] = ()
    answer: str = ""


def check(solution: Solution, answer: str) -> Check:
    """Check what a finished text (`solution.text`) answers; `answer` is its box, if it has one."""
    problem, text = solution.problem, solution.text
    ruling = rule(examine(problem, text))
    evidence = tuple(exhibit.as_json() for exhibit in ruling.exhibits)
    given = answer if problem.kind == Kind.CODE else answer_of(problem, text)
    return Check(Verdict(ruling.label.value), evidence, given or answer)


def answer_of(problem: Problem, text: str) -> str:
    """What several samples are compared by: the final answer, or the whole program; "" if none."""
    if problem.kind == Kind.CODE:
        code = program(text)
        return code.source.strip() if code else ""
    found = final_answer(text)
    return found.text if found else ""


def same_answer(problem: Problem) -> Callable[[str, str], bool]:
    """Whether two answers to a problem are one. Programs are one only when written alike."""
    if problem.kind == Kind.CODE:
        return str.__eq__
    return lambda one, other: one == other or judge(one, other).is_equal


def examine(problem: Problem, text: str) -> list[Exhibit]:
    """Everything that was done to check what this text answers."""
    if problem.kind == Kind.CODE:
        return _try_program(problem, text)
    found = final_answer(text)
    return _try_answer(problem, found) if found else []


def has_tests(problem: Problem) -> bool:
    """Whether a program for it can be tried at all."""
    return bool(_cases(problem))


@cache
def sandbox() -> Sandbox:
    """One a process: it proves its back ends once and keeps what it compiled."""
    folder = settings.DATA_DIR / "sandbox"
    return Sandbox(folder, settings.SANDBOX, at_once=settings.SANDBOX_AT_ONCE)


def _try_answer(problem: Problem, found: FinalAnswer) -> list[Exhibit]:
    exhibits = []
    if problem.reference_answer:
        exhibits.append(of_judgement(judge(problem.reference_answer, found.text)))
    shown = of_evidence(gather(problem.text, found.text, shared_oracle()))
    if shown is not None:
        exhibits.append(shown)
    return [_doubted(exhibit, found) for exhibit in exhibits]


def _doubted(exhibit: Exhibit, found: FinalAnswer) -> Exhibit:
    """A check against an answer that was only guessed from the last line proves nothing."""
    if found.source is Source.LAST_LINE and exhibit.outcome is Outcome.REFUTED:
        return exhibit.without_deciding(
            _("The solution names no final answer; its last line was taken for one.")
        )
    return exhibit


def _try_program(problem: Problem, text: str) -> list[Exhibit]:
    cases = _cases(problem)
    if not cases:
        return [not_run(_("The problem has no examples, and no tests were added to it."))]
    found = program(text)
    if found is None:
        return [not_run(_("The solution contains no program."))]
    answer = Answer(found.language or "python", found.source, budget_s=settings.TESTS_BUDGET_S)
    try:
        return [of_tests(check_program(sandbox(), answer, cases))]
    except (SandboxUnavailable, ValueError) as error:
        return [not_run(str(error))]


def _cases(problem: Problem) -> list[Case]:
    """The examples of the statement, then a teacher's tests."""
    stated = [
        Case(example.input, example.output)
        for example in examples(problem.text)
        if not example.is_call
    ]
    added = [Case(case.get("input", ""), case.get("expected", "")) for case in problem.tests]
    return stated + added
