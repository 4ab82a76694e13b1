"""An attempt: a student's own answer to an assigned problem, from the first letter to the points.

`solver.running.attempts` and `solver.running.grading` are what changes a state. `raw_points` and
`penalty` are the machine's; `points` is what counts, and a review's points win over the machine's.
"""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, taught_by
from solver.models.assignment import AssignedProblem
from solver.models.upload import Upload


class AttemptState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    GRADED = "graded", _("Graded")


class Result(models.TextChoices):
    RIGHT = "right", _("Right")
    WRONG = "wrong", _("Wrong")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")


HANDED_IN = frozenset({AttemptState.SUBMITTED, AttemptState.GRADED})


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: User) -> Self:
        """Their own; what was handed in, for teachers of that class; all for administrators."""
        if user.is_administrator:
            return self
        handed_in = Q(state__in=HANDED_IN, assigned__assignment__classroom__in=taught_by(user))
        return self.filter(Q(owner=user) | handed_in)

    def handed_in(self) -> Self:
        return self.filter(state__in=HANDED_IN)


class Attempt(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What was handed in outlives the will to delete the problem.
    assigned = models.ForeignKey(AssignedProblem, models.PROTECT, related_name="attempts")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=9, choices=AttemptState.choices, default=AttemptState.DRAFT)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=16, blank=True)
    upload = models.ForeignKey(
        Upload, models.SET_NULL, null=True, blank=True, related_name="attempts"
    )
    receipt = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    late_s = models.PositiveIntegerField(default=0)

    result = models.CharField(max_length=11, choices=Result.choices, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    raw_points = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    penalty = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    points = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    graded_at = models.DateTimeField(null=True, blank=True)
    # Emptied when the reference changes, which is what asks for another grading.
    graded_against = models.CharField(max_length=64, blank=True)
    hints_used = models.PositiveSmallIntegerField(default=0)
    asked_for_person = models.BooleanField(default=False)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="attempt_of_owner"),
            # New ones, and those whose reference was changed.
            models.Index(
                fields=["submitted_at"],
                condition=Q(graded_against="", submitted_at__isnull=False),
                name="attempt_ungraded",
            ),
            models.Index(fields=["assigned", "result"], name="attempt_results"),
            models.Index(fields=["-submitted_at", "-id"], name="attempt_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["assigned", "owner", "number"], name="one_attempt_a_number"
            ),
            models.UniqueConstraint(
                fields=["assigned", "owner"], condition=Q(state="draft"), name="one_draft_a_person"
            ),
            models.UniqueConstraint(
                fields=["receipt"], condition=~Q(receipt=""), name="receipt_names_one_attempt"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_at__isnull=False),
                name="handed_in_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner}, try {self.number}: {self.assigned.problem}"

    @property
    def is_draft(self) -> bool:
        return self.state == AttemptState.DRAFT

    @property
    def is_graded(self) -> bool:
        return self.state == AttemptState.GRADED
