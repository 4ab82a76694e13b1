import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from solver.models import DeliveryState, State, WebhookDelivery, WebhookEndpoint, WebhookEvent
from solver.models.webhook import DisabledBy
from solver.running import announce, states, webhooks
from solver.running.submit import submit

URL = "http://127.0.0.1:9/hook"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = True


def test_the_secret_is_shown_once_and_kept_sealed(alice, settings):
    endpoint, secret = webhooks.add_endpoint(alice, URL, ["solution.done"])
    stored = WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert secret.startswith("whsec_")
    assert secret not in str(WebhookEndpoint.objects.values().get())
    assert stored.secret == secret
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret"
    assert stored.secret == secret


@pytest.mark.parametrize(
    ("url", "events", "field"),
    [
        (URL, [], "events"),
        (URL, ["webhook.test"], "events"),
        ("http://169.254.169.254/", ["solution.done"], "url"),
        (f"https://example.org/{'a' * 500}", ["solution.done"], "url"),
    ],
)
def test_bad_endpoints_are_refused(alice, url, events, field):
    with pytest.raises(ValidationError) as refused:
        webhooks.add_endpoint(alice, url, events)
    assert set(refused.value.message_dict) == {field}


def test_there_is_a_most_of_endpoints(alice):
    for _ in range(webhooks.ENDPOINTS_PER_PERSON):
        webhooks.add_endpoint(alice, URL, ["solution.done"])
    with pytest.raises(ValidationError, match="the most"):
        webhooks.add_endpoint(alice, URL, ["solution.done"])


def test_only_those_who_asked_are_told(alice, bob):
    wanted, _ = webhooks.add_endpoint(alice, URL, ["solution.done"])
    webhooks.add_endpoint(alice, URL, ["review.created"])
    webhooks.add_endpoint(bob, URL, ["solution.done"])
    off, _ = webhooks.add_endpoint(alice, URL, ["solution.done"])
    webhooks.disable(off, DisabledBy.OWNER)
    assert webhooks.emit(WebhookEvent.SOLUTION_DONE, alice.pk, "1", {"id": "1"}) == 1
    delivery = WebhookDelivery.objects.get()
    assert delivery.endpoint == wanted
    message = json.loads(delivery.body)
    assert message.keys() == {"type", "timestamp", "data"}
    assert message["data"] == {"id": "1"}


def test_the_same_event_is_one_message(alice):
    webhooks.add_endpoint(alice, URL, ["solution.done"])
    for subject in ("1", "1", "2"):
        webhooks.emit(WebhookEvent.SOLUTION_DONE, alice.pk, subject, {})
    assert WebhookDelivery.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_every_ending_of_a_solution_is_told_once(alice, valkey):
    webhooks.add_endpoint(alice, URL, ["solution.done"])
    solution = submit(alice, "2 + 3?")
    assert states.cancel(solution) == State.CANCELLED
    announce.tell_ending(solution.pk)
    message = json.loads(WebhookDelivery.objects.get().body)
    assert message["type"] == "solution.done"
    assert message["data"]["id"] == str(solution.pk)
    assert message["data"]["state"] == "cancelled"
    assert "text" not in message["data"]


def test_without_webhooks_an_ending_costs_one_question(alice, db):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        webhooks.emit(WebhookEvent.SOLUTION_DONE, alice.pk, "1", {})
    assert len(queries) == 1


def test_switching_off_gives_up_what_waits_and_on_again_works(alice):
    endpoint, _ = webhooks.add_endpoint(alice, URL, ["solution.done"])
    webhooks.send_test(endpoint)
    assert webhooks.disable(endpoint, DisabledBy.OWNER)
    assert not webhooks.disable(endpoint, DisabledBy.GONE)
    assert WebhookDelivery.objects.get().state == DeliveryState.FAILED
    assert webhooks.enable(endpoint)
    assert not webhooks.enable(endpoint)
    assert webhooks.redeliver(WebhookDelivery.objects.get())
    assert not webhooks.redeliver(WebhookDelivery.objects.get())
