import pytest
from django.urls import reverse

from solver.models import Problem, Solution
from solver.running.workers import Status, WorkerStatus, report

WORKER = WorkerStatus(
    name="inference@test",
    status=Status.READY,
    routes=("maths",),
    model="demo",
    slots=16,
    in_batch=9,
)


@pytest.fixture
def scrape(client, valkey, db):
    def _scrape(**headers):
        return client.get(reverse("metrics"), headers=headers)

    return _scrape


def test_metrics_show_the_batch_and_what_waits(scrape, alice):
    report(WORKER)
    Solution.objects.create(problem=Problem.objects.create(owner=alice, text="1 + 1"), owner=alice)
    text = scrape().content.decode()
    assert 'num_requests_running{model_name="demo",worker="inference@test"} 9.0' in text
    assert 'num_requests_waiting{route="maths",state="queued"} 1.0' in text


def test_metrics_are_hidden_without_the_token(scrape, settings):
    settings.METRICS_TOKEN = "a token"
    assert scrape().status_code == 404
    assert scrape(authorization="Bearer another").status_code == 404
    assert scrape(authorization="Bearer a token").status_code == 200


def test_metrics_are_closed_in_production_where_no_token_is_set(scrape, settings):
    settings.PRODUCTION = True
    assert scrape().status_code == 404
