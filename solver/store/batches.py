"""The files of batches in the bucket: `batches/<file id>.jsonl`. They may be large."""

from collections.abc import Collection
from typing import IO

from django.conf import settings
from django.db import transaction

from accounts.models import User
from solver.models.batch import ApiFile, Batch
from solver.store import bucket, orphans

BATCHES = "batches"
CONTENT_TYPE = "application/jsonl"


def write(file_id: str, content: IO[bytes]) -> None:
    """Raises StorageFault."""
    bucket.put(BATCHES, _name(file_id), content, CONTENT_TYPE, now=True)


def opened(file_id: str) -> IO[bytes] | None:
    """The content, of which memory holds what is read; None where it is gone.

    Raises StorageFault.
    """
    return bucket.opened(BATCHES, _name(file_id), settings.API_FILE_MAX_BYTES)


def erase(file_ids: Collection[str]) -> None:
    """Rows and contents; a content that cannot be removed now falls to `sweep`."""
    with transaction.atomic():
        rows = ApiFile.objects.filter(pk__in=file_ids)
        names = [_name(pk) for pk in rows.values_list("pk", flat=True)]
        rows.delete()
        transaction.on_commit(lambda: orphans.remove_all(BATCHES, names))


def erase_of(person: User) -> None:
    """All batches and files of a person. A batch at work stops, since its lines are gone."""
    with transaction.atomic():
        Batch.objects.filter(owner=person).delete()
        erase([file.pk for file in ApiFile.objects.filter(owner=person)])


def sweep() -> int:
    """For the scheduler, once a day: rows also vanish by cascade, with their person."""
    return orphans.sweep(
        BATCHES, {_name(pk) for pk in ApiFile.objects.values_list("pk", flat=True)}
    )


def _name(file_id: str) -> str:
    return f"{file_id}.jsonl"
