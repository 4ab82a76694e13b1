"""The pages of an assignment: what a class sees of it, and what its teachers do with it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Classroom
from solver.models import Assignment
from solver.web import assigning
from solver.web.access import (
    person_of,
    seen_assignment,
    taught_assignment,
    taught_classroom,
    teaches,
)
from solver.web.archiving import archive_or_bring_back
from solver.web.assignment_forms import (
    MAX_PROBLEMS,
    AssignmentForm,
    initial_rows,
    own_problems,
    problem_rows,
)
from solver.web.gradebook import class_table, own_progress

EXTRA_ROWS = 2


@login_required
@require_safe
def page(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = seen_assignment(request, assignment_id)
    person = person_of(request)
    context = {"assignment": assignment, "now": timezone.now(), "zone": assignment.time_zone}
    if teaches(person, assignment.classroom):
        context |= {
            "assigned": assignment.assigned.select_related("problem"),
            "lines": class_table(assignment),
            "classes": Classroom.objects.taught_by(person).filter(archived_at=None),
        }
        return render(request, "classes/assignment_taught.html", context)
    context["progress"] = own_progress(person, [assignment])[0]
    return render(request, "classes/assignment.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, classroom_id: int) -> HttpResponse:
    classroom = taught_classroom(request, classroom_id)
    assignment = Assignment(
        classroom=classroom,
        created_by=person_of(request),
        time_zone=_usual_zone(classroom),
        opens_at=timezone.now().replace(second=0, microsecond=0),
    )
    return _edit(request, assignment)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    return _edit(request, taught_assignment(request, assignment_id))


def _edit(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    person = person_of(request)
    is_new = assignment._state.adding
    assigned = [] if is_new else list(assignment.assigned.select_related("problem"))
    extra = max(0, min(1 if assigned else EXTRA_ROWS, MAX_PROBLEMS - len(assigned)))
    make_rows = problem_rows(extra)
    options: dict[str, Any] = {
        "initial": initial_rows(assigned),
        "form_kwargs": {"own": own_problems(person)},
        "prefix": "p",
    }
    titles = {one.pk: one.problem for one in assigned}
    if request.method != "POST":
        form, rows = AssignmentForm(instance=assignment), make_rows(**options)
        return _form_page(request, assignment, form, rows, titles)
    data = request.POST.copy()
    if "more" in data:
        wanted = data.get("p-TOTAL_FORMS", "0")
        total = int(wanted) if wanted.isdecimal() else 0
        data["p-TOTAL_FORMS"] = str(min(total + 1, MAX_PROBLEMS))
    form, rows = AssignmentForm(data, instance=assignment), make_rows(data, **options)
    # Both, so that everything that is wrong is told at once.
    is_valid = form.is_valid() & rows.is_valid()
    if "more" in data or not is_valid:
        status = 200 if "more" in data else 400
        return _form_page(request, assignment, form, rows, titles, status)
    try:
        saved = assigning.save(form.save(commit=False), rows, person)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _form_page(request, assignment, form, rows, titles, 400)
    messages.success(request, _("The assignment is saved."))
    return redirect("assignment", saved.pk)


def _form_page(
    request: HttpRequest,
    assignment: Assignment,
    form: AssignmentForm,
    rows: object,
    titles: object,
    status: int = 200,
) -> HttpResponse:
    context = {
        "assignment": assignment,
        "is_new": assignment._state.adding,
        "form": form,
        "rows": rows,
        "problems": titles,
        "most": MAX_PROBLEMS,
    }
    return render(request, "classes/assignment_form.html", context, status=status)


@login_required
@require_POST
def copy(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = taught_assignment(request, assignment_id)
    person = person_of(request)
    mine = Classroom.objects.taught_by(person) | Classroom.objects.filter(
        pk=assignment.classroom_id
    )
    chosen = request.POST.get("classroom", "")
    into = get_object_or_404(mine.distinct(), pk=int(chosen) if chosen.isdecimal() else 0)
    made = assigning.copy(assignment, into, person)
    said = _("This is the copy. It opens in a week: change what you like before.")
    messages.success(request, said)
    return redirect("assignment_edit", made.pk)


@login_required
@require_POST
def archive(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = taught_assignment(request, assignment_id)
    is_back = archive_or_bring_back(assignment)
    said = _("The assignment is back.") if is_back else _("The assignment is archived.")
    messages.success(request, said)
    return redirect("assignment", assignment_id)


@login_required
@require_POST
def delete(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = taught_assignment(request, assignment_id)
    classroom_id = assignment.classroom_id
    if assigning.delete(assignment):
        messages.success(request, _("The assignment is deleted."))
        return redirect("classroom", classroom_id)
    said = _("Students have begun to work on it, so it cannot be deleted. Archive it instead.")
    messages.error(request, said)
    return redirect("assignment", assignment_id)


def _usual_zone(classroom: Classroom) -> str:
    last = classroom.assignments.order_by("-created_at").first()
    return last.time_zone if last else settings.TIME_ZONE
