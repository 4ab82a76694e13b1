"""A person's webhooks: where to tell what, and what became of each message."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from solver.models import DeliveryState, WebhookEndpoint, WebhookEvent
from solver.models.webhook import DisabledBy
from solver.running import webhooks as sending
from solver.web.access import person_of
from solver.web.key_forms import EndpointForm

PAGE_SIZE = 20


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, EndpointForm())
    form = EndpointForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            endpoint, secret = sending.add_endpoint(
                person_of(request), chosen["url"], chosen["events"]
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _page(request, EndpointForm(), endpoint, secret)
    return _page(request, form, status=400)


@login_required
@require_safe
def endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """One endpoint with its delivery log."""
    found = _own(request, endpoint_id)
    page = Paginator(found.deliveries.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"endpoint": found, "page": page, "event_names": _names(found)}
    return render(request, "webhooks/endpoint.html", context)


@login_required
@require_POST
def test(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    found = _own(request, endpoint_id)
    if found.disabled_at:
        messages.error(request, _("It is switched off. Switch it on first."))
    else:
        sending.send_test(found)
        messages.success(request, _("A test is on its way. Reload to see what became of it."))
    return redirect("webhook", endpoint_id)


@login_required
@require_POST
def switch(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Off where it is on, and on again."""
    found = _own(request, endpoint_id)
    if found.disabled_at:
        sending.enable(found)
        messages.success(request, _("It is switched on. What happens from now on is sent."))
    else:
        sending.disable(found, DisabledBy.OWNER)
        messages.success(request, _("It is switched off. Nothing more is sent there."))
    return redirect("webhook", endpoint_id)


@login_required
@require_POST
def delete(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    _own(request, endpoint_id).delete()
    messages.success(request, _("The address is deleted, and its log with it."))
    return redirect("webhooks")


@login_required
@require_POST
def redeliver(request: HttpRequest, endpoint_id: UUID, delivery_id: str) -> HttpResponse:
    found = _own(request, endpoint_id)
    delivery = get_object_or_404(found.deliveries, pk=delivery_id)
    if found.disabled_at:
        messages.error(request, _("It is switched off. Switch it on first."))
    elif sending.redeliver(delivery):
        messages.success(request, _("It is sent once more, with the same id."))
    else:
        messages.info(request, _("It is on its way already."))
    return redirect("webhook", endpoint_id)


def _own(request: HttpRequest, endpoint_id: UUID) -> WebhookEndpoint:
    mine = WebhookEndpoint.objects.owned_by(person_of(request))
    return get_object_or_404(mine, pk=endpoint_id)


def _names(found: WebhookEndpoint) -> list[str]:
    return [str(WebhookEvent(event).label) for event in found.events]


def _page(
    request: HttpRequest,
    form: EndpointForm,
    made: WebhookEndpoint | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    waiting = Count("deliveries", Q(deliveries__state=DeliveryState.PENDING))
    failed = Count("deliveries", Q(deliveries__state=DeliveryState.FAILED))
    mine = WebhookEndpoint.objects.owned_by(person_of(request))
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "endpoints": [
            {"endpoint": one, "events": _names(one)}
            for one in mine.annotate(waiting=waiting, failed=failed)
        ],
    }
    return render(request, "webhooks/list.html", context, status=status)
