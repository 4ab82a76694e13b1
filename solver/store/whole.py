"""Files that are written whole or not at all."""

import contextlib
import os
import shutil
import uuid
from io import BytesIO
from pathlib import Path
from typing import IO


def write_whole(path: Path, body: bytes | IO[bytes]) -> None:
    """A reader sees the old file or the new one, also after a crash. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{uuid.uuid4().hex}")
    try:
        with draft.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            shutil.copyfileobj(BytesIO(body) if isinstance(body, bytes) else body, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
