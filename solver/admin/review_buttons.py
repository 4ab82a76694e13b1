"""Buttons beside the review itself: the teacher stays on the page, and is told what was wrong."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from solver.models import Attempt, RubricItem, SavedComment
from solver.running.corrections import correct, may_correct
from solver.running.reviewable import Subject, problem_of

Errors = dict[str, list[str]]


def _add_rubric_line(request: HttpRequest, subject: Subject, user: User) -> Errors:
    if not isinstance(subject, Attempt):
        raise Http404
    line = RubricItem(
        assigned=subject.assigned,
        text=request.POST.get("rubric_text", "").strip(),
        points=request.POST.get("rubric_points", "").strip() or 0,
        position=subject.assigned.rubric.count(),
    )
    try:
        line.full_clean()
    except ValidationError as error:
        return {"rubric": error.messages}
    line.save()
    return {}


def _forget_comment(request: HttpRequest, subject: Subject, user: User) -> Errors:
    SavedComment.objects.filter(owner=user, text=request.POST.get("saved", "")).delete()
    return {}


def _correct(request: HttpRequest, subject: Subject, user: User) -> Errors:
    answer = request.POST.get("corrected", "").strip()
    note = request.POST.get("corrected_note", "").strip()
    problem = problem_of(subject)
    if not may_correct(problem, user):
        raise PermissionDenied
    try:
        correct(problem, answer, user, note)
    except ValidationError as error:
        return {"corrected": error.messages}
    subject.refresh_from_db()
    messages.success(
        request,
        _("The reference answer is corrected, and everyone who was shown the old one is told."),
    )
    return {}


BUTTONS: dict[str, Callable[[HttpRequest, Subject, User], Errors]] = {
    "rubric": _add_rubric_line,
    "correct": _correct,
    "unsave": _forget_comment,
}
