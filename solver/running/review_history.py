"""The history of a review: what each save changed, in words."""

from collections.abc import Iterator

from accounts.models import User
from solver.models import Decision, Review, ReviewChange

Contents = dict[str, str]


def contents_of(review: Review | None) -> Contents:
    """All that a save can change, by the word that the history shows for it."""
    if review is None:
        return {}
    found = {
        "decision": str(Decision(review.decision).label),
        "points": "" if review.points is None else f"{review.points.normalize():f}",
        "comment": review.comment,
    }
    for mark in review.marks.select_related("item"):
        found[f"rubric {mark.item_id}"] = f"{mark.item.text} ({mark.item.points})"
    for note in review.notes.all():
        found[f"{note.target} {note.index + 1}, {note.pk}"] = note.text
    return found


def remember(review: Review, by: User, before: Contents, after: Contents) -> None:
    ReviewChange.objects.bulk_create(
        ReviewChange(review=review, by=by, what=what, before=old, after=new)
        for what, old, new in _differences(before, after)
    )


def _differences(before: Contents, after: Contents) -> Iterator[tuple[str, str, str]]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, ""), after.get(key, "")
        if old != new:
            # Rubric lines and notes carry their key to tell two of them apart.
            yield key.split(",")[0] if "," in key else _word(key), old, new


def _word(key: str) -> str:
    return "rubric" if key.startswith("rubric ") else key
