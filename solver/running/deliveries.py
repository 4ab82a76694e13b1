"""Sending webhooks: at once, then again after 5 s up to 24 h, until the receiver answers 2xx.

At least once from here; once by id at a receiver that keeps the ids, since every try of a message
has the same `webhook-id`. One thread of a process sends, many messages at a time: a slow receiver
never holds the worker's other thread, which the reaper needs.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from time import monotonic

import httpx
import structlog
from cryptography.fernet import InvalidToken
from django.db.models import F
from django.utils import timezone
from standardwebhooks import Webhook

from solver.models.webhook import DeliveryState, DisabledBy, WebhookDelivery
from solver.running import webhooks
from solver.running.receivers import ReceiverRefused, new_client, post

logger = structlog.get_logger(__name__)

RETRIES_S = (5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400)
# Added at random, so that the messages of an outage do not all come back at once.
JITTER = 0.2
# Longer than a try may take: a worker that was killed in the middle leaves it to the next one.
LEASE = timedelta(seconds=60)
AT_ONCE = 50
AT_ONCE_AN_ENDPOINT = 5
BATCHES_A_TURN = 20
TRIES_LOGGED = 50

_sending = threading.Lock()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one try; status 0 where no answer came."""

    status: int
    error: str
    ms: int


def deliver_due() -> int:
    """Send what is due; returns how many were tried. 0 where this process is at it already."""
    if not _sending.acquire(blocking=False):
        return 0
    tried = 0
    try:
        for _turn in range(BATCHES_A_TURN):
            claimed = _claim_due()
            if not claimed:
                break
            for delivery, outcome in zip(claimed, asyncio.run(_try_all(claimed)), strict=True):
                _settle(delivery, outcome)
            tried += len(claimed)
    finally:
        _sending.release()
    return tried


def _claim_due() -> list[WebhookDelivery]:
    now = timezone.now()
    due = WebhookDelivery.objects.filter(
        state=DeliveryState.PENDING, next_at__lte=now, endpoint__disabled_at=None
    )
    taken: Counter[object] = Counter()
    claimed: list[WebhookDelivery] = []
    for delivery in due.select_related("endpoint").order_by("next_at")[: AT_ONCE * 4]:
        if taken[delivery.endpoint_id] >= AT_ONCE_AN_ENDPOINT or len(claimed) >= AT_ONCE:
            continue
        seen = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=DeliveryState.PENDING, next_at=delivery.next_at
        )
        if seen.update(next_at=now + LEASE, tries=F("tries") + 1):
            taken[delivery.endpoint_id] += 1
            delivery.tries += 1
            claimed.append(delivery)
    return claimed


async def _try_all(claimed: Sequence[WebhookDelivery]) -> list[Outcome]:
    async with new_client() as client:
        return await asyncio.gather(*(_try(client, delivery) for delivery in claimed))


async def _try(client: httpx.AsyncClient, delivery: WebhookDelivery) -> Outcome:
    began = monotonic()
    status, error = 0, ""
    try:
        headers = _signed(delivery, timezone.now())
        status = await post(client, delivery.endpoint.url, delivery.body, headers)
    except InvalidToken:
        error = "The secret cannot be read any more. Delete this address and add it again."
    except ReceiverRefused as refusal:
        error = str(refusal)
    except TimeoutError:
        error = "No answer in time."
    except (httpx.HTTPError, OSError) as fault:
        error = f"The connection failed ({type(fault).__name__}): {fault}"[:300]
    if 300 <= status < 400:
        error = "Redirects are not followed. Give the address that it leads to."
    return Outcome(status, error, round((monotonic() - began) * 1_000))


def _signed(delivery: WebhookDelivery, now: datetime) -> dict[str, str]:
    webhook = Webhook(delivery.endpoint.secret)
    return {
        "Content-Type": "application/json",
        "User-Agent": "VibeSite-Webhooks/1",
        "webhook-id": delivery.pk,
        "webhook-timestamp": str(floor(now.timestamp())),
        "webhook-signature": webhook.sign(delivery.pk, now, delivery.body),
    }


def _settle(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Write the try down, and decide what comes next."""
    now = timezone.now()
    tried = {
        "at": now.isoformat(timespec="seconds"),
        "status": outcome.status,
        "error": outcome.error,
        "ms": outcome.ms,
    }
    delivery.attempts = [*delivery.attempts, tried][-TRIES_LOGGED:]
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    if 200 <= outcome.status < 300:
        rows.update(
            attempts=delivery.attempts,
            state=DeliveryState.DELIVERED,
            delivered_at=now,
            next_at=None,
        )
        return
    is_over = outcome.status == 410 or delivery.tries > len(RETRIES_S)
    rows.filter(state=DeliveryState.PENDING).update(
        state=DeliveryState.FAILED if is_over else DeliveryState.PENDING,
        next_at=None if is_over else now + _pause(delivery.tries),
    )
    rows.update(attempts=delivery.attempts)
    if is_over:
        _give_up(delivery, outcome)


def _pause(tries: int) -> timedelta:
    return timedelta(seconds=RETRIES_S[tries - 1] * (1 + random.uniform(0, JITTER)))  # noqa: S311


def _give_up(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """A receiver that is gone, or took nothing since this message was made, is left alone."""
    logger.warning("webhook_given_up", delivery=delivery.pk, status=outcome.status)
    if outcome.status == 410:
        webhooks.disable(delivery.endpoint, DisabledBy.GONE)
        return
    arrived = delivery.endpoint.deliveries.filter(delivered_at__gte=delivery.created_at)
    if not arrived.exists():
        webhooks.disable(delivery.endpoint, DisabledBy.FAILING)
