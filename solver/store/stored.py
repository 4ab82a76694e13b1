"""What a storage of ours can do beyond Django's: conditional reads, whole writes, listings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import IO, Protocol

from solver.store.faults import FaultKind, StorageFault

OBJECT_MAX_BYTES = 1_000_000


class Answer(Enum):
    SAME = "same"  # the object still has the ETag that the caller knows
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as it was read."""

    body: bytes
    etag: str
    modified: datetime | None = None
    author: str = ""


class ObjectStorage(Protocol):
    """Names are relative to the alias's folder; every method raises StorageFault, and only that."""

    def fetch(
        self, name: str, known_etag: str = "", max_bytes: int = OBJECT_MAX_BYTES
    ) -> Stored | Answer: ...

    def opened(self, name: str, max_bytes: int) -> IO[bytes] | None:
        """For large objects: a file to read from, and to close; None where it is missing."""
        ...

    def put(
        self, name: str, body: bytes | IO[bytes], content_type: str, author: str = ""
    ) -> None: ...

    def remove(self, name: str) -> None: ...

    def names(self, prefix: str = "") -> Iterator[tuple[str, datetime]]: ...

    def link(self, name: str, expires_s: int, file_name: str, content_type: str) -> str | None:
        """A short-lived address that needs no log-in; None where the site must serve the bytes."""
        ...


def checked(name: str) -> str:
    """The name, if it stays inside its alias's folder. Raises StorageFault."""
    if name.startswith("/") or "\\" in name or {"", ".", ".."} & set(name.split("/")):
        raise StorageFault(FaultKind.DENIED, "name")
    return name
