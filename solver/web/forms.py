"""Forms of the pages. What a problem may be is decided by `submit`, not here."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from solver.models import Kind, State, Verdict
from solver.models.feedback import NOTE_MAX_CHARS
from solver.store import config
from solver.text.kinds import kind_of

# The kind that the text itself seems to be of.
AUTOMATIC = "auto"


class ProblemForm(forms.Form):
    """Passes everything through: `submit` refuses, and its words are shown beside the field."""

    text = forms.CharField(
        label=_("Problem"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 8,
                "autofocus": True,
                "spellcheck": "true",
                "aria-describedby": "text-help text-count",
            }
        ),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(AUTOMATIC, _("Choose for me")), *Kind.choices],
        initial=AUTOMATIC,
        widget=forms.RadioSelect,
    )
    samples = forms.TypedChoiceField(
        label=_("How careful"),
        required=False,
        coerce=int,
        empty_value=1,  # type: ignore[arg-type]
        initial=1,
        widget=forms.RadioSelect,
    )
    system_prompt = forms.CharField(
        label=_("System prompt"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "aria-describedby": "system-prompt-help"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["samples"].choices = sample_choices()  # type: ignore[attr-defined]
        # NUL is refused by `submit`, in words that help; Django's own check would come first.
        for name in ("text", "system_prompt"):
            self.fields[name].validators.clear()
        if not person.may_set_system_prompt:
            del self.fields["system_prompt"]

    def clean_kind(self) -> str:
        chosen: str = self.cleaned_data["kind"]
        return kind_of(self.cleaned_data.get("text", "")) if chosen == AUTOMATIC else chosen

    @property
    def text_limit(self) -> int:
        return config.current().problem_chars


def sample_choices() -> list[tuple[int, str]]:
    """Fast, careful and thorough, as far as the limit allows."""
    limit = config.current().most_samples
    careful, thorough = settings.SAMPLES_CAREFUL, settings.SAMPLES_THOROUGH
    words = {
        1: _("Fast: one solution"),
        careful: _("Careful: %(count)d solutions, compared") % {"count": careful},
        thorough: _("Thorough: %(count)d solutions, compared") % {"count": thorough},
    }
    return [(count, str(word)) for count, word in sorted(words.items()) if count <= limit]


# The end of time has no next day.
IN_OUR_TIME = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31))]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class HistoryForm(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Any kind")), *Kind.choices]
    )
    verdict = forms.ChoiceField(
        label=_("Verdict"), required=False, choices=[("", _("Any verdict")), *Verdict.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Any state")), *State.choices]
    )
    since = forms.DateField(
        label=_("From"), required=False, validators=IN_OUR_TIME, widget=DateInput()
    )
    until = forms.DateField(
        label=_("To"), required=False, validators=IN_OUR_TIME, widget=DateInput()
    )


class NoteForm(forms.Form):
    """A short word to a teacher."""

    note = forms.CharField(required=False, max_length=NOTE_MAX_CHARS)


class StepForm(NoteForm):
    step = forms.IntegerField(min_value=1, max_value=10_000)


# What "try again with other sampling" offers: a word for the reader, numbers for the model.
SAMPLINGS: dict[str, dict[str, Any]] = {
    "same": {},
    "careful": {"temperature": 0.3, "top_p": 0.9, "seed": None},
    "bold": {"temperature": 1.0, "top_p": 0.95, "seed": None},
}


class AgainForm(forms.Form):
    sampling = forms.ChoiceField(
        label=_("How"),
        required=False,
        choices=[
            ("same", _("As before: another draw")),
            ("careful", _("Steadier: temperature 0.3")),
            ("bold", _("More varied: temperature 1.0")),
        ],
    )

    def chosen(self) -> dict[str, Any]:
        name = self.cleaned_data["sampling"] if self.is_valid() else ""
        return SAMPLINGS[name or "same"]
