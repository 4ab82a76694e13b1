"""A class list from a file: first what would happen, then exactly that."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import roster
from accounts.models import Classroom
from solver.models import NotificationKind
from solver.running import tickets
from solver.running.notify import notify
from solver.web.access import person_of, taught_classroom
from solver.web.class_forms import RosterForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_roster(request: HttpRequest, classroom_id: int) -> HttpResponse:
    classroom = taught_classroom(request, classroom_id)
    if request.method != "POST":
        return _page(request, classroom, RosterForm())
    form = RosterForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, classroom, form, status=400)
    text = form.cleaned_data["text"]
    try:
        planned = roster.plan(classroom, text)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _page(request, classroom, form, status=400)
    agreed = request.POST.get("agreed")
    if agreed == planned.digest:
        return _apply(request, classroom, planned)
    if agreed:
        said = _("Something changed in between. Look at the list again before you apply it.")
        messages.warning(request, said)
    return _page(request, classroom, RosterForm(initial={"text": text}), planned, text)


def _apply(request: HttpRequest, classroom: Classroom, planned: roster.Plan) -> HttpResponse:
    people = roster.apply(classroom, planned)
    words = _("%(by)s added you to the class %(name)s.") % {
        "by": person_of(request).username,
        "name": classroom.name,
    }
    for person in people:
        notify(person, NotificationKind.CLASS, words, reverse("classroom", args=[classroom.pk]))
    invited = [row.email for row in planned.rows if row.step is roster.Step.INVITE]
    if invited and not tickets.invite(classroom.pk, invited):
        said = _("The invitations could not be sent just now. Give the join code instead.")
        messages.error(request, said)
        invited = []
    said = _("%(added)d students were added, %(invited)d get an invitation by e-mail.")
    messages.success(request, said % {"added": len(people), "invited": len(invited)})
    return redirect("classroom", classroom.pk)


def _page(
    request: HttpRequest,
    classroom: Classroom,
    form: RosterForm,
    planned: roster.Plan | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"classroom": classroom, "form": form, "plan": planned, "text": text}
    return render(request, "classes/roster.html", context, status=status)
