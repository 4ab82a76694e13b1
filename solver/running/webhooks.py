"""Webhooks: what happened is written down for each endpoint that asked, and sent by a worker.

`emit` once for each event, inside the transaction that makes it true or after it: the same event
of the same thing is one message for each endpoint, however often it is emitted.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from solver.models.solution import Solution
from solver.models.webhook import (
    CHOOSABLE,
    URL_MAX_CHARS,
    DeliveryState,
    DisabledBy,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from solver.running import tickets
from solver.running.receivers import ReceiverRefused, vet

ENDPOINTS_PER_PERSON = 10
LOG_KEPT_FOR = timedelta(days=30)


# -- What happens -------------------------------------------------------------------------------


def emit(event: WebhookEvent, owner: int, subject: object, data: Mapping[str, Any]) -> int:
    """Queue a message to each endpoint of person `owner` that chose `event`; returns how many.

    `subject` names what it is about, `data` goes into the message: ids and facts, never texts.
    """
    endpoints = WebhookEndpoint.objects.in_force().filter(owner=owner)
    return _queue(event, str(subject), data, [one for one in endpoints if event in one.events])


def emit_solution_done(solution: Solution) -> None:
    """At every ending: done, failed or cancelled."""
    facts = {
        "id": str(solution.pk),
        "problem": str(solution.problem_id),
        "state": solution.state,
        "verdict": solution.verdict,
        "answer": solution.answer,
        "model": solution.model,
        "url": f"{settings.SITE_URL}/api/v1/solutions/{solution.pk}/",
    }
    emit(WebhookEvent.SOLUTION_DONE, solution.owner_id, solution.pk, facts)


def _queue(
    event: WebhookEvent, subject: str, data: Mapping[str, Any], to: Iterable[WebhookEndpoint]
) -> int:
    now = timezone.now()
    message = {"type": event.value, "timestamp": now.isoformat(), "data": data}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    rows = [
        WebhookDelivery(endpoint=one, event=event, subject=subject, body=body, next_at=now)
        for one in to
    ]
    if rows:
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(tickets.deliver_webhooks)
    return len(rows)


# -- What the owner does ------------------------------------------------------------------------


def add_endpoint(owner: User, url: str, events: Iterable[str]) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown now only. Raises ValidationError."""
    errors = {}
    chosen = [event.value for event in CHOOSABLE if event in set(events)]
    if not chosen:
        errors["events"] = _("Choose at least one event.")
    if problem := _problem_with(url):
        errors["url"] = problem
    if WebhookEndpoint.objects.owned_by(owner).count() >= ENDPOINTS_PER_PERSON:
        errors["url"] = _("You have %(count)d addresses, the most there may be. Delete one first.")
        errors["url"] %= {"count": ENDPOINTS_PER_PERSON}
    if errors:
        raise ValidationError(errors)
    endpoint = WebhookEndpoint(owner=owner, url=url.strip(), events=chosen)
    secret = endpoint.new_secret()
    endpoint.save(force_insert=True)
    return endpoint, secret


def send_test(endpoint: WebhookEndpoint) -> None:
    data = {"message": "It works. This is a test of your webhook."}
    _queue(WebhookEvent.TEST, str(uuid4()), data, [endpoint])


def redeliver(delivery: WebhookDelivery) -> bool:
    """Send a settled message once more, with the same id; False while it is on its way."""
    settled = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.PENDING)
    again = settled.update(state=DeliveryState.PENDING, next_at=timezone.now(), tries=0)
    if again:
        transaction.on_commit(tickets.deliver_webhooks)
    return bool(again)


def disable(endpoint: WebhookEndpoint, by: DisabledBy) -> bool:
    """Send nothing more there; what is on its way is given up."""
    with transaction.atomic():
        rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=None)
        changed = rows.update(disabled_at=timezone.now(), disabled_by=by)
        waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.PENDING)
        waiting.update(state=DeliveryState.FAILED, next_at=None)
    return bool(changed)


def enable(endpoint: WebhookEndpoint) -> bool:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at__isnull=False)
    return bool(rows.update(disabled_at=None, disabled_by=""))


def forget_old() -> int:
    """Settled messages leave the log after a month."""
    old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - LOG_KEPT_FOR)
    return old.exclude(state=DeliveryState.PENDING).delete()[0]


def _problem_with(url: str) -> str:
    if len(url) > URL_MAX_CHARS:
        return _("The address may have %(count)d characters at most.") % {"count": URL_MAX_CHARS}
    try:
        vet(url)
    except ReceiverRefused as refusal:
        return str(refusal)
    return ""
