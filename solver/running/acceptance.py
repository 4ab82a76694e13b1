"""What a text must be to be accepted. Each refusal says what to do."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from solver.engines.base import Sampling
from solver.store import config

# Reverse the reading order of what follows: a text would show other than the model reads it.
DIRECTION_OVERRIDES = "\u202d\u202e"
INVISIBLE_CATEGORIES = frozenset({"Cf", "Zs", "Zl", "Zp", "Cc"})


def tidy(text: str) -> str:
    """The text with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_text(text: str) -> None:
    """Raises ValidationError with what to do about a problem's text, line ends normalised."""
    _check_length(text, config.current().problem_chars)
    check_characters(text)
    if not _has_visible(text):
        raise ValidationError(_("The problem is empty. Type the problem first."), code="empty")


def check_system_prompt(owner: User, text: str) -> None:
    if not text:
        return
    if not owner.may_set_system_prompt:
        raise ValidationError(
            _("Only teachers and administrators may set a system prompt. Leave it empty."),
            code="forbidden",
        )
    _check_length(text, config.current().system_prompt_chars)
    check_characters(text)


def check_samples(samples: int, sampling: Sampling | None) -> None:
    """Raises ValidationError for a number of samples that is not taken, or of no use."""
    limit = config.current().most_samples
    if isinstance(samples, bool) or not 1 <= samples <= limit:
        raise ValidationError(
            _("The number of samples must be from 1 to %(limit)d.") % {"limit": limit},
            code="invalid",
        )
    if samples > 1 and sampling is not None and sampling.temperature == 0:
        raise ValidationError(
            _(
                "At temperature 0 all samples are alike, and comparing them shows nothing. "
                "Choose one sample, or a higher temperature."
            ),
            code="invalid",
        )


def _has_visible(text: str) -> bool:
    return any(unicodedata.category(char) not in INVISIBLE_CATEGORIES for char in text)


def _check_length(text: str, limit: int) -> None:
    if len(text) > limit:
        values = {"count": len(text), "limit": limit, "over": len(text) - limit}
        raise ValidationError(
            _(
                "The text has %(count)d characters and the limit is %(limit)d. "
                "Shorten it by at least %(over)d."
            )
            % values,
            code="too_long",
        )


def check_characters(text: str) -> None:
    for offset, char in enumerate(text):
        if char in "\n\t":
            continue
        # Cc: controls, NUL among them. Cs: half a character, which no UTF-8 can hold.
        if unicodedata.category(char) in {"Cc", "Cs"} or char in DIRECTION_OVERRIDES:
            line = text.count("\n", 0, offset) + 1
            column = offset - text.rfind("\n", 0, offset)
            values = {"code": f"U+{ord(char):04X}", "line": line, "column": column}
            raise ValidationError(
                _(
                    "Line %(line)d holds an invisible control character (%(code)s) at "
                    "position %(column)d. Delete it, or type that line again."
                )
                % values,
                code="control_character",
            )
