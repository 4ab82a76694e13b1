"""/v1/files and /v1/batches"""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from typing import IO, Annotated, Any, Final, Literal, cast

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.datastructures import MultiValueDictKeyError
from django.views.decorators.csrf import csrf_exempt
from pydantic import Field, StringConstraints

from accounts.keys import Scope
from accounts.models import User
from solver.api.batches.endpoints import ENDPOINTS
from solver.api.bodies import Body, parse
from solver.api.calls import Call, View, api_call
from solver.api.errors import ApiError, as_openai, invalid, not_found
from solver.models.batch import ENDED, ApiFile, Batch, BatchState
from solver.store import batches as store

EXPIRES_AFTER: Final = timedelta(hours=24)
PAGE: Final = 100
PIECE_BYTES: Final = 1_000_000
MetadataText = Annotated[str, StringConstraints(max_length=512)]


class BatchBody(Body):
    input_file_id: str
    endpoint: str
    completion_window: Literal["24h"]
    metadata: Annotated[dict[str, MetadataText], Field(max_length=16)] | None = None


@api_call(Scope.BATCH, as_openai)
async def create_file(call: Call) -> HttpResponseBase:
    return await database_sync_to_async(_create_file)(call)


@api_call(Scope.BATCH, as_openai, "GET")
async def list_files(call: Call) -> HttpResponseBase:
    purpose = call.request.GET.get("purpose")
    rows = ApiFile.objects.filter(owner=call.caller.user)
    return await _listed(call, rows.filter(purpose=purpose) if purpose else rows, _told_file)


@api_call(Scope.BATCH, as_openai, "GET")
async def read_file(call: Call, file_id: str) -> HttpResponseBase:
    return JsonResponse(_told_file(await _find_file(call.caller.user, file_id)))


@api_call(Scope.BATCH, as_openai, "GET")
async def file_content(call: Call, file_id: str) -> HttpResponseBase:
    found = await _find_file(call.caller.user, file_id)
    content = await database_sync_to_async(store.opened)(found.pk)
    if content is None:
        raise not_found("file")
    headers = {"Content-Length": str(found.size_bytes)}
    return StreamingHttpResponse(_pieces(content), content_type=store.CONTENT_TYPE, headers=headers)


@api_call(Scope.BATCH, as_openai, "DELETE")
async def delete_file(call: Call, file_id: str) -> HttpResponseBase:
    found = await _find_file(call.caller.user, file_id)
    await database_sync_to_async(store.erase)([found.pk])
    return JsonResponse({"id": file_id, "object": "file", "deleted": True})


@api_call(Scope.BATCH, as_openai)
async def create_batch(call: Call) -> HttpResponseBase:
    body = parse(BatchBody, call.body)
    if body.endpoint not in ENDPOINTS:
        known = ", ".join(ENDPOINTS)
        raise invalid(f"'endpoint' must be one of: {known}.", "endpoint")
    found = await _find_file(call.caller.user, body.input_file_id)
    if found.purpose != "batch":
        raise invalid("The input must be a file with purpose 'batch'.", "input_file_id")
    batch = await Batch.objects.acreate(
        owner=call.caller.user,
        partner_key=call.caller.key,
        endpoint=body.endpoint,
        input_id=found.pk,
        metadata=body.metadata or {},
        expires_at=timezone.now() + EXPIRES_AFTER,
    )
    return JsonResponse(await _told_soon(batch))


@api_call(Scope.BATCH, as_openai, "GET")
async def list_batches(call: Call) -> HttpResponseBase:
    return await _listed(call, Batch.objects.filter(owner=call.caller.user), told)


@api_call(Scope.BATCH, as_openai, "GET")
async def read_batch(call: Call, batch_id: str) -> HttpResponseBase:
    return JsonResponse(await _told_soon(await _find_batch(call.caller.user, batch_id)))


@api_call(Scope.BATCH, as_openai)
async def cancel_batch(call: Call, batch_id: str) -> HttpResponseBase:
    batch = await _find_batch(call.caller.user, batch_id)
    open_rows = Batch.objects.filter(pk=batch.pk).exclude(state__in=ENDED)
    if not await open_rows.aupdate(state=BatchState.CANCELLING):
        raise ApiError(409, "batch_ended", "This batch has ended already.", None)
    return JsonResponse(await _told_soon(await _find_batch(call.caller.user, batch_id)))


