"""What moves batches on: called again and again, each time it does what can be done now.

Everything is in the database, so that a batch goes on where it was after any restart.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.authentication import Caller
from solver.api.batches.endpoints import ENDPOINTS
from solver.api.batches.validation import ROWS_AT_ONCE, check_lines, rows_of
from solver.api.errors import ApiError, openai_body
from solver.live.connection import redis_client
from solver.models.batch import ENDED, ApiFile, Batch, BatchLine, BatchState
from solver.models.solution import FINAL_STATES
from solver.models.webhook import WebhookEvent
from solver.running import states, webhooks
from solver.store import batches
from solver.store.faults import StorageFault

logger = structlog.get_logger(__name__)

LOCK_KEY = "vs:api:batches"
LOCK_S = 120


def advance_all() -> None:
    """Move every batch on. One process at a time; a second call does nothing."""
    name = uuid4().hex
    if not redis_client().set(LOCK_KEY, name, nx=True, ex=LOCK_S):
        return
    try:
        for batch in Batch.objects.exclude(state__in=ENDED).select_related("owner", "partner_key"):
            try:
                advance(batch)
            except StorageFault as fault:
                logger.warning("batch_waits_for_storage", batch=batch.pk, error=str(fault))
    finally:
        redis_client().delete(LOCK_KEY)


def advance(batch: Batch) -> None:
    """Raises StorageFault, where it can be tried again."""
    if batch.state == BatchState.VALIDATING:
        _validate(batch)
        return
    _collect(batch)
    if batch.state == BatchState.CANCELLING or batch.expires_at <= timezone.now():
        _stop(batch)
        return
    _send(batch)
    if not batch.lines.filter(result__isnull=True).exists():
        _end(batch, BatchState.COMPLETED)


def _validate(batch: Batch) -> None:
    """Twice through the file: what is written down is right, and no lock is held meanwhile."""
    with batches.opened(batch.input_id) or BytesIO() as content:
        if errors := check_lines(batch, content):
            batch.errors = errors
            _end(batch, BatchState.FAILED)
            return
        # Of a try that was cut short.
        batch.lines.all().delete()
        content.seek(0)
        for rows in rows_of(batch, content):
            BatchLine.objects.bulk_create(rows)
    # It may have been cancelled meanwhile.
    valid = Batch.objects.filter(pk=batch.pk, state=BatchState.VALIDATING)
    valid.update(state=BatchState.IN_PROGRESS, started_at=timezone.now())


def _collect(batch: Batch) -> None:
    """Results of the runs that have ended; a run whose solution was deleted failed."""
    waiting = batch.lines.filter(was_sent=True, result__isnull=True)
    ended = waiting.filter(solution__state__in=FINAL_STATES) | waiting.filter(solution=None)
    for line in ended.select_related("solution"):
        _settle(batch, line)


def _settle(batch: Batch, line: BatchLine) -> None:
    caller = Caller(batch.owner, batch.partner_key)
    try:
        if line.solution is None:
            raise ApiError(410, "deleted", "The solution was deleted.")
        body = ENDPOINTS[batch.endpoint].answer(caller, line.body, line.solution)
        _write(line, 200, body)
    except ApiError as error:
        _refuse(line, error)


def _send(batch: Batch) -> None:
    """Keep API_BATCH_AT_ONCE of its lines in the queue, behind everybody who waits."""
    free = (
        settings.API_BATCH_AT_ONCE - batch.lines.filter(was_sent=True, result__isnull=True).count()
    )
    caller = Caller(batch.owner, batch.partner_key)
    for line in batch.lines.filter(was_sent=False, result__isnull=True)[: max(0, free)]:
        try:
            ask = ENDPOINTS[batch.endpoint].ask(caller, line.body)
            with transaction.atomic():
                line.solution, line.was_sent = ask.submit(uuid4()), True
                line.save(update_fields=["solution", "was_sent"])
        except (ApiError, ValidationError) as error:
            known = ApiError.of(error)
            if known.status >= 500:
                # No worker now: the line waits.
                return
            _refuse(line, known)


def _stop(batch: Batch) -> None:
    """Cancelled, or out of time: what runs is cancelled, and what was not done is told."""
    is_cancelled = batch.state == BatchState.CANCELLING
    for line in batch.lines.filter(result__isnull=True).select_related("solution"):
        if line.solution is not None and not line.solution.is_final:
            states.cancel(line.solution)
        if not is_cancelled:
            _refuse(line, ApiError(400, "batch_expired", "The batch took longer than 24 hours."))
    _end(batch, BatchState.CANCELLED if is_cancelled else BatchState.EXPIRED)


def _end(batch: Batch, state: BatchState) -> None:
    output = _file(batch, "output", has_failed=False)
    errors = _file(batch, "error", has_failed=True)
    _change(batch, state=state, ended_at=timezone.now(), output_id=output, error_id=errors)
    if not Batch.objects.filter(pk=batch.pk).exists():
        # Its owner erased everything while the files were written.
        batches.erase([output, errors])
        return
    facts = {"id": batch.pk, "state": state.value, "output_file_id": output or None}
    webhooks.emit(WebhookEvent.BATCH_DONE, batch.owner_id, batch.pk, facts)
    logger.info("batch_ended", batch=batch.pk, state=state.value)


def _file(batch: Batch, name: str, has_failed: bool) -> str:
    """The id of a new file with these results, or "" where there are none."""
    lines = batch.lines.filter(has_failed=has_failed).exclude(result__isnull=True)
    # The same name each time: a crash in between leaves no second file.
    file_id = f"file-{batch.pk.removeprefix('batch_')}-{name}"
    with TemporaryFile() as content:
        content.writelines(_encoded(lines.values_list("result", flat=True).iterator(ROWS_AT_ONCE)))
        size_bytes = content.tell()
        if not size_bytes:
            return ""
        content.seek(0)
        batches.write(file_id, content)
    values = {
        "owner": batch.owner,
        "name": f"{batch.pk}_{name}.jsonl",
        "purpose": "batch_output",
        "size_bytes": size_bytes,
    }
    ApiFile.objects.update_or_create(pk=file_id, defaults=values)
    return file_id


def _encoded(results: Iterator[Any]) -> Iterator[bytes]:
    for result in results:
        yield json.dumps(result, ensure_ascii=False).encode() + b"\n"


def _write(line: BatchLine, status: int, body: dict[str, Any], has_failed: bool = False) -> None:
    response = {"status_code": status, "request_id": f"req_{line.batch_id}_{line.number}"}
    line.result = {
        "id": f"batch_req_{line.pk}",
        "custom_id": line.custom_id,
        "response": {**response, "body": body},
        "error": None,
    }
    line.has_failed = has_failed
    line.save(update_fields=["result", "has_failed"])


def _refuse(line: BatchLine, error: ApiError) -> None:
    _write(line, error.status, openai_body(error), has_failed=True)


def _change(batch: Batch, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(batch, name, value)
    rows = Batch.objects.filter(pk=batch.pk).exclude(state__in=ENDED)
    rows.update(**columns, errors=batch.errors)
