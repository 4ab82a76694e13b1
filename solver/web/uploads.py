"""A student's file, handed to whoever may see the problem that it belongs to."""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from solver.models.upload import Upload
from solver.store import uploads
from solver.web.access import person_of


@never_cache
@login_required
@require_safe
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """A short-lived link where the bucket makes one, else the bytes themselves."""
    found = get_object_or_404(Upload.objects.visible_to(person_of(request)), pk=upload_id)
    link = uploads.link(found)
    if link is not None:
        return cast(HttpResponse, redirect(link))
    try:
        body = uploads.read(found)
    except FileNotFoundError:
        raise Http404 from None
    # Never shown inside the site's own pages: the bytes are a stranger's.
    headers = {"Content-Disposition": f'attachment; filename="{uploads.file_name(found)}"'}
    return HttpResponse(body, content_type=found.kind, headers=headers)