def by_method(**views: View) -> View:
    """One address for several calls; `Allow` of a refusal names all of them."""

    async def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        chosen = views.get(request.method or "")
        if chosen is None:
            allowed = ", ".join(views)
            message, headers = f"Send {allowed} to this address.", {"Allow": allowed}
            return as_openai(ApiError(405, "method_not_allowed", message, headers=headers))
        return await chosen(request, **kwargs)

    exempt: View = csrf_exempt(view)
    return exempt


def told(batch: Batch) -> dict[str, Any]:
    """A batch as OpenAI's API tells it."""
    lines = batch.lines
    ended = _seconds(batch.ended_at)
    errors = {"object": "list", "data": batch.errors} if batch.errors else None
    return {
        "id": batch.pk,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": errors,
        "input_file_id": batch.input_id,
        "completion_window": "24h",
        "status": batch.state,
        "output_file_id": batch.output_id or None,
        "error_file_id": batch.error_id or None,
        "created_at": _seconds(batch.created_at),
        "in_progress_at": _seconds(batch.started_at),
        "expires_at": _seconds(batch.expires_at),
        "finalizing_at": ended,
        **{f"{state}_at": ended if batch.state == state else None for state in ENDED},
        "cancelling_at": ended if batch.state == BatchState.CANCELLED else None,
        "request_counts": {
            "total": lines.count(),
            "completed": lines.filter(has_failed=False).exclude(result__isnull=True).count(),
            "failed": lines.filter(has_failed=True).count(),
        },
        "metadata": batch.metadata,
    }


_told_soon = database_sync_to_async(told)


def _told_file(found: ApiFile) -> dict[str, Any]:
    return {
        "id": found.pk,
        "object": "file",
        "bytes": found.size_bytes,
        "created_at": _seconds(found.created_at),
        "filename": found.name,
        "purpose": found.purpose,
        "status": "processed",
    }


def _create_file(call: Call) -> HttpResponse:
    request = call.request
    try:
        sent, purpose = request.FILES["file"], request.POST.get("purpose")
    except MultiValueDictKeyError:
        raise invalid("Send the file as the form field 'file'.", "file", "missing_field") from None
    if not isinstance(sent, UploadedFile) or sent.size is None or purpose != "batch":
        raise invalid("'purpose' must be 'batch'.", "purpose")
    if sent.size > settings.API_FILE_MAX_BYTES:
        message = f"The file is larger than {settings.API_FILE_MAX_BYTES} bytes. Divide it."
        raise ApiError(413, "file_too_large", message, "file")
    name = (sent.name or "batch.jsonl")[:200]
    made = ApiFile(owner=call.caller.user, name=name, purpose=purpose, size_bytes=sent.size)
    store.write(made.pk, cast(IO[bytes], sent))
    made.save(force_insert=True)
    return JsonResponse(_told_file(made))


async def _pieces(content: IO[bytes]) -> AsyncGenerator[bytes]:
    with content:
        while piece := await sync_to_async(content.read)(PIECE_BYTES):
            yield piece


async def _find_file(user: User, file_id: str) -> ApiFile:
    found = await ApiFile.objects.filter(owner=user, pk=file_id).afirst()
    if found is None:
        raise not_found("file")
    return found


async def _find_batch(user: User, batch_id: str) -> Batch:
    found = await Batch.objects.filter(owner=user, pk=batch_id).afirst()
    if found is None:
        raise not_found("batch")
    return found


async def _listed(call: Call, rows: Any, tell: Callable[[Any], dict[str, Any]]) -> HttpResponse:
    """Newest first, `limit` at a time, from `after` on."""
    limit = call.request.GET.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit[:6]) <= PAGE:
        raise invalid(f"'limit' must be 1 to {PAGE}.", "limit")

    def page() -> tuple[list[dict[str, Any]], bool]:
        chosen = rows
        if after := call.request.GET.get("after"):
            last = rows.filter(pk=after).first()
            if last is None:
                raise invalid("'after' names nothing of yours.", "after")
            chosen = rows.filter(created_at__lt=last.created_at)
        found = list(chosen[: int(limit) + 1])
        return [tell(one) for one in found[: int(limit)]], len(found) > int(limit)

    data, has_more = await database_sync_to_async(page)()
    ids = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
    return JsonResponse({"object": "list", "data": data, "has_more": has_more, **ids})


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None
