"""Students' files: private objects under names of ours, handed out by short-lived links.

What a file is called or said to be decides nothing: its first bytes do.
"""

import hashlib
import re
import unicodedata
import uuid
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from solver.models.problem import Problem
from solver.models.upload import Upload, UploadKind
from solver.store import bucket, orphans
from solver.store.stored import Stored

SHOWN_CHARS = 100
_MARKS: tuple[tuple[bytes, UploadKind], ...] = (
    (b"\x89PNG\r\n\x1a\n", UploadKind.PNG),
    (b"\xff\xd8\xff", UploadKind.JPEG),
    (b"%PDF-", UploadKind.PDF),
)


class UploadRefused(ValueError):
    """The file cannot be taken; the message says what to do."""


def keep(owner: User, file: "UploadedFile[Any]", problem: Problem | None = None) -> Upload:
    """Store a student's file. Raises UploadRefused, and StorageFault when the bucket is away."""
    body = _read(file)
    upload = Upload(
        id=uuid.uuid4(),
        owner=owner,
        problem=problem,
        kind=kind_of(body),
        shown_name=shown_name(file.name or ""),
        size_bytes=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
    )
    _check_count(problem)
    bucket.put(bucket.UPLOADS, upload.key, body, upload.kind)
    # The row after the object: a row never points at nothing, and `sweep` removes the reverse.
    upload.save(force_insert=True)
    return upload


def read(upload: Upload) -> bytes:
    """Raises StorageFault, and FileNotFoundError for an object that is gone."""
    found = bucket.fetch(bucket.UPLOADS, upload.key, max_bytes=upload.size_bytes)
    if not isinstance(found, Stored):
        raise FileNotFoundError(upload.key)
    return found.body


def link(upload: Upload) -> str | None:
    """An address that works without a log-in for UPLOAD_LINK_S; None: the site serves the bytes.

    Make one only for somebody who may see the upload (`Upload.objects.visible_to`).
    """
    return bucket.storage(bucket.UPLOADS).link(
        upload.key, settings.UPLOAD_LINK_S, file_name(upload), upload.kind
    )


def file_name(upload: Upload) -> str:
    """For whoever saves it: ours, so that nothing of theirs goes into a header."""
    return f"{upload.id}.{UploadKind(upload.kind).extension}"


def delete(upload: Upload) -> None:
    """Row and object; an object that cannot be removed now falls to `sweep`."""
    key = upload.key
    upload.delete()
    transaction.on_commit(lambda: orphans.remove_all(bucket.UPLOADS, [key]))


def delete_of(problem: Problem) -> None:
    """The files of a problem, in the transaction that deletes the problem itself."""
    keys = [upload.key for upload in problem.uploads.all()]
    problem.uploads.all().delete()
    transaction.on_commit(lambda: orphans.remove_all(bucket.UPLOADS, keys))


def sweep() -> int:
    """Remove objects that no row names any more; gives how many. For the scheduler, once a day.

    Rows also vanish by cascade, with a person or from the admin: this is what removes their files.
    """
    known = {upload.key for upload in Upload.objects.only("id", "kind", "created_at")}
    return orphans.sweep(bucket.UPLOADS, known)


def kind_of(body: bytes) -> UploadKind:
    """By the first bytes. Raises UploadRefused."""
    for mark, kind in _MARKS:
        if body.startswith(mark):
            return kind
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return UploadKind.WEBP
    raise UploadRefused("This is no picture or PDF that we can read: send PNG, JPEG, WebP or PDF.")


def shown_name(name: str) -> str:
    """A file name fit to be shown: no path, no controls, no direction tricks."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip()
    return seen[:SHOWN_CHARS] or "file"


def _read(file: "UploadedFile[Any]") -> bytes:
    most = int(settings.UPLOAD_MAX_BYTES)
    body: bytes = file.read(most + 1)
    if len(body) > most:
        raise UploadRefused(f"The file is larger than {most // 1_000_000} MB: send a smaller one.")
    if not body:
        raise UploadRefused("The file is empty: choose another one.")
    return body


def _check_count(problem: Problem | None) -> None:
    most = int(settings.UPLOADS_PER_PROBLEM)
    if problem is not None and problem.uploads.count() >= most:
        raise UploadRefused(f"A problem takes {most} files: remove one first.")
