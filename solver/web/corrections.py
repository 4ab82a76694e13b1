"""A teacher puts a problem's reference answer right."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from solver.models import Problem
from solver.running import corrections
from solver.web.access import person_of


@login_required
@require_POST
def correct(request: HttpRequest, problem_id: UUID) -> HttpResponse:
    person = person_of(request)
    problem = get_object_or_404(Problem.objects.visible_to(person), pk=problem_id)
    if not corrections.may_correct(problem, person):
        raise PermissionDenied
    answer, note = request.POST.get("answer", ""), request.POST.get("note", "")
    try:
        made = corrections.correct(problem, answer, person, note)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(_back(request))
    if made is None:
        messages.info(request, _("This is the reference answer already."))
    else:
        said = _("Corrected. Answers are graded again, and everyone who saw the old one is told.")
        messages.success(request, said)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    # Without a slash it would be taken for the name of a view.
    return back if is_ours and back.startswith("/") else "/classes/"
