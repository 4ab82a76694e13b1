"""What a teacher typed on the review page, kept whatever becomes of it."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from solver.models import Decision, NoteTarget, Review, SavedComment
from solver.running.review_draft import MOST_NOTES, Draft, Note
from solver.running.review_queue import SHUFFLES, Choice
from solver.running.review_reasons import Reason

BLANK_NOTES = 3


class ReviewForm(forms.Form):
    seen = forms.IntegerField(min_value=0)
    points = forms.DecimalField(max_digits=6, decimal_places=2, required=False)
    comment = forms.CharField(required=False)
    appeal_answer = forms.CharField(required=False)

    def draft(self, data: QueryDict) -> Draft:
        """Raises ValidationError keyed by field."""
        if not self.is_valid():
            raise ValidationError({name: list(found) for name, found in self.errors.items()})
        pressed = data.get("do", "")
        return Draft(
            seen=self.cleaned_data["seen"],
            decision=Decision(pressed) if pressed in Decision else None,
            points=self.cleaned_data["points"],
            comment=with_saved(self.cleaned_data["comment"], data.get("saved", "")),
            items=frozenset(int(one) for one in data.getlist("item") if _is_number(one)),
            notes=notes_in(data),
            appeal_answer=self.cleaned_data["appeal_answer"],
        )


def shown(data: QueryDict | None, review: Review | None) -> dict[str, object]:
    """The form's values: as typed where somebody typed, else as stored."""
    if data is not None:
        return {
            "points": data.get("points", ""),
            "comment": with_saved(data.get("comment", ""), data.get("saved", "")),
            "appeal_answer": data.get("appeal_answer", ""),
            "items": {int(one) for one in data.getlist("item") if _is_number(one)},
            "notes": _rows(list(_typed_notes(data))),
        }
    if review is None:
        return {"points": "", "comment": "", "items": set(), "notes": _rows([])}
    return {
        "points": "" if review.points is None else _plain(review.points),
        "comment": review.comment,
        "items": {mark.item_id for mark in review.marks.all()},
        "notes": _rows([(one.target, str(one.index + 1), one.text) for one in review.notes.all()]),
    }


def with_saved(comment: str, saved: str) -> str:
    """The comment with a chosen saved one below it, for browsers that run no script."""
    saved = saved.strip()
    return comment if not saved or saved in comment else f"{comment}\n{saved}".strip()


def notes_in(data: QueryDict) -> tuple[Note, ...]:
    notes = []
    for target, number, text in _typed_notes(data):
        if not text.strip():
            continue
        if not _is_number(number) or not 1 <= int(number) <= 100_000:
            message = _("Say which step or line a note is about: a number from 1.")
            raise ValidationError({"notes": message})
        kind = target if target in NoteTarget else NoteTarget.LINE
        notes.append(Note(kind, int(number) - 1, text.strip()))
    return tuple(notes)


def choice_of(request: HttpRequest) -> Choice:
    """The queue's filters, from the address; what makes no sense is no filter."""
    given = request.GET
    classroom, reason = given.get("class", ""), given.get("reason", "")
    shuffle = given.get("shuffle", "")
    return Choice(
        classroom=int(classroom) if _is_number(classroom) else None,
        reason=Reason(reason) if reason in set(Reason) else None,
        shuffle=int(shuffle) if _is_number(shuffle) and int(shuffle) <= SHUFFLES else 0,
    )


def keep_comment(owner: User, data: QueryDict) -> None:
    """For the next time, where the teacher ticked it."""
    text = data.get("comment", "").strip()
    limit = SavedComment._meta.get_field("text").max_length or 0
    if data.get("keep") and text and len(text) <= limit:
        SavedComment.objects.get_or_create(owner=owner, text=text)


def _typed_notes(data: QueryDict) -> list[tuple[str, str, str]]:
    lists = (data.getlist(f"note_{name}")[:MOST_NOTES] for name in ("target", "number", "text"))
    return list(zip(*lists, strict=False))


def _rows(notes: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The written notes and a few empty rows for more."""
    written = [note for note in notes if note[2].strip()]
    return [*written, *[("", "", "")] * BLANK_NOTES]


def _plain(points: Decimal) -> str:
    return f"{points.normalize():f}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12
