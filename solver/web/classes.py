"""The classrooms that one is in or teaches."""

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import MemberRole, Membership
from solver.web.access import person_of


@login_required
@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    everyone = Membership.objects.select_related("user").order_by("role", "user__username")
    mine = (
        Membership.objects.filter(user=person_of(request))
        .select_related("classroom")
        .prefetch_related(Prefetch("classroom__memberships", everyone, to_attr="people"))
        .order_by("classroom__archived_at", "classroom__name")
    )
    context = {
        "taught": [one.classroom for one in mine if one.role == MemberRole.TEACHER],
        "attended": [one.classroom for one in mine if one.role == MemberRole.STUDENT],
    }
    return render(request, "classes/list.html", context)
