"""A solution: one run of the model on a problem, and everything known of it."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerKey, User, students_of
from solver.models.problem import Problem


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    INTERRUPTED = "interrupted", _("Interrupted")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


FINAL_STATES = frozenset({State.DONE, State.FAILED, State.CANCELLED})
OPEN_STATES = frozenset(State) - FINAL_STATES


class Verdict(models.TextChoices):
    """What was done to check the answer; `checked` only by evidence that decides."""

    CHECKED = "checked", _("Checked")
    AGREES = "agrees", _("Samples agree")
    CONTRADICTED = "contradicted", _("Contradicted")
    UNCHECKED = "unchecked", _("Unchecked")


class Priority(models.IntegerChoices):
    """Smaller goes first."""

    INTERACTIVE = 0, _("Interactive")
    BATCH = 5, _("Batch")


class SolutionQuerySet(models.QuerySet["Solution"]):
    def visible_to(self, user: User) -> Self:
        """The one rule: their own, their students' for teachers, all for administrators."""
        if user.is_administrator:
            return self
        mine = Q(owner=user)
        if user.is_teacher:
            mine |= Q(owner__in=students_of(user).values("pk"))
        return self.filter(mine)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)


class Solution(models.Model):
    """Only `solver.running.states` changes `state` and the lease."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    problem = models.ForeignKey(Problem, models.CASCADE, related_name="solutions")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="solutions")

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    route = models.CharField(max_length=32, default="maths")
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, default=Priority.INTERACTIVE
    )

    # A follow-up that explains one step, counted from 0, of another solution.
    explains = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="explanations"
    )
    explains_step = models.PositiveIntegerField(null=True, blank=True)

    # The key of the partner who asked; none for people on pages.
    partner_key = models.ForeignKey(
        PartnerKey, models.SET_NULL, null=True, blank=True, related_name="solutions"
    )

    # What was asked of the model. `messages` are the turns of a conversation, [{role, content}],
    # without system turns, in the place of the problem's text alone. `input_limit` is the most
    # tokens that the caller's own words may be.
    messages = models.JSONField(default=list, blank=True)
    input_limit = models.PositiveIntegerField(null=True, blank=True)
    system_prompt = models.TextField(blank=True)
    prompt_name = models.CharField(max_length=64, blank=True)
    prompt_version = models.CharField(max_length=32, blank=True)
    prompt_sha256 = models.CharField(max_length=64, blank=True)
    sampling = models.JSONField(default=dict, blank=True)
    # How many times the model is asked; their answers are compared.
    samples = models.PositiveSmallIntegerField(default=1)

    # What came back. `text` is raw: reasoning inside <think>, Markdown and LaTeX as written.
    model = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices, default=Verdict.UNCHECKED)
    # How many of the samples gave the answer.
    agreeing = models.PositiveSmallIntegerField(default=0)
    evidence = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=16, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    first_token_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # The lease: a worker holds the row while lease_until is ahead; `fence` grows with each claim,
    # and a writer with a smaller one is refused.
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    interruptions = models.PositiveSmallIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    # What is still owed once the state is final, so that a crash or an outage in between loses
    # nothing: the `done` event to whoever watches, and the log object in the bucket.
    told_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SolutionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="solution_of_owner"),
            models.Index(
                fields=["route", "priority", "queued_at"],
                condition=Q(state="queued"),
                name="solution_queue",
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state="running"), name="solution_leases"
            ),
            models.Index(fields=["owner", "started_at"], name="solution_turns"),
            # All that the operator's dashboard counts, so that it never reads the texts.
            models.Index(
                fields=[
                    "created_at",
                    "state",
                    "verdict",
                    "owner",
                    "model",
                    "prompt_name",
                    "prompt_version",
                    "queued_at",
                    "started_at",
                    "finished_at",
                    "prompt_tokens",
                    "completion_tokens",
                ],
                name="solution_figures",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(verdict="contradicted"),
                name="solution_contradicted",
            ),
            models.Index(
                fields=["finished_at"], condition=Q(told_at__isnull=True), name="solution_untold"
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(archived_at__isnull=True),
                name="solution_unarchived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.problem}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def verdict_words(self) -> str:
        """The verdict as every page says it; votes come with their count."""
        if self.verdict == Verdict.AGREES and self.agreeing:
            counts = {"agreeing": self.agreeing, "samples": self.samples}
            return str(_("Agrees %(agreeing)d of %(samples)d") % counts)
        return self.get_verdict_display()

    @property
    def solving_s(self) -> float | None:
        """Seconds from the claim to the end, or to now while it runs."""
        if self.started_at is None:
            return None
        end: datetime = self.finished_at or timezone.now()
        return (end - self.started_at).total_seconds()
