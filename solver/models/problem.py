"""A problem: what somebody asked, exactly as they typed it."""

import unicodedata
import uuid
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, students_of


class Kind(models.TextChoices):
    MATHS = "maths", _("Maths")
    CODE = "code", _("Programming")


class ProblemQuerySet(models.QuerySet["Problem"]):
    def visible_to(self, user: User) -> Self:
        """The one rule: their own, what their class was set once it is open, their students' and
        their class's for teachers, all for administrators.
        """
        if user.is_administrator:
            return self
        mine = models.Q(owner=user) | models.Q(pk__in=_set_for(user))
        if user.is_teacher:
            mine |= models.Q(owner__in=students_of(user).values("pk"))
        return self.filter(mine)


def _set_for(user: User) -> models.QuerySet[Any, Any]:
    # By name: assignments stand on problems, and their rule is asked, not repeated.
    assignments = apps.get_model("solver", "Assignment")._default_manager
    seen = assignments.visible_to(user)
    assigned = apps.get_model("solver", "AssignedProblem")._default_manager
    return assigned.filter(assignment__in=seen.values("pk")).values("problem")


class Problem(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="problems")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.MATHS)
    text = models.TextField(_("problem"))
    # A teacher's: what every answer to this problem is compared with, and run on.
    reference_answer = models.TextField(_("reference answer"), blank=True)
    tests = models.JSONField(
        _("tests"), default=list, blank=True, help_text=_('[{"input": "…", "expected": "…"}]')
    )
    created_at = models.DateTimeField(_("submitted"), default=timezone.now, editable=False)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="problem_of_owner"),
            models.Index(fields=["-created_at", "-id"], name="problem_by_time"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The first line with something to be seen in it, cut to fit a list."""
        lines = (line.strip() for line in self.text.splitlines())
        first = next(filter(_is_seen, lines), gettext("Untitled problem"))
        return first if len(first) <= 80 else first[:79].rstrip() + "…"


def _is_seen(line: str) -> bool:
    """Whether it has more than spaces and signs that only steer how others are shown."""
    return any(unicodedata.category(sign)[0] in "LNPS" for sign in line)
