"""Work that a class is given: which problems, from when to when, and by which rules."""

import hashlib
import json
import uuid
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Classroom, User, taught_by
from solver.models.problem import Problem

TITLE_MAX_CHARS = 120


class LatePolicy(models.TextChoices):
    REFUSED = "refused", _("Not accepted")
    ACCEPTED = "accepted", _("Accepted without loss")
    PENALTY = "penalty", _("Accepted, with points off for each day")


class Help(models.TextChoices):
    """What the site itself may do for a student on these problems."""

    CLOSED = "closed", _("No help: students work alone")
    HINTS = "hints", _("Hints only")
    AFTER_DUE = "after_due", _("Hints now, worked solutions after the due time")
    OPEN = "open", _("Hints and worked solutions at any time")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        """Their class's from the opening on; teachers of that class and administrators always."""
        if user.is_administrator:
            return self
        return self.filter(
            Q(classroom__in=taught_by(user))
            | Q(
                classroom__in=Classroom.objects.attended_by(user).values("pk"),
                opens_at__lte=timezone.now(),
                archived_at=None,
            )
        )

    def taught_by(self, user: User) -> Self:
        """What they may change."""
        return self if user.is_administrator else self.filter(classroom__in=taught_by(user))


class Assignment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="assignments")
    title = models.CharField(_("title"), max_length=TITLE_MAX_CHARS)
    instructions = models.TextField(_("instructions"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="assignments_made"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    opens_at = models.DateTimeField(_("opens"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    # The zone in which the times were meant, and are shown to the class.
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    late_policy = models.CharField(
        _("late work"), max_length=8, choices=LatePolicy.choices, default=LatePolicy.REFUSED
    )
    late_percent_per_day = models.PositiveSmallIntegerField(
        _("per cent off for each day begun"),
        default=10,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    late_until = models.DateTimeField(_("late work until"), null=True, blank=True)
    tries_allowed = models.PositiveSmallIntegerField(
        _("tries"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    help = models.CharField(_("help"), max_length=10, choices=Help.choices, default=Help.HINTS)
    is_blind = models.BooleanField(_("review without names"), default=False)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at", "-created_at"]
        indexes = [models.Index(fields=["classroom", "opens_at"], name="assignment_of_class")]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(due_at__gt=F("opens_at")), name="due_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(late_until=None) | Q(due_at=None) | Q(late_until__gte=F("due_at")),
                name="late_end_after_due",
            ),
            models.CheckConstraint(
                condition=Q(late_percent_per_day__lte=100), name="late_percent_at_most_100"
            ),
            models.CheckConstraint(
                condition=Q(tries_allowed=None) | Q(tries_allowed__gte=1), name="one_try_at_least"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def last_moment(self) -> datetime | None:
        """After it nothing is accepted; None: never."""
        if self.due_at is None or self.late_policy == LatePolicy.REFUSED:
            return self.due_at
        return self.late_until

    def is_open(self, now: datetime) -> bool:
        """Whether an answer that arrives at this moment is accepted; the last moment still is."""
        last = self.last_moment
        return self.opens_at <= now and (last is None or now <= last) and not self.archived_at

    def late_s(self, now: datetime) -> int:
        """Whole seconds after the due time, begun ones counted: one millisecond late is late."""
        if self.due_at is None or now <= self.due_at:
            return 0
        return -((self.due_at - now) // timedelta(seconds=1))

    def may_hint(self, now: datetime) -> bool:
        return self.help != Help.CLOSED or self.is_over(now)

    def may_solve(self, now: datetime) -> bool:
        """Whether a student may have the model solve its problems, or see a worked solution."""
        return self.help == Help.OPEN or (self.help == Help.AFTER_DUE and self.is_over(now))

    def is_over(self, now: datetime) -> bool:
        """Past the due time, and late work is not waited for any more."""
        return self.due_at is not None and now > max(self.due_at, self.last_moment or self.due_at)


class AssignedProblemQuerySet(models.QuerySet["AssignedProblem"]):
    def visible_to(self, user: User) -> Self:
        """As the assignment that it belongs to."""
        if user.is_administrator:
            return self
        seen = Assignment.objects.visible_to(user)
        return self.filter(assignment__in=seen.values("pk"))


class AssignedProblem(models.Model):
    """A problem within an assignment, with what its answers are compared with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="assigned")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="assigned")
    position = models.PositiveSmallIntegerField(default=0)
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2, default=1)
    reference_answer = models.TextField(_("reference answer"), blank=True)
    accepted_forms = models.JSONField(_("also accepted"), default=list, blank=True)
    tests = models.JSONField(_("tests"), default=list, blank=True)

    objects = AssignedProblemQuerySet.as_manager()

    class Meta:
        ordering = ["assignment", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "problem"], name="problem_once_an_assignment"
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="points_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment}: {self.problem}"

    @property
    def reference_sha256(self) -> str:
        """Changes with whatever an answer is graded against."""
        return _sha256(*self._expected, str(self.points))

    @property
    def expected_sha256(self) -> str:
        """Changes with what a right answer is, not with what it is worth."""
        return _sha256(*self._expected)

    @property
    def _expected(self) -> tuple[Any, ...]:
        return self.reference_answer, self.accepted_forms, self.tests


def _sha256(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
