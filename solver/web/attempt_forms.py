"""Forms around a student's own answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from solver.models import Attempt
from solver.models.appeal import REASON_MAX_CHARS
from solver.running.attempts import LANGUAGES
from solver.running.corrections import NOTE_MAX_CHARS, REFERENCE_MAX_CHARS

MAX_TRIES = 10_000


class AnswerForm(forms.Form):
    """Passes text through: `attempts` refuses, in words that say what to do."""

    text = forms.CharField(
        label=_("Your answer"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "aria-describedby": "answer-help"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=list(LANGUAGES.items())
    )
    file = forms.FileField(
        label=_("A picture or PDF"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,application/pdf"}),
    )
    without_file = forms.BooleanField(label=_("Take the file out"), required=False)
    # Which try this is: sent twice, it is one.
    attempt = forms.IntegerField(
        min_value=1, max_value=MAX_TRIES, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        # NUL is refused later, in words that help; Django's own check would come first.
        self.fields["text"].validators.clear()
        self.refusal = ""

    @classmethod
    def of(cls, draft: Attempt | None, number: int) -> "AnswerForm":
        return cls(
            initial={
                "text": draft.text if draft else "",
                "language": (draft.language if draft else "") or "python",
                "attempt": number,
            }
        )

    @property
    def number(self) -> int:
        value = self.data.get("attempt", "")
        return min(int(value), MAX_TRIES) if value.isascii() and value.isdecimal() else 0

    def refuse(self, why: str) -> None:
        self.refusal = why


class AppealForm(forms.Form):
    reason = forms.CharField(
        label=_("Why should somebody look again?"),
        max_length=REASON_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CorrectionForm(forms.Form):
    answer = forms.CharField(label=_("Corrected answer"), max_length=REFERENCE_MAX_CHARS)
    note = forms.CharField(label=_("Why"), required=False, max_length=NOTE_MAX_CHARS)
