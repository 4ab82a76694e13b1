"""What the site has to tell a person, and how it may."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Mail
from solver.models import Notification
from solver.running import notify
from solver.web.access import person_of

ON_A_PAGE = 30


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    rows = Paginator(Notification.objects.visible_to(person), ON_A_PAGE)
    context = {"page": rows.get_page(request.GET.get("page")), "mails": Mail.choices}
    return render(request, "notifications/list.html", context)


@login_required
@require_POST
def open_one(request: HttpRequest, notification_id: str) -> HttpResponse:
    """Reading one is a change, so the link is a button."""
    mine = Notification.objects.visible_to(person_of(request))
    row = get_object_or_404(mine, pk=notification_id)
    mine.unread().filter(pk=row.pk).update(read_at=timezone.now())
    return redirect(row.address or "notifications")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    Notification.objects.visible_to(person_of(request)).unread().update(read_at=timezone.now())
    return redirect("notifications")


@login_required
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    if request.POST.get("mail") not in Mail.values:
        raise Http404
    notify.choose_mail(person_of(request), Mail(request.POST["mail"]))
    messages.success(request, _("Your choice is saved."))
    return redirect("notifications")


# A mail program posts here by itself (RFC 8058): the signed token says who it is for.
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    person = notify.person_of_token(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        notify.choose_mail(person, Mail.OFF)
        person.mail = Mail.OFF
    return render(request, "notifications/off.html", {"is_off": person.mail == Mail.OFF})
