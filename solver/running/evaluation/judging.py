"""Judge drawn samples twice: as the site does, which knows no answer, and by the known answer.

Nothing here asks the model, so it can be done again after the checks were improved.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from solver.checking.answers import final_answer
from solver.checking.election import elect
from solver.checking.equivalence import judge
from solver.checking.evidence import Outcome
from solver.checking.exhibits import Exhibit
from solver.checking.samples_cases import Case as TestCase
from solver.checking.samples_run import Answer, check_program
from solver.checking.sandbox import SandboxUnavailable
from solver.checking.verdict import Label, rule
from solver.checking.voting import clusters
from solver.models.problem import Kind
from solver.running import verdict
from solver.running.evaluation.folder import Drawn
from solver.running.evaluation.suites import Case, Suite

AT_ONCE = 3
NO_DECIDER = "no decider"


@dataclass(frozen=True, slots=True)
class Judged:
    """One sample. `source`: where the answer stood; "" where there is none."""

    answer: str
    source: str
    label: Label
    is_right: bool
    finish: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    error: str


@dataclass(frozen=True, slots=True)
class Result:
    """One problem. `groups`: positions of samples whose answers are equal, in order of appearance.

    decider: the kind of check that decides a right answer to it. winner: the sample that the site
    would show, and label what it would say of it.
    """

    case: Case
    decider: str
    samples: tuple[Judged, ...]
    groups: tuple[tuple[int, ...], ...]
    winner: int
    label: Label


def judge_all(suite: Suite, drawn: Iterable[Drawn], tell: Callable[[str], None]) -> list[Result]:
    """The problems of which at least one sample was drawn, in the suite's order."""
    by_case: dict[str, list[Drawn]] = defaultdict(list)
    for one in drawn:
        by_case[one.id].append(one)
    cases = [case for case in suite.cases if by_case[case.id]]
    results = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(lambda case: judge_case(case, by_case[case.id]), cases):
            results.append(result)
            if len(results) % 20 == 0:
                tell(f"judged {len(results)} of {len(cases)} problems")
    return results


def judge_case(case: Case, drawn: Sequence[Drawn]) -> Result:
    return _Bench(case).judge(sorted(drawn, key=lambda one: one.sample))


class _Bench:
    """Judges one case; equal questions are asked once."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._problem = case.as_problem()
        self._same = verdict.same_answer(self._problem)
        self._exhibits: dict[tuple[str, str], list[Exhibit]] = {}
        self._right: dict[str, bool] = {}

    def judge(self, drawn: Sequence[Drawn]) -> Result:
        answers = [verdict.answer_of(self._problem, one.text) for one in drawn]
        election = elect(answers, self._same, lambda at: self._examine(drawn[at], answers[at]))
        judged = [self._judge(one, answer) for one, answer in zip(drawn, answers, strict=True)]
        return Result(
            self._case,
            self._decider(),
            tuple(judged),
            clusters(answers, self._same),
            election.winner,
            election.ruling.label,
        )

    def _judge(self, one: Drawn, answer: str) -> Judged:
        return Judged(
            answer,
            _source(one.text) if answer else "",
            rule(self._examine(one, answer)).label if answer else Label.UNCHECKED,
            self._is_right(answer),
            one.finish,
            one.prompt_tokens,
            one.completion_tokens,
            one.seconds,
            one.error,
        )

    def _examine(self, one: Drawn, answer: str) -> list[Exhibit]:
        key = (answer, _source(one.text))
        if key not in self._exhibits:
            self._exhibits[key] = verdict.examine(self._problem, one.text)
        return self._exhibits[key]

    def _is_right(self, answer: str) -> bool:
        if not answer:
            return False
        if answer not in self._right:
            is_code = self._case.kind is Kind.CODE
            self._right[answer] = (
                self._passes(answer) if is_code else judge(self._case.answer, answer).is_equal
            )
        return self._right[answer]

    def _passes(self, source: str) -> bool:
        tests = [TestCase(test["input"], test["expected"]) for test in self._case.tests]
        try:
            return check_program(verdict.sandbox(), Answer("python", source), tests).all_passed
        except (SandboxUnavailable, ValueError):
            return False

    def _decider(self) -> str:
        """What decides the known answer, found out by checking that answer."""
        if self._case.kind is Kind.CODE:
            return "tests" if verdict.has_tests(self._problem) else NO_DECIDER
        found = verdict.examine(self._problem, rf"\boxed{{{self._case.answer}}}")
        decided = [one for one in found if one.decides and one.outcome is Outcome.CONFIRMED]
        return decided[0].title if decided else NO_DECIDER


def _source(text: str) -> str:
    found = final_answer(text)
    return found.source.value if found else "program"
