"""Hints to an assigned problem: the first steps of a checked solution, one after the other."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from solver.models.assignment import AssignedProblem
from solver.models.problem import Problem
from solver.models.solution import Solution


class HintState(models.TextChoices):
    UNASKED = "unasked", _("Not prepared yet")
    PREPARING = "preparing", _("Being prepared")
    READY = "ready", _("Ready")
    NONE = "none", _("None can be given")


class HintSet(models.Model):
    """A problem's hints for one set of right answers; assignments that expect the same share it.

    A corrected reference asks for other hints, so `expected` is part of the name. The texts are
    kept here: what a student has been shown stays when the solution behind it is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="hint_sets")
    expected = models.CharField(max_length=64)
    state = models.CharField(
        max_length=9, choices=HintState.choices, default=HintState.UNASKED, db_index=True
    )
    texts = models.JSONField(default=list, blank=True)
    solution = models.ForeignKey(
        Solution, models.SET_NULL, null=True, blank=True, related_name="hint_sets"
    )
    # How often the problem was solved in the background for its hints, and when the last time.
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["problem", "expected"], name="one_hint_set_an_expected_answer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.problem}"


class ShownHint(models.Model):
    """A student asked for a hint and got it; `level` counts from 1."""

    assigned = models.ForeignKey(AssignedProblem, models.CASCADE, related_name="shown_hints")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shown_hints")
    level = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assigned", "owner", "level"], name="one_hint_a_level")
        ]

    def __str__(self) -> str:
        return f"{self.owner}, hint {self.level}: {self.assigned.problem}"
