"""Asking for several samples on the page, and seeing how they voted."""

import pytest
from django.urls import reverse

from accounts.models import User
from solver.models import Sample, Solution, State, Verdict

pytestmark = pytest.mark.django_db


def row(number, answer, *, agrees, shown=False):
    return {
        "number": number,
        "answer": answer,
        "verdict": "unchecked",
        "agrees": agrees,
        "shown": shown,
        "tokens": 5,
        "note": "",
    }


@pytest.fixture
def voted(make):
    """Sample 1 said 13; sample 2, one of two that said 12, is on the page."""
    rows = [row(1, "13", agrees=False), row(2, "12", agrees=True, shown=True)]
    rows.append(row(3, "<b>12</b>", agrees=True))
    vote = {"source": "vote", "title": "majority vote", "lines": ["2 of 3."], "rows": rows}
    solution = make(
        state=State.DONE,
        text="It is 12.",
        answer="12",
        samples=3,
        agreeing=2,
        verdict=Verdict.AGREES,
        evidence=[vote],
    )
    for number, text in enumerate(("I say 13.", "It is 12.", "Also 12."), start=1):
        Sample.objects.create(solution=solution, number=number, text=text, finish_reason="stop")
    return solution


def test_the_student_chooses_how_careful(client, alice: User, valkey, settings):
    settings.SAMPLES_CAREFUL = 5
    client.force_login(alice)
    page = client.get(reverse("problem_new")).content.decode()
    assert "Careful: 5 solutions" in page
    client.post(reverse("problem_new"), {"text": "1+1?", "kind": "maths", "samples": "5"})
    client.post(reverse("problem_new"), {"text": "1+2?", "kind": "maths"})
    assert list(Solution.objects.values_list("samples", flat=True)) == [1, 5]
    refused = client.post(reverse("problem_new"), {"text": "1", "kind": "maths", "samples": "900"})
    assert refused.status_code == 400


def test_the_vote_is_shown_with_every_sample(client, alice: User, voted):
    client.force_login(alice)
    page = client.get(reverse("solution", args=[voted.pk])).content.decode()
    assert "Agrees 2 of 3" in page
    assert "You watched sample 1 arrive" in page
    assert "sample 2" in page
    assert "<b>12</b>" not in page
    for number, text in ((1, "I say 13."), (3, "Also 12.")):
        address = reverse("solution_sample", args=[voted.pk, number])
        assert address in page
        assert text in client.get(address).content.decode()
    assert client.get(reverse("solution_sample", args=[voted.pk, 4])).status_code == 404


def test_samples_are_as_private_as_their_solution(client, charlie: User, voted):
    client.force_login(charlie)
    assert client.get(reverse("solution_sample", args=[voted.pk, 1])).status_code == 404


def test_a_running_solution_says_how_many_samples_have_ended(client, alice: User, make):
    solution = make(state=State.RUNNING, samples=4)
    Sample.objects.create(solution=solution, number=3, text="x", finish_reason="stop")
    client.force_login(alice)
    page = client.get(reverse("solution", args=[solution.pk])).content.decode()
    assert "1 of 4 samples are done" in page
    assert client.get(reverse("solution_sample", args=[solution.pk, 3])).status_code == 404
