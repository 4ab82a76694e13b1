"""An appeal: a student asks, once, that somebody looks at a graded attempt again."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, taught_by
from solver.models.attempt import Attempt

REASON_MAX_CHARS = 2_000


class AppealState(models.TextChoices):
    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, user: User) -> Self:
        """As the attempt that it is about."""
        if user.is_administrator:
            return self
        theirs = Q(attempt__assigned__assignment__classroom__in=taught_by(user))
        return self.filter(Q(attempt__owner=user) | theirs)


class Appeal(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="appeal")
    reason = models.TextField(_("reason"), max_length=REASON_MAX_CHARS)
    at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=8, choices=AppealState.choices, default=AppealState.OPEN)
    # Another teacher than the one who reviewed, where the class has one.
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="appeals"
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["at"], condition=Q(state="open"), name="appeal_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | Q(state="answered", answered_at__isnull=False),
                name="answered_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.attempt}"
