"""The classrooms that one is in or teaches: the list, a new one, and a class's own page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import Assignment
from solver.web.access import person_of, seen_classroom, taught_classroom, teaches
from solver.web.archiving import archive_or_bring_back
from solver.web.class_forms import ClassForm
from solver.web.gradebook import own_progress


@login_required
@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    return _list(request, ClassForm())


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if not may_make(person):
        raise PermissionDenied
    form = ClassForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    with transaction.atomic():
        classroom = form.save()
        Membership.objects.create(classroom=classroom, user=person, role=MemberRole.TEACHER)
    said = _("The class is made. Give your students the join code.")
    messages.success(request, said)
    return redirect("classroom", classroom.pk)


@login_required
@require_safe
def classroom(request: HttpRequest, classroom_id: int) -> HttpResponse:
    found = seen_classroom(request, classroom_id)
    if teaches(person_of(request), found):
        return taught_page(request, found, ClassForm(instance=found))
    return _attended_page(request, found)


def may_make(person: User) -> bool:
    return person.is_teacher or person.is_administrator


def taught_page(
    request: HttpRequest, found: Classroom, form: ClassForm, status: int = 200
) -> HttpResponse:
    members = found.memberships.select_related("user").order_by("role", "user__username")
    assignments = found.assignments.annotate(
        problem_count=Count("assigned", distinct=True),
        waiting=Count("assigned__attempts", Q(assigned__attempts__result="cannot_tell")),
    )
    context = {
        "classroom": found,
        "teachers": [one for one in members if one.role == MemberRole.TEACHER],
        "students": [one for one in members if one.role == MemberRole.STUDENT],
        "assignments": assignments,
        "form": form,
        "join_url": request.build_absolute_uri(found.join_path),
        "now": timezone.now(),
    }
    return render(request, "classes/taught.html", context, status=status)


def _attended_page(request: HttpRequest, found: Classroom) -> HttpResponse:
    person = person_of(request)
    assignments = Assignment.objects.visible_to(person).filter(classroom=found)
    teachers = found.memberships.filter(role=MemberRole.TEACHER).select_related("user")
    context = {
        "classroom": found,
        "teachers": [one.user for one in teachers],
        "assignments": own_progress(person, list(assignments)),
        "now": timezone.now(),
    }
    return render(request, "classes/attended.html", context)


def _list(request: HttpRequest, form: ClassForm, status: int = 200) -> HttpResponse:
    person = person_of(request)
    students = Count("memberships", Q(memberships__role=MemberRole.STUDENT))
    teachers = Prefetch(
        "memberships",
        Membership.objects.filter(role=MemberRole.TEACHER).select_related("user"),
        to_attr="teachers",
    )
    taught = Classroom.objects.taught_by(person).annotate(student_count=students)
    attended = Classroom.objects.attended_by(person).prefetch_related(teachers)
    context = {
        "taught": taught.order_by("archived_at", "name"),
        "attended": attended.order_by("archived_at", "name"),
        "form": form if may_make(person) else None,
    }
    return render(request, "classes/list.html", context, status=status)


@login_required
@require_POST
def rename(request: HttpRequest, classroom_id: int) -> HttpResponse:
    found = taught_classroom(request, classroom_id)
    form = ClassForm(request.POST, instance=found)
    if not form.is_valid():
        return taught_page(request, taught_classroom(request, classroom_id), form, status=400)
    form.save()
    messages.success(request, _("The class has a new name."))
    return redirect("classroom", classroom_id)


@login_required
@require_POST
def archive(request: HttpRequest, classroom_id: int) -> HttpResponse:
    is_back = archive_or_bring_back(taught_classroom(request, classroom_id))
    said = _("The class is back.") if is_back else _("The class is archived. Its work stays.")
    messages.success(request, said)
    return redirect("classroom", classroom_id)
