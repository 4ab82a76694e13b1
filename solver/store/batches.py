"""The files of batches in the bucket: `batches/<file id>.jsonl`."""

from django.conf import settings

from solver.store import bucket
from solver.store.stored import Stored

BATCHES = "batches"
CONTENT_TYPE = "application/jsonl"


def write(file_id: str, body: bytes) -> None:
    """Raises StorageFault."""
    bucket.put(BATCHES, _name(file_id), body, CONTENT_TYPE, now=True)


def read(file_id: str) -> bytes | None:
    """None where it is gone. Raises StorageFault."""
    found = bucket.fetch(BATCHES, _name(file_id), max_bytes=settings.API_FILE_MAX_BYTES)
    return found.body if isinstance(found, Stored) else None


def remove(file_id: str) -> None:
    """Raises StorageFault."""
    bucket.remove(BATCHES, _name(file_id))


def _name(file_id: str) -> str:
    return f"{file_id}.jsonl"
