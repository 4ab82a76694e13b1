"""What people say about a solution: a thumb, a step that is wrong, a word to their teacher."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Classroom
from solver.models.solution import Solution

NOTE_MAX_CHARS = 1_000


class Thumb(models.IntegerChoices):
    UP = 1, _("Helpful")
    DOWN = -1, _("Not helpful")


class Feedback(models.Model):
    """One person's thumb on one solution."""

    solution = models.ForeignKey(Solution, models.CASCADE, related_name="feedback")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback")
    thumb = models.SmallIntegerField(choices=Thumb.choices)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["solution", "person"], name="one_thumb_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.get_thumb_display()}: {self.solution_id}"


class Report(models.Model):
    """Somebody says that a step is wrong. Counted from 0, as steps are everywhere in code."""

    solution = models.ForeignKey(Solution, models.CASCADE, related_name="reports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reports")
    step_index = models.PositiveIntegerField()
    note = models.CharField(max_length=NOTE_MAX_CHARS, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["solution", "person", "step_index"], name="one_report_a_step_and_person"
            )
        ]

    def __str__(self) -> str:
        return f"Step {self.step_index + 1} of {self.solution_id}"


class Share(models.Model):
    """A student puts a solution before the teachers of one of their classrooms."""

    solution = models.ForeignKey(Solution, models.CASCADE, related_name="shares")
    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="shares")
    note = models.CharField(max_length=NOTE_MAX_CHARS, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["solution", "classroom"], name="one_share_a_classroom")
        ]

    def __str__(self) -> str:
        return f"{self.solution_id} for {self.classroom}"
