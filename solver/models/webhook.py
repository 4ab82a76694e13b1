"""Webhooks: where a partner wants to be told, and what was sent there, try by try."""

import base64
import hashlib
import secrets
import uuid
from typing import Self

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

URL_MAX_CHARS = 500
SECRET_PREFIX = "whsec_"  # noqa: S105 -- what the standard puts before a secret
SECRET_BYTES = 32


class WebhookEvent(models.TextChoices):
    SOLUTION_DONE = "solution.done", _("A solution has ended")
    BATCH_DONE = "batch.done", _("A batch has ended")
    REVIEW_CREATED = "review.created", _("A teacher has reviewed")
    TEST = "webhook.test", _("Test")


# What one chooses from: a test goes to whoever asks for it.
CHOOSABLE = tuple(event for event in WebhookEvent if event is not WebhookEvent.TEST)


class DisabledBy(models.TextChoices):
    OWNER = "owner", _("Switched off by its owner")
    GONE = "gone", _("The receiver answered 410: it does not want this any more")
    FAILING = "failing", _("No message arrived for days")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def owned_by(self, user: User) -> Self:
        """Nobody else sees them, administrators included: their addresses may be private."""
        return self.filter(owner=user)

    def in_force(self) -> Self:
        return self.filter(disabled_at=None, owner__is_active=True)


class WebhookEndpoint(models.Model):
    """`sealed_secret` is encrypted by the site's secret key: it must be had again for signing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhook_endpoints"
    )
    url = models.CharField(_("address"), max_length=URL_MAX_CHARS)
    events = models.JSONField(_("events"), default=list)
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    disabled_at = models.DateTimeField(_("switched off"), null=True, blank=True)
    disabled_by = models.CharField(
        _("why"), max_length=8, choices=DisabledBy.choices, blank=True, default=""
    )

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url

    def new_secret(self) -> str:
        """Gives the endpoint a secret, unsaved; returns its text, shown to its owner once."""
        text = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        self.sealed_secret = _seal().encrypt(text.encode()).decode()
        return text

    @property
    def secret(self) -> str:
        """Raises InvalidToken where the site's secret key was changed without a fallback."""
        return _seal().decrypt(self.sealed_secret.encode()).decode()


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


class WebhookDelivery(models.Model):
    """One message to one endpoint; its id goes along as `webhook-id`, the same at every try."""

    id = models.CharField(primary_key=True, max_length=40, default=new_message_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=20, choices=WebhookEvent.choices)
    # What the event is about: the same event of the same thing is sent once.
    subject = models.CharField(max_length=64)
    body = models.TextField()
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    # [{"at", "status", "ms", "error"}], the oldest first.
    attempts = models.JSONField(default=list)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event", "subject"], name="one_message_an_event"
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="pending"), name="webhook_due"),
            models.Index(fields=["endpoint", "-created_at"], name="webhook_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}: {self.state}"


def _seal() -> MultiFernet:
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_fernet_key(secret)) for secret in known])


def _fernet_key(secret: str) -> bytes:
    digest = hashlib.sha256(b"solver.models.webhook" + secret.encode()).digest()
    return base64.urlsafe_b64encode(digest)
