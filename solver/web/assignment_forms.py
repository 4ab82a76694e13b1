"""Forms of an assignment: its rules, and a row for each of its problems."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from solver.models import AssignedProblem, Assignment, Help, Kind, LatePolicy, Problem
from solver.running.acceptance import check_text, tidy
from solver.web.cases import cases_of, cases_text
from solver.web.selects import LongSelect

MAX_PROBLEMS = 20
MAX_TESTS_CHARS = 200_000
MAX_FORMS = 20
MAX_FORM_CHARS = 500
CHOSEN_FROM = 200


class LocalTimeField(forms.Field):
    """A time on the clock of a zone that another field names: naive until the form knows both."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            raise ValidationError(
                _("This is no date and time. Write it like 2026-09-30 18:00.")
            ) from None
        if not 2000 <= moment.year <= 2199:
            raise ValidationError(_("Choose a year between 2000 and 2199."))
        return moment


if TYPE_CHECKING:
    _AssignmentModelForm = forms.ModelForm[Assignment]
    _ProblemFormSet = forms.BaseFormSet["ProblemForm"]
else:
    # Only the type checker's Django can be subscripted here.
    _AssignmentModelForm, _ProblemFormSet = forms.ModelForm, forms.BaseFormSet


def zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(available_timezones())]


# Django's class takes no type argument when it runs.
class AssignmentForm(_AssignmentModelForm):
    opens_at = LocalTimeField(label=gettext_lazy("Opens"))
    due_at = LocalTimeField(label=gettext_lazy("Due"), required=False)
    late_until = LocalTimeField(label=gettext_lazy("Late work until"), required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone of these times"), choices=zones, widget=LongSelect
    )
    late_policy = forms.ChoiceField(label=gettext_lazy("Late work"), choices=LatePolicy.choices)
    help = forms.ChoiceField(label=gettext_lazy("Help by this site"), choices=Help.choices)

    class Meta:
        model = Assignment
        fields = [
            "title", "instructions", "time_zone", "opens_at", "due_at", "late_policy",
            "late_percent_per_day", "late_until", "tries_allowed", "help", "is_blind",
        ]  # fmt: skip
        widgets = {"instructions": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"tries_allowed": gettext_lazy("For each problem. Empty: any number.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instructions"].max_length = 10_000  # type: ignore[attr-defined]
        zone = ZoneInfo(self.instance.time_zone)
        for name in ("opens_at", "due_at", "late_until"):
            moment = getattr(self.instance, name)
            if moment is not None:
                self.initial[name] = f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # Where the zone itself is wrong, any will do to compare the times.
        zone = cleaned.get("time_zone", "UTC")
        for name in ("opens_at", "due_at", "late_until"):
            if cleaned.get(name):
                cleaned[name] = self._moment(name, cleaned[name], zone)
        opens, due, late = (cleaned.get(key) for key in ("opens_at", "due_at", "late_until"))
        if opens and due and due <= opens:
            self.add_error("due_at", _("It is due before it opens. Choose a later time."))
        if late and not due:
            self.add_error("late_until", _("Without a due time nothing is late. Leave it empty."))
        elif late and due and late < due:
            self.add_error("late_until", _("This is before the due time. Choose a later one."))
        percent = cleaned.get("late_percent_per_day")
        if percent is not None and percent > 100:
            self.add_error("late_percent_per_day", _("Choose a number from 0 to 100."))
        return cleaned

    def _moment(self, name: str, naive: datetime, zone: str) -> datetime:
        """The first of two where the clock was put back."""
        moment = naive.replace(tzinfo=ZoneInfo(zone))
        back = moment.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone))
        if back.replace(tzinfo=None) != naive:
            self.add_error(name, _("The clock of this zone skips that time. Choose another one."))
        return moment


