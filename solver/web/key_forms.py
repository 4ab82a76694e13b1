"""Forms of the pages for partners: keys and webhooks."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.keys import Scope
from solver.models.webhook import CHOOSABLE, URL_MAX_CHARS

LIVES_DAYS = {"30": 30, "90": 90, "365": 365, "never": None}
OVERLAPS_H = [("0", _("Now")), ("24", _("In a day")), ("168", _("In a week"))]


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Who or what will use it, such as “School portal”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.INFERENCE, Scope.READ, Scope.WRITE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    lives = forms.ChoiceField(
        label=_("It expires"),
        choices=[
            ("30", _("In 30 days")),
            ("90", _("In 90 days")),
            ("365", _("In a year")),
            ("never", _("Never")),
        ],
        initial="365",
    )
    networks = forms.CharField(
        label=_("Only from these addresses"),
        required=False,
        max_length=2_000,
        help_text=_("One a line, such as 192.0.2.7 or 192.0.2.0/24. Empty: from everywhere."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "short", "spellcheck": "false"}),
    )

    def expires_at(self) -> datetime | None:
        days = LIVES_DAYS[self.cleaned_data["lives"]]
        return timezone.now() + timedelta(days=days) if days else None

    def network_list(self) -> list[str]:
        lines = self.cleaned_data["networks"].splitlines()
        return [line.strip() for line in lines if line.strip()]


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(label=_("The old key ends"), choices=OVERLAPS_H, initial="24")

    def overlap_time(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap"]))


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=URL_MAX_CHARS,
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.org/webhooks", "autocomplete": "off"}
        ),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=[(event.value, event.label) for event in CHOOSABLE],
        initial=[event.value for event in CHOOSABLE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
