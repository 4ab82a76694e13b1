"""Named prompts, their immutable versions, and which of them is live or on trial."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PromptName(models.TextChoices):
    MATHS_SOLVER = "maths solver", _("Maths solver")
    CODE_SOLVER = "code solver", _("Code solver")
    HINT = "hint", _("Hint")
    EXPLAIN_STEP = "explain step", _("Explain step")
    GRADING = "grading", _("Grading")
    CODE_REVIEW = "code review", _("Code review")
    TRANSLATION = "translation", _("Translation")