class ProblemForm(forms.Form):
    """One row. Kept in the assignment already, chosen from one's own, or written here."""

    assigned = forms.UUIDField(required=False, widget=forms.HiddenInput)
    chosen = forms.ChoiceField(label=gettext_lazy("Problem"), required=False, widget=LongSelect)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Kind.choices, initial=Kind.MATHS, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Text of the problem"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    points = forms.DecimalField(
        label=gettext_lazy("Points"), min_value=Decimal(0), max_value=Decimal(1_000),
        max_digits=6, decimal_places=2, initial=1, required=False,
    )  # fmt: skip
    reference_answer = forms.CharField(
        label=gettext_lazy("Reference answer"), required=False, max_length=2_000
    )
    accepted_forms = forms.CharField(
        label=gettext_lazy("Also accepted, one in each line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tests = forms.CharField(
        label=gettext_lazy("Tests of a program"),
        required=False,
        strip=False,
        max_length=MAX_TESTS_CHARS,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "code"}),
    )

    def __init__(self, *args: Any, own: list[Problem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [  # type: ignore[attr-defined]
            ("", _("Write a new one")),
            *((str(one.pk), f"{one.title} ({one.created_at:%d %b %Y})") for one in own),
        ]

    def clean_text(self) -> str:
        text = tidy(self.cleaned_data["text"])
        if text.strip():
            check_text(text)
        return text

    def clean_accepted_forms(self) -> list[str]:
        lines = self.cleaned_data["accepted_forms"].splitlines()
        found = [line.strip() for line in lines if line.strip()]
        if len(found) > MAX_FORMS:
            raise ValidationError(_("At most %d forms, please.") % MAX_FORMS)
        if any(len(one) > MAX_FORM_CHARS for one in found):
            raise ValidationError(_("A form may have at most %d characters.") % MAX_FORM_CHARS)
        return found

    def clean_tests(self) -> list[dict[str, str]]:
        return cases_of(tidy(self.cleaned_data["tests"]))

    @property
    def is_blank(self) -> bool:
        kept = self.cleaned_data.get("assigned") or self.cleaned_data.get("chosen")
        return not kept and not self.cleaned_data.get("text", "").strip()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["points"] = Decimal(1) if cleaned.get("points") is None else cleaned["points"]
        rest = cleaned.get("reference_answer") or cleaned.get("tests")
        if not self.errors and self.is_blank and rest:
            self.add_error("text", _("Write the problem, or choose one."))
        return cleaned


class Rows(_ProblemFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        kept = [form for form in self.forms if not form.is_blank and not self._goes(form)]
        if not kept:
            raise ValidationError(_("An assignment has one problem at least. Write or choose one."))
        chosen = [form.cleaned_data["chosen"] for form in kept if form.cleaned_data["chosen"]]
        if len(chosen) != len(set(chosen)):
            raise ValidationError(_("A problem was chosen twice. Choose another one."))

    def _goes(self, form: ProblemForm) -> bool:
        return bool(form.cleaned_data.get("DELETE"))

    def rows(self) -> list[tuple[ProblemForm, bool]]:
        """Each filled row, and whether it is to go."""
        return [(form, self._goes(form)) for form in self.forms if not form.is_blank]


def own_problems(person: User, limit: int = CHOSEN_FROM) -> list[Problem]:
    """What a teacher can choose from: written or submitted by them, newest first."""
    return list(Problem.objects.filter(owner=person)[:limit])


def initial_rows(assigned: list[AssignedProblem]) -> list[dict[str, Any]]:
    return [
        {
            "assigned": one.pk,
            "kind": one.problem.kind,
            "points": one.points,
            "reference_answer": one.reference_answer,
            "accepted_forms": "\n".join(one.accepted_forms),
            "tests": cases_text(one.tests),
        }
        for one in assigned
    ]


def problem_rows(extra: int) -> type[Rows]:
    made: Any = forms.formset_factory(
        ProblemForm, formset=Rows, extra=extra, can_delete=True, max_num=MAX_PROBLEMS,
        absolute_max=MAX_PROBLEMS, validate_max=True,
    )  # fmt: skip
    rows: type[Rows] = made
    return rows
