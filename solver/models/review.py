"""A review: what a teacher decides on an attempt or a solution, and how they came to it."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, students_of, taught_by
from solver.models.assignment import AssignedProblem
from solver.models.attempt import Attempt
from solver.models.solution import Solution

COMMENT_MAX_CHARS = 4_000


class Decision(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted as graded")
    CHANGED = "changed", _("Points changed")
    RETURNED = "returned", _("Returned for another try")


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User) -> Self:
        """Whoever may see the attempt or the solution."""
        if user.is_administrator:
            return self
        seen = Q(attempt__owner=user) | Q(solution__owner=user)
        if user.is_teacher:
            seen |= Q(attempt__assigned__assignment__classroom__in=taught_by(user))
            seen |= Q(solution__owner__in=students_of(user).values("pk"))
        return self.filter(seen)


class Review(models.Model):
    """One for each attempt or solution: a second look changes it, and ReviewChange remembers.

    `revision` grows with each save; save by `filter(pk=…, revision=seen).update(…)`, so that the
    second of two teachers is told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.OneToOneField(
        Attempt, models.CASCADE, null=True, blank=True, related_name="review"
    )
    solution = models.OneToOneField(
        Solution, models.CASCADE, null=True, blank=True, related_name="review"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reviews"
    )
    decision = models.CharField(max_length=10, choices=Decision.choices)
    points = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True, max_length=COMMENT_MAX_CHARS)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(attempt__isnull=False, solution__isnull=True)
                | Q(attempt__isnull=True, solution__isnull=False),
                name="review_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.attempt or self.solution}"


class RubricItem(models.Model):
    """A line of the rubric; clicked in a review, it gives or takes its points."""

    assigned = models.ForeignKey(AssignedProblem, models.CASCADE, related_name="rubric")
    text = models.CharField(_("text"), max_length=300)
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2, default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["assigned", "position", "id"]

    def __str__(self) -> str:
        return self.text


class ReviewMark(models.Model):
    review = models.ForeignKey(Review, models.CASCADE, related_name="marks")
    # A line that marks stand on is not pulled away from under them.
    item = models.ForeignKey(RubricItem, models.PROTECT, related_name="marks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "item"], name="one_mark_an_item")]

    def __str__(self) -> str:
        return str(self.item)


class SavedComment(models.Model):
    """A comment that its owner uses again and again."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_comments"
    )
    text = models.CharField(_("text"), max_length=1_000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["owner", "text"]
        constraints = [models.UniqueConstraint(fields=["owner", "text"], name="comment_saved_once")]

    def __str__(self) -> str:
        return self.text


class NoteTarget(models.TextChoices):
    STEP = "step", _("Step")
    LINE = "line", _("Line")


class ReviewNote(models.Model):
    """A remark on one step or line, both counted from 0."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="notes")
    target = models.CharField(max_length=4, choices=NoteTarget.choices)
    index = models.PositiveIntegerField()
    text = models.CharField(max_length=1_000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["review", "target", "index", "id"]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.index + 1}: {self.text}"


class ReviewChange(models.Model):
    """One row for each thing that a save changed: who, when, what, from, to."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="changes")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="review_changes"
    )
    at = models.DateTimeField(default=timezone.now, editable=False)
    what = models.CharField(max_length=40)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)

    class Meta:
        ordering = ["review", "at", "id"]

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"
