import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from solver.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from solver.models.webhook import DisabledBy
from solver.running import deliveries, webhooks
from solver.running.deliveries import RETRIES_S, deliver_due
from solver.running.tests.webhook_receiver import webhook_receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings, valkey):
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(alice, receiver):
    endpoint, _ = webhooks.add_endpoint(alice, receiver.url, ["solution.done"])
    return endpoint


def emit(endpoint, *subjects):
    for subject in subjects:
        webhooks.emit(WebhookEvent.SOLUTION_DONE, endpoint.owner_id, subject, {"id": subject})


def make_due():
    """What time would do."""
    WebhookDelivery.objects.filter(next_at__isnull=False).update(next_at=timezone.now())


def test_a_receiver_that_fails_three_times_gets_each_message_once_by_id(endpoint, receiver):
    receiver.answers = [500, 503, 301] * 3
    emit(endpoint, "1", "2", "3")
    for _ in range(4):
        assert deliver_due() == 3
        make_due()
    assert deliver_due() == 0
    assert len(receiver.got) == 12
    assert receiver.accepted_ids == set(WebhookDelivery.objects.values_list("pk", flat=True))
    for delivery in WebhookDelivery.objects.all():
        assert delivery.state == DeliveryState.DELIVERED
        assert [one["status"] for one in delivery.attempts][-1] == 200
        assert len(delivery.attempts) == 4


def test_the_documented_verifier_takes_ours_and_refuses_forged_and_old_ones(endpoint, receiver):
    emit(endpoint, "1")
    deliver_due()
    headers, body = receiver.got[0]
    webhook = Webhook(endpoint.secret)
    assert webhook.verify(body, headers)["data"] == {"id": "1"}
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 3_600)}
    for bad_body, bad_headers in [
        (body.replace('"1"', '"2"'), headers),
        (body, {**headers, "webhook-id": "msg_other"}),
        (body, old),
    ]:
        with pytest.raises(WebhookVerificationError):
            webhook.verify(bad_body, bad_headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(WebhookEndpoint().new_secret()).verify(body, headers)


def test_retries_wait_from_five_seconds_to_a_day_and_then_end(endpoint, receiver):
    receiver.answers = [500] * 20
    emit(endpoint, "1")
    waits = []
    for _ in RETRIES_S:
        before = timezone.now()
        deliver_due()
        next_at = WebhookDelivery.objects.get().next_at
        assert next_at is not None
        waits.append((next_at - before).total_seconds())
        make_due()
    for wait, planned in zip(waits, RETRIES_S, strict=True):
        assert planned <= wait <= planned * (1 + deliveries.JITTER) + 30
    assert (RETRIES_S[0], RETRIES_S[-1]) == (5, 86_400)
    deliver_due()
    assert WebhookDelivery.objects.get().state == DeliveryState.FAILED
    assert WebhookEndpoint.objects.get().disabled_by == DisabledBy.FAILING


def test_a_receiver_that_is_gone_is_left_alone(endpoint, receiver):
    receiver.answers = [410]
    emit(endpoint, "1")
    deliver_due()
    emit(endpoint, "2")
    assert deliver_due() == 0
    stored = WebhookEndpoint.objects.get()
    assert stored.disabled_by == DisabledBy.GONE
    assert WebhookDelivery.objects.get().state == DeliveryState.FAILED


def test_redelivery_by_hand_keeps_the_id(endpoint, receiver):
    emit(endpoint, "1")
    deliver_due()
    assert webhooks.redeliver(WebhookDelivery.objects.get())
    deliver_due()
    assert len(receiver.got) == 2
    assert len(receiver.accepted_ids) == 1


def test_an_address_that_turned_private_is_not_called(endpoint, receiver, settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    emit(endpoint, "1")
    deliver_due()
    assert receiver.got == []
    assert "not a public address" in WebhookDelivery.objects.get().attempts[0]["error"]


def test_a_receiver_that_is_away_is_written_down(endpoint, receiver):
    endpoint.url = "http://127.0.0.1:9/"
    endpoint.save()
    emit(endpoint, "1")
    deliver_due()
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == DeliveryState.PENDING
    assert delivery.attempts[0]["status"] == 0
    assert "connection failed" in delivery.attempts[0]["error"]


def test_two_workers_do_not_send_one_message_twice(endpoint, receiver):
    """The second finds it claimed while the first is still at it; a claim runs out in the end."""
    receiver.hold.clear()
    emit(endpoint, "1")

    def first():
        deliver_due()
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    while not receiver.got:
        assert thread.is_alive()
    assert deliveries._claim_due() == []
    receiver.hold.set()
    thread.join(30)
    assert len(receiver.got) == 1
    WebhookDelivery.objects.update(
        state=DeliveryState.PENDING, next_at=timezone.now() - timedelta(seconds=1)
    )
    assert len(deliveries._claim_due()) == 1
