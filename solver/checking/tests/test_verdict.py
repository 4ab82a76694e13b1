import json

import pytest

from solver.checking.evidence import Evidence, Outcome
from solver.checking.exhibits import Exhibit, Source, of_evidence, of_tests
from solver.checking.samples_run import CaseVerdict, Row, Table
from solver.checking.verdict import Label, rule
from solver.checking.voting import majority


def exhibit(outcome, *, decides=True):
    return Exhibit(Source.EVIDENCE, "substitution", outcome, decides)


def vote(answers):
    return majority(answers, str.__eq__)


FOR, AGAINST = exhibit(Outcome.CONFIRMED), exhibit(Outcome.REFUTED)
WEAK_FOR = exhibit(Outcome.CONFIRMED, decides=False)
WEAK_AGAINST = exhibit(Outcome.REFUTED, decides=False)


@pytest.mark.parametrize(
    ("exhibits", "samples", "expected"),
    [
        ([], None, Label.UNCHECKED),
        ([FOR], None, Label.CHECKED),
        ([AGAINST], None, Label.CONTRADICTED),
        ([FOR, AGAINST], None, Label.CONTRADICTED),
        ([WEAK_FOR], None, Label.UNCHECKED),
        ([WEAK_AGAINST], None, Label.UNCHECKED),
        ([WEAK_FOR], ["2", "2", "3"], Label.AGREES),
        ([], ["2"] * 32, Label.AGREES),
        ([], ["2", "2", "3", "4"], Label.UNCHECKED),
        ([], ["2"], Label.UNCHECKED),
        ([FOR], ["2", "3"], Label.CHECKED),
        ([AGAINST], ["2"] * 32, Label.CONTRADICTED),
    ],
)
def test_rule_labels_by_what_decides(exhibits, samples, expected):
    assert rule(exhibits, vote(samples) if samples else None).label is expected


def test_rule_keeps_the_vote_as_evidence_and_its_counts():
    ruling = rule([], vote(["2", "2", "3"]))
    assert (ruling.agreeing, ruling.of) == (2, 3)
    assert ruling.exhibits[-1].lines == ("2 of 3 samples gave this answer.",)


def test_of_evidence_shows_what_the_problem_was_read_as():
    evidence = Evidence(Outcome.REFUTED, "substitution", "find x", ("x = 1: not equal.",), True)
    shown = of_evidence(evidence)
    assert shown is not None
    assert shown.lines[0] == "The problem was read as: find x."
    assert json.loads(json.dumps(shown.as_json()))["outcome"] == "refuted"
    assert of_evidence(Evidence(Outcome.OPEN)) is None


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["passed", "passed"], Label.CHECKED),
        (["passed", "wrong answer"], Label.CONTRADICTED),
        (["runtime error"], Label.CONTRADICTED),
        (["passed", "time limit"], Label.UNCHECKED),
        (["time limit", "wrong answer"], Label.CONTRADICTED),
        (["passed", "not run"], Label.UNCHECKED),
        ([], Label.UNCHECKED),
    ],
)
def test_tests_decide_unless_only_time_ran_out(verdicts, expected):
    table = Table()
    for number, verdict in enumerate(verdicts, start=1):
        table.add(Row(number, "1", "2", "3", CaseVerdict(verdict)))
    assert rule([of_tests(table)]).label is expected
