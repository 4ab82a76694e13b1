"""A correction: a teacher puts a problem's reference answer right."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from solver.models.problem import Problem


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user: User) -> Self:
        """Made by them, or of their own problem; all for administrators.

        Not whoever may see the problem: a correction holds the answer to it.
        """
        if user.is_administrator:
            return self
        return self.filter(Q(by=user) | Q(problem__owner=user))


class Correction(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="corrections")
    old = models.TextField(_("answer before"), blank=True)
    new = models.TextField(_("corrected answer"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="corrections"
    )
    at = models.DateTimeField(default=timezone.now, editable=False)
    note = models.CharField(_("note"), max_length=1_000, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.problem}: {self.new}"
