"""Batches: many calls in one file, answered when the models have time."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerKey
from solver.models.solution import Solution


class BatchState(models.TextChoices):
    """The words of OpenAI's API, which clients wait for."""

    VALIDATING = "validating", _("Validating")
    FAILED = "failed", _("Failed")
    IN_PROGRESS = "in_progress", _("In progress")
    FINALIZING = "finalizing", _("Finalizing")
    COMPLETED = "completed", _("Completed")
    EXPIRED = "expired", _("Expired")
    CANCELLING = "cancelling", _("Cancelling")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (BatchState.FAILED, BatchState.COMPLETED, BatchState.EXPIRED, BatchState.CANCELLED)


def new_file_id() -> str:
    return f"file-{secrets.token_hex(12)}"


def new_batch_id() -> str:
    return f"batch_{secrets.token_hex(12)}"


class ApiFile(models.Model):
    """A partner's file; its content lies in the bucket under its id."""

    id = models.CharField(primary_key=True, max_length=40, default=new_file_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_files")
    name = models.CharField(max_length=200)
    purpose = models.CharField(max_length=20)
    size_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    id = models.CharField(primary_key=True, max_length=40, default=new_batch_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="batches")
    partner_key = models.ForeignKey(PartnerKey, models.SET_NULL, null=True, blank=True)
    endpoint = models.CharField(max_length=60)
    input_id = models.CharField(max_length=40)
    output_id = models.CharField(max_length=40, blank=True)
    error_id = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        max_length=12, choices=BatchState.choices, default=BatchState.VALIDATING, db_index=True
    )
    # What is wrong with the input: [{code, line, message, param}].
    errors = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.id}: {self.get_state_display()}"


class BatchLine(models.Model):
    """One call of a batch. `result` is its line of the output, or of the error file."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    custom_id = models.CharField(max_length=200)
    body = models.JSONField()
    solution = models.ForeignKey(Solution, models.SET_NULL, null=True, blank=True)
    was_sent = models.BooleanField(default=False)
    result = models.JSONField(null=True, blank=True)
    has_failed = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["BatchLine"]] = models.Manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_line_a_number"),
            models.UniqueConstraint(fields=["batch", "custom_id"], name="one_line_a_custom_id"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} line {self.number}"
