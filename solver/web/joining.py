"""Getting into a class and out of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Classroom, MemberRole, Membership, User, new_join_code
from solver.models import NotificationKind
from solver.running.notify import notify
from solver.web.access import person_of, seen_classroom, taught_classroom
from solver.web.class_forms import ClassForm, JoinForm, TeacherForm
from solver.web.classes import taught_page

# Of wrong codes, for each person and for each address that they come from.
WRONG_CODES = 10
WRONG_CODES_FROM_ADDRESS = 100
WRONG_CODES_WITHIN_S = 300


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The form for a code that was read aloud; it leads to the page of the link."""
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = _found(request, form.cleaned_data["code"])
        if isinstance(found, HttpResponse):
            return found
        if found is not None:
            return _join(request, found)
        form.add_error("code", _("No open class has this code. Check it, or ask your teacher."))
    status = 400 if form.errors else 200
    return render(request, "classes/join.html", {"form": form}, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """The link: who the class is, and a button."""
    found = _found(request, code.upper())
    if isinstance(found, HttpResponse):
        return found
    if found is None:
        raise Http404
    if request.method == "POST":
        return _join(request, found)
    teachers = found.memberships.filter(role=MemberRole.TEACHER).select_related("user")
    context = {"classroom": found, "teachers": [one.user for one in teachers]}
    return render(request, "classes/join_link.html", context)


@login_required
@require_POST
def leave(request: HttpRequest, classroom_id: int) -> HttpResponse:
    found = seen_classroom(request, classroom_id)
    mine = found.memberships.filter(user=person_of(request), role=MemberRole.STUDENT)
    if mine.delete()[0]:
        said = _("You have left %(name)s. Your own work stays yours.") % {"name": found.name}
        messages.success(request, said)
    return redirect("classes")


@login_required
@require_POST
def code(request: HttpRequest, classroom_id: int) -> HttpResponse:
    """Another code, or the door shut or opened."""
    found = taught_classroom(request, classroom_id)
    match request.POST.get("do"):
        case "rotate":
            found.join_code, said = new_join_code(), _("There is a new code. The old one is void.")
        case "close":
            found.is_open, said = False, _("Nobody can join now.")
        case "open":
            found.is_open, said = True, _("Whoever has the code can join again.")
        case _unknown:
            raise Http404
    found.save(update_fields=["join_code", "is_open"])
    messages.success(request, said)
    return redirect("classroom", classroom_id)


@login_required
@require_POST
def add_teacher(request: HttpRequest, classroom_id: int) -> HttpResponse:
    found = taught_classroom(request, classroom_id)
    form = TeacherForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors.get("username", []))))
        return taught_page(request, found, ClassForm(instance=found), status=400)
    person: User = form.cleaned_data["username"]
    Membership.objects.update_or_create(
        classroom=found, user=person, defaults={"role": MemberRole.TEACHER}
    )
    by = person_of(request)
    if person != by:
        text = _("You teach %(name)s now, together with %(by)s.")
        words = text % {"name": found.name, "by": by.username}
        notify(person, NotificationKind.CLASS, words, reverse("classroom", args=[found.pk]))
    messages.success(request, _("%(name)s teaches this class now.") % {"name": person.username})
    return redirect("classroom", classroom_id)


@login_required
@require_POST
def remove(request: HttpRequest, classroom_id: int) -> HttpResponse:
    """A member out of the class; the last teacher stays."""
    found = taught_classroom(request, classroom_id)
    chosen = request.POST.get("member", "")
    member = get_object_or_404(found.memberships, pk=int(chosen) if chosen.isdecimal() else 0)
    teachers = found.memberships.filter(role=MemberRole.TEACHER)
    if member.role == MemberRole.TEACHER and teachers.count() == 1:
        messages.error(request, _("A class has one teacher at least. Add another one first."))
        return redirect("classroom", classroom_id)
    member.delete()
    said = _("%(name)s is no longer in this class.") % {"name": member.user.username}
    messages.success(request, said)
    if member.user == request.user:
        return redirect("classes")
    return redirect("classroom", classroom_id)


def _join(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    _row, is_new = Membership.objects.get_or_create(classroom=classroom, user=person_of(request))
    said = _("You are in %(name)s now.") if is_new else _("You are in %(name)s already.")
    messages.success(request, said % {"name": classroom.name})
    return redirect("classroom", classroom.pk)


def _found(request: HttpRequest, code: str) -> Classroom | HttpResponse | None:
    """The open class of this code; a refusal after too many wrong ones; None for a wrong one."""
    keys = {
        f"join:person:{person_of(request).pk}": WRONG_CODES,
        f"join:from:{request.META.get('REMOTE_ADDR', '')}": WRONG_CODES_FROM_ADDRESS,
    }
    if any(cache.get(key, 0) >= most for key, most in keys.items()):
        return render(request, "429.html", status=429)
    found = Classroom.objects.filter(join_code=code, is_open=True, archived_at=None).first()
    if found is None:
        for key in keys:
            cache.add(key, 0, WRONG_CODES_WITHIN_S)
            cache.incr(key)
    return found
