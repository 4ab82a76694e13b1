"""A person's partner keys: made, shown once, rotated, revoked."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.keys import PartnerKey, Scope, make_key, rotate_key
from solver.web.access import person_of
from solver.web.key_forms import KeyForm, RotateForm

# A key that ended is shown for a while, so that its user finds out why it does not open.
SHOWN_AFTER_END = timedelta(days=30)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, KeyForm())
    form = KeyForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            key, text = make_key(
                person_of(request),
                chosen["name"],
                chosen["scopes"],
                form.network_list(),
                form.expires_at(),
            )
        except ValidationError as refusal:
            form.add_error("networks", " ".join(refusal.messages))
        else:
            return _page(request, KeyForm(), key, text)
    return _page(request, form, status=400)


@login_required
@never_cache
@require_POST
def rotate(request: HttpRequest, key_id: str) -> HttpResponse:
    """A new key like it; the old one goes on for the overlap."""
    key = _own_key(request, key_id)
    form = RotateForm(request.POST)
    if not key.is_in_force or not form.is_valid():
        messages.error(request, _("This key has ended. Make a new one instead."))
        return redirect("keys")
    new, text = rotate_key(key, form.overlap_time())
    return _page(request, KeyForm(), new, text)


@login_required
@require_POST
def revoke(request: HttpRequest, key_id: str) -> HttpResponse:
    key = _own_key(request, key_id)
    if key.revoke():
        messages.success(request, _("The key “%(name)s” is revoked.") % {"name": key.name})
    return redirect("keys")


def _own_key(request: HttpRequest, key_id: str) -> PartnerKey:
    return get_object_or_404(PartnerKey, pk=key_id, owner=person_of(request))


def _page(
    request: HttpRequest,
    form: KeyForm,
    made: PartnerKey | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    mine = list(PartnerKey.objects.filter(owner=person_of(request)))
    ended = [key for key in mine if not key.is_in_force]
    context = {
        "form": form,
        "made": made,
        "text": text,
        "current": [key for key in mine if key.is_in_force],
        "ended": [key for key in ended if _end_of(key) > now - SHOWN_AFTER_END],
        "rotate_form": RotateForm(),
        "scope_names": dict(Scope.choices),
    }
    return render(request, "keys/list.html", context, status=status)


def _end_of(key: PartnerKey) -> datetime:
    ends = [end for end in (key.revoked_at, key.expires_at) if end]
    return min(ends)
