"""The page of one solution, and the parts of it that scripts ask for again."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Classroom, MemberRole
from solver.live.cards import cards
from solver.models import Feedback, Share, Solution, State
from solver.running import states, submit
from solver.running.queue import place
from solver.web.access import may_change, own_solution, person_of, visible_solution
from solver.web.erasing import erase
from solver.web.forms import AgainForm
from solver.web.models_at_work import is_demonstration
from solver.web.reading import summarise
from solver.web.samples import given_way, progress
from solver.web.shown import read


@login_required
@require_safe
def page(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    solution = visible_solution(request, solution_id)
    shown = read(solution)
    worked = cards(shown.text, solution.is_final)
    context = {
        **_common(request, solution),
        "worked": worked,
        "cursor": shown.cursor,
        "reasoning": summarise(solution, worked, len(shown.text)),
    }
    return render(request, "solutions/page.html", context)


@login_required
@require_safe
def parts(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    """State, outcome and model as fragments, for scripts to put in after a change of state."""
    solution = visible_solution(request, solution_id)
    return render(request, "solutions/_parts.html", _common(request, solution))


@login_required
@require_POST
def cancel(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    states.cancel(own_solution(request, solution_id))
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    return redirect("solution", solution_id)


@login_required
@require_POST
def again(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    """Another run on the same problem, by whoever asks for it."""
    solution = own_solution(request, solution_id)
    try:
        new = submit.try_again(solution, person_of(request), AgainForm(request.POST).chosen())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("solution", solution_id)
    return redirect("solution", new.pk)


@login_required
def delete(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    solution = own_solution(request, solution_id)
    if request.method != "POST":
        return render(request, "solutions/delete.html", {"solution": solution})
    erase(solution)
    messages.success(request, _("The solution is deleted."))
    return redirect("history")


def _common(request: HttpRequest, solution: Solution) -> dict[str, object]:
    person = person_of(request)
    owns = solution.owner_id == person.pk
    thumb = Feedback.objects.filter(solution=solution, person=person).first()
    return {
        "solution": solution,
        "problem": solution.problem,
        "place": place(solution) if solution.state == State.QUEUED else None,
        "owns": owns,
        "may_change": may_change(person, solution),
        "is_demonstration": is_demonstration(solution.model),
        "max_interruptions": settings.MAX_INTERRUPTIONS,
        "thumb": thumb.thumb if thumb else None,
        "progress": progress(solution),
        "given_way": given_way(solution),
        "again_form": AgainForm(),
        "classrooms": _classrooms(request) if owns and solution.is_final else [],
        "shares": Share.objects.filter(solution=solution).select_related("classroom"),
    }


def _classrooms(request: HttpRequest) -> list[Classroom]:
    """Where there is a teacher to share with."""
    mine = Classroom.objects.filter(
        memberships__user=person_of(request),
        memberships__role=MemberRole.STUDENT,
        archived_at=None,
    )
    return list(mine.distinct())
