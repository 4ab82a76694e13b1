"""Forms of the pages of a class."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import roster
from accounts.models import Classroom, Role, User

FILE_MAX_BYTES = 1_000_000


# Django's class takes no type argument when it runs.
if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Classroom]
else:
    ModelForm = forms.ModelForm


class ClassForm(ModelForm):
    class Meta:
        model = Classroom
        fields = ["name"]
        labels = {"name": gettext_lazy("Name of the class")}


class JoinForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Join code"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_code(self) -> str:
        """As people type what was read to them: small letters, spaces, dashes."""
        code: str = self.cleaned_data["code"]
        return "".join(char for char in code.upper() if char.isalnum())


class TeacherForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("User name of a teacher"), max_length=150)

    def clean_username(self) -> User:
        name = self.cleaned_data["username"].strip()
        found = User.objects.filter(username__iexact=name, role=Role.TEACHER).first()
        if found is None:
            raise ValidationError(_("There is no teacher of this name. Check the spelling."))
        return found


class RosterForm(forms.Form):
    """A file, or the same thing pasted; `text` is what both become."""

    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste the list"),
        required=False,
        max_length=roster.MAX_CHARS,
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": "email,name\nanna@example.org,Anna Bell"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file = cleaned.get("file")
        if file is not None:
            if file.size > FILE_MAX_BYTES:
                raise ValidationError({"file": _("The file is too large. Send a smaller one.")})
            cleaned["text"] = roster.decoded(file.read())
        if not self.errors and not str(cleaned.get("text", "")).strip():
            raise ValidationError(_("Choose a file, or paste the list."))
        return cleaned
