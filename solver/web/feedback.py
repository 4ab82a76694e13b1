"""What a reader says about a solution: a thumb, a wrong step, a question, a word to a teacher."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Classroom, MemberRole
from solver.models import Feedback, Report, Share, Solution, Thumb
from solver.running import submit
from solver.text.steps import split
from solver.web.access import own_solution, person_of, visible_solution
from solver.web.forms import NoteForm, StepForm
from solver.web.shown import read


@login_required
@require_POST
def thumb(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    """Up or down; the same one again takes it back."""
    solution = visible_solution(request, solution_id)
    if request.POST.get("thumb") not in {str(value) for value in Thumb.values}:
        raise Http404
    value = int(request.POST["thumb"])
    mine = Feedback.objects.filter(solution=solution, person=person_of(request))
    if mine.filter(thumb=value).delete()[0]:
        return _answer(request, solution)
    Feedback.objects.update_or_create(
        solution=solution, person=person_of(request), defaults={"thumb": value}
    )
    return _answer(request, solution)


@login_required
@require_POST
def report(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    solution = visible_solution(request, solution_id)
    index, note = _step_of(request, solution)
    Report.objects.update_or_create(
        solution=solution,
        person=person_of(request),
        step_index=index,
        defaults={"note": note, "settled_at": None},
    )
    said = _("Step %(number)d is reported as wrong. Teachers see it on their desk.")
    messages.success(request, said % {"number": index + 1})
    return _answer(request, solution)


@login_required
@require_POST
def explain(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    """A follow-up run that sees the problem and the steps up to this one."""
    solution = own_solution(request, solution_id)
    index, _note = _step_of(request, solution)
    try:
        follow_up = submit.explain(solution, index, person_of(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("solution", solution_id)
    return redirect("solution", follow_up.pk)


@login_required
@require_POST
def share(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    solution = own_solution(request, solution_id)
    attended = Classroom.objects.filter(
        memberships__user=solution.owner, memberships__role=MemberRole.STUDENT
    ).distinct()
    chosen = request.POST.get("classroom", "")
    classroom = get_object_or_404(attended, pk=int(chosen) if chosen.isdecimal() else 0)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    Share.objects.update_or_create(solution=solution, classroom=classroom, defaults={"note": note})
    said = _("Shared with the teachers of %(name)s.")
    messages.success(request, said % {"name": classroom.name})
    return _answer(request, solution)


def _step_of(request: HttpRequest, solution: Solution) -> tuple[int, str]:
    """Index from 0 of a step that exists, and the note that came with it."""
    form = StepForm(request.POST)
    if not form.is_valid():
        raise Http404
    index = form.cleaned_data["step"] - 1
    if index >= len(split(read(solution).text, solution.is_final).steps):
        raise Http404
    return index, form.cleaned_data["note"]


def _answer(request: HttpRequest, solution: Solution) -> HttpResponse:
    return redirect("solution", solution.pk)
