"""One of several runs of the model on one problem, whose answers are compared."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from solver.models.solution import Solution, Verdict


class Sample(models.Model):
    """Kept as it ends, so that a solution taken up again asks for no sample twice.

    Number 1 is the one that streams to the page. `finish_reason` is empty while it is at work.
    """

    solution = models.ForeignKey(Solution, models.CASCADE, related_name="drawn")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("text"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.UNCHECKED)
    finish_reason = models.CharField(max_length=16, blank=True)
    error = models.TextField(blank=True)
    completion_tokens = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["solution", "number"]
        constraints = [
            models.UniqueConstraint(fields=["solution", "number"], name="sample_of_solution")
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.answer}"

    @property
    def is_over(self) -> bool:
        return bool(self.finish_reason)
