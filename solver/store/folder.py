"""The folder back end: the bucket's keys as files under DATA_DIR/bucket."""

import contextlib
import os
import pwd
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.core.files.storage import FileSystemStorage

from solver.store.faults import FaultKind, StorageFault, fault
from solver.store.stored import OBJECT_MAX_BYTES, Answer, Stored, checked
from solver.store.whole import write_whole


class FolderStorage(FileSystemStorage):
    """Files are replaced whole: a reader sees the old or the new object, never a half."""

    def __init__(self, location: str | Path) -> None:
        # 0o600: what students upload is nobody's but the site's.
        super().__init__(
            location=location, file_permissions_mode=0o600, directory_permissions_mode=0o700
        )

    def fetch(
        self, name: str, known_etag: str = "", max_bytes: int = OBJECT_MAX_BYTES
    ) -> Stored | Answer:
        try:
            with self._file(name).open("rb") as file:
                status = os.fstat(file.fileno())
                etag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
                if etag == known_etag:
                    return Answer.SAME
                if status.st_size > max_bytes:
                    raise StorageFault(FaultKind.TOO_BIG, "size")
                body = file.read(max_bytes)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return Answer.MISSING
        except OSError as error:
            raise fault(error) from None
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return Stored(body, etag, modified, _owner(status.st_uid))

    def opened(self, name: str, max_bytes: int) -> IO[bytes] | None:
        try:
            file = self._file(name).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise fault(error) from None
        if os.fstat(file.fileno()).st_size > max_bytes:
            file.close()
            raise StorageFault(FaultKind.TOO_BIG, "size")
        return file

    def put(self, name: str, body: bytes | IO[bytes], content_type: str, author: str = "") -> None:
        path = self._file(name)
        try:
            write_whole(path, body)
        except OSError as error:
            raise fault(error) from None

    def remove(self, name: str) -> None:
        try:
            self._file(name).unlink(missing_ok=True)
        except OSError as error:
            raise fault(error) from None

    def names(self, prefix: str = "") -> Iterator[tuple[str, datetime]]:
        root = Path(self.location)
        try:
            files = sorted(path for path in root.rglob("*") if path.is_file())
        except OSError as error:
            raise fault(error) from None
        for path in files:
            name = path.relative_to(root).as_posix()
            if name.startswith(prefix) and not path.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    yield name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def link(self, name: str, expires_s: int, file_name: str, content_type: str) -> None:
        return None

    def _file(self, name: str) -> Path:
        return Path(self.path(checked(name)))


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
