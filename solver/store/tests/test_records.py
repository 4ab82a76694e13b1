import json

import pytest

from solver.models.solution import Verdict
from solver.store import records
from solver.store.tests.shelf import PLANTED, solved


def text_of(solution) -> str:
    return records.encoded(solution).decode()


def test_record_is_enough_to_run_it_again(alice):
    solution = solved(alice, verdict=Verdict.CHECKED, evidence=[{"method": "substituted"}])

    record = json.loads(text_of(solution))

    assert record["input"]["problem"] == solution.problem.text
    assert record["input"]["system_prompt"] == "You solve."
    assert record["output"]["answer"] == "2"
    assert record["sampling"] == {"temperature": 0.0, "seed": 7}
    assert record["prompt"]["name"] == "maths solver"
    assert record["checks"] == {
        "verdict": "checked",
        "samples": 1,
        "agreeing": 0,
        "evidence": [{"method": "substituted"}],
    }
    assert record["timings"]["solving_s"] == pytest.approx(3.0, abs=0.1)
    assert record["timings"]["first_token_s"] == pytest.approx(1.0, abs=0.1)


def test_record_names_nobody(alice):
    text = text_of(solved(alice))

    assert alice.username not in text
    assert alice.email not in text
    assert "example.org" not in text


def test_pseudonym_is_steady_and_keyed(alice, bob, settings):
    one = records.pseudonym(alice.pk)

    assert one == records.pseudonym(alice.pk)
    assert one != records.pseudonym(bob.pk)
    settings.LOG_PSEUDONYM_KEY = "another key"
    assert one != records.pseudonym(alice.pk)


@pytest.mark.parametrize("says_no", ["person", "site"])
def test_text_stays_out_unless_person_and_site_allow_it(alice, settings, says_no):
    if says_no == "person":
        alice.log_text = False
        alice.save()
    else:
        settings.LOG_TEXT = False
    solution = solved(alice, evidence=[{"detail": PLANTED}])

    text = text_of(solution)

    assert PLANTED not in text
    record = json.loads(text)
    assert (record["text_kept"], record["input"], record["output"]) == (False, None, None)
    assert record["tokens"]["completion"] == 40
