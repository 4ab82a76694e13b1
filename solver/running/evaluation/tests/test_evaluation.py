"""A suite through a scripted engine, real checks and a real folder."""

import _thread
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from solver.checking.verdict import Label
from solver.engines.base import FinishReason, Request
from solver.engines.scripted import Script, ScriptedEngine
from solver.management.commands import evaluate
from solver.models import Correction, Problem
from solver.models.problem import Kind
from solver.running.evaluation.folder import Drawn, Folder, Plan, missing
from solver.running.evaluation.judging import NO_DECIDER, judge_case
from solver.running.evaluation.measures import measure
from solver.running.evaluation.suites import Case, SuiteRefused, load

CASE = Case("q", Kind.MATHS, "Solve for x: x^2 - 5x + 6 = 0", "\\{2, 3\\}")
RIDDLE = Case("r", Kind.MATHS, "How many moves does the fox need?", "12")
CODE = Case(
    "c",
    Kind.CODE,
    "Print the sum.\n\nSample Input\n1 1\n\nSample Output\n2\n",
    "",
    tests=({"input": "2 3\n", "expected": "5\n"},),
)


def drawn(case: Case, *answers: str) -> list[Drawn]:
    texts = [rf"So \boxed{{{answer}}}." if answer else "Hm." for answer in answers]
    return [
        Drawn(case.id, sample, text, FinishReason.STOP, 10, 5, 0.1)
        for sample, text in enumerate(texts)
    ]


def program(source: str) -> list[Drawn]:
    return [Drawn("c", 0, f"```python\n{source}\n```", FinishReason.STOP, 10, 5, 0.1)]


def test_samples_are_judged_with_and_without_the_answer() -> None:
    result = judge_case(CASE, drawn(CASE, "1, 6", "1, 6", "2, 3", ""))
    assert [(one.label, one.is_right) for one in result.samples] == [
        (Label.CONTRADICTED, False),
        (Label.CONTRADICTED, False),
        (Label.CHECKED, True),
        (Label.UNCHECKED, False),
    ]
    assert (result.winner, result.label) == (2, Label.CHECKED)
    assert result.decider != NO_DECIDER
    assert judge_case(RIDDLE, drawn(RIDDLE, "12")).decider == NO_DECIDER


def test_a_program_is_right_by_tests_that_it_has_not_seen() -> None:
    honest = judge_case(CODE, program("print(sum(map(int, input().split())))")).samples[0]
    assert (honest.label, honest.is_right) == (Label.CHECKED, True)
    cheat = judge_case(CODE, program("print(2)")).samples[0]
    assert (cheat.label, cheat.is_right) == (Label.CHECKED, False)


def test_measures_count_what_they_say() -> None:
    results = [
        judge_case(CASE, drawn(CASE, "1, 6", "2, 3", "1, 6", "3, 2")),
        judge_case(RIDDLE, drawn(RIDDLE, "12", "13", "12", "12")),
    ]
    found = measure(results)
    assert found.majority[1].value == pytest.approx((2 / 4 + 3 / 4) / 2)
    assert list(found.majority) == [1, 2, 4]
    # A tie goes to what came first: wrong for the quadratic, and no tie for the riddle.
    assert found.majority[4].value == 0.5
    # The site shows the checked roots, and the riddle's majority.
    assert found.elected.value == 1.0
    assert (found.checked_right.hits, found.checked_right.runs) == (2, 2)
    assert (found.contradicted_wrong.hits, found.contradicted_wrong.runs) == (2, 2)
    assert (found.coverage.hits, found.coverage.runs) == (2, 5)
    assert (found.decided_coverage.hits, found.decided_coverage.runs) == (2, 2)


def test_a_folder_is_taken_up_where_it_was_left(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    plan = Plan("s", "d", "m", {}, {}, 0)
    folder = Folder.fresh(plan)
    folder.append(drawn(CASE, "1")[0])
    with (folder.path / "samples.jsonl").open("a") as file:
        file.write('{"id": "q", "sample": 1, "te')
    folder.mend()
    folder.append(drawn(RIDDLE, "2")[0])
    again = Folder.newest(plan)
    assert again is not None
    assert missing(again, ["q", "r"], 2) == [("q", 1), ("r", 1)]
    assert Folder.newest(Plan("s", "d", "another", {}, {}, 0)) is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("nonsense", "Line 1"),
        ('{"id": "1", "kind": "maths", "problem": "p"}', "give an answer"),
        ('{"id": "1", "kind": "song", "problem": "p", "answer": "1"}', "kind must be"),
        ('{"id": "1", "kind": "maths", "answer": "1"}', "'problem' is missing"),
        ("\n", "no problems"),
    ],
)
def test_a_broken_suite_says_where(tmp_path: Path, lines: str, words: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(lines)
    with pytest.raises(SuiteRefused, match=words):
        load(str(path))


def test_suites_have_names() -> None:
    assert len(load("starter").cases) == 12
    with pytest.raises(SuiteRefused, match="starter"):
        load("nowhere")


@pytest.mark.django_db
def test_teachers_corrections_are_a_suite(alice: User, bob: User) -> None:
    problem = Problem.objects.create(owner=alice, kind=Kind.MATHS, text=CASE.problem)
    for new in ("1", CASE.answer):
        Correction.objects.create(problem=problem, new=new, by=bob)
    (case,) = load("corrections").cases
    assert (case.problem, case.answer) == (CASE.problem, CASE.answer)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """A test run in the background is born deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.django_db
@pytest.mark.usefixtures("ctrl_c")
def test_the_command_writes_a_report_and_goes_on_after_a_stop(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    settings.DATA_DIR = tmp_path
    options = {"suite": "starter", "samples": 2, "limit": 2}
    asked: list[str] = []

    def interrupted(request: Request) -> str:
        asked.append(request.id)
        if len(asked) == 3:
            _thread.interrupt_main()
        return r"So \boxed{43}. <b>" if len(asked) == 1 else " ".join("many words") * 50

    def saying(script: Script, rate: float | None) -> None:
        engine = ScriptedEngine(script, rate=rate, model="scripted")
        monkeypatch.setattr(evaluate, "open_model", lambda kinds, progress: engine)

    saying(interrupted, rate=20)
    with pytest.raises(CommandError, match="--resume"):
        call_command("evaluate", **options)
    saying(r"So \boxed{43}. <b>", rate=None)
    call_command("evaluate", **options, resume=True)
    (folder,) = (tmp_path / "evaluations").iterdir()
    measures = json.loads((folder / "results.json").read_text())["measures"]
    assert (measures["problems"], measures["samples"]) == (2, 4)
    assert measures["checked_right"]["value"] == 1.0
    page = (folder / "report.html").read_text()
    assert "maj@2" in page
    assert "<b>43" not in page
    assert "of `checked` answers 100.0%" in capsys.readouterr().out
