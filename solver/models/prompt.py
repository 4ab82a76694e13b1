"""Named prompts, their immutable versions, and which of them is live or on trial."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Files that exist in buckets made before the site had names for them.
_SLUGS = {"maths solver": "math_solver"}


class PromptName(models.TextChoices):
    MATHS_SOLVER = "maths solver", _("Maths solver")
    CODE_SOLVER = "code solver", _("Code solver")
    HINT = "hint", _("Hint")
    EXPLAIN_STEP = "explain step", _("Explain step")
    GRADING = "grading", _("Grading")
    CODE_REVIEW = "code review", _("Code review")
    TRANSLATION = "translation", _("Translation")

    @property
    def slug(self) -> str:
        """The name as file names and addresses spell it."""
        return _SLUGS.get(self.value, self.value.replace(" ", "_"))

    @classmethod
    def of_slug(cls, slug: str) -> "PromptName":
        return next(name for name in cls if name.slug == slug)


class PromptVersion(models.Model):
    """One wording of a named prompt; written once, never changed, mirrored at `key`.

    The text is kept here too, so that what a version says can be neither lost nor altered with
    the bucket; `manage.py storage sync` reports objects that differ.
    """

    name = models.CharField(_("prompt"), max_length=16, choices=PromptName.choices)
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    sha256 = models.CharField(max_length=64, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("prompt version")
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="one_text_a_prompt_version")
        ]

    def __str__(self) -> str:
        return f"{self.get_name_display()} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValidationError(_("A prompt version is never changed: write a new one."))
        self.sha256 = hashlib.sha256(self.text.encode()).hexdigest()
        super().save(*args, **kwargs)

    @property
    def label(self) -> str:
        return f"v{self.number}"

    @property
    def key(self) -> str:
        """Where the bucket keeps it, below prompts/."""
        return f"v{self.number}/{PromptName(self.name).slug}.txt"


class PromptRelease(models.Model):
    """What people get of one named prompt: the live version, and perhaps one on trial."""

    name = models.CharField(max_length=16, choices=PromptName.choices, unique=True)
    # None: the built-in text.
    live = models.ForeignKey(
        PromptVersion, models.PROTECT, null=True, blank=True, related_name="live_in"
    )
    live_since = models.DateTimeField(default=timezone.now)
    # What roll-back returns to.
    previous = models.ForeignKey(
        PromptVersion, models.PROTECT, null=True, blank=True, related_name="previous_in"
    )
    trial = models.ForeignKey(
        PromptVersion, models.PROTECT, null=True, blank=True, related_name="trial_in"
    )
    share = models.PositiveSmallIntegerField(
        default=0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    trial_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        live = self.live.label if self.live else "built-in"
        trial = f", {self.trial.label} for {self.share}%" if self.trial else ""
        return f"{self.name}: {live}{trial}"


class PromptAction(models.TextChoices):
    WROTE = "wrote", _("Wrote")
    TRIED = "tried", _("Tried")
    TRIAL = "trial", _("Put on trial")
    TRIAL_ENDED = "trial ended", _("Ended the trial")
    STOPPED = "stopped", _("Trial stopped by itself")
    PROMOTED = "promoted", _("Promoted to live")
    ROLLED_BACK = "rolled back", _("Rolled back")
    IMPORTED = "imported", _("Imported from the bucket")


class PromptAudit(models.Model):
    """Who did what to which prompt; written in the transaction of the change itself."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    # None: the site did.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=16, choices=PromptName.choices)
    action = models.CharField(max_length=12, choices=PromptAction.choices)
    version = models.CharField(max_length=16)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["name", "-at"], name="audit_of_prompt")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.name} {self.version}"
