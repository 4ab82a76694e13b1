"""Folders of weights on this machine's disk: room, and appearing whole or not at all."""

import errno
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from .base import WeightsBroken

SPARE_BYTES = 256 * 2**20


def check_room(folder: Path, needed_bytes: int) -> None:
    """Raise WeightsBroken before a download that would fill the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes + SPARE_BYTES:
        raise _no_room(folder, needed_bytes + SPARE_BYTES - free_bytes)


@contextmanager
def disk_errors(folder: Path) -> Generator[None, None, None]:
    """Turn a full disk into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _no_room(folder, None) from error
        raise


def write_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder beside its place and move it there, so that a run cut short leaves nothing
    that could be taken for a model. Two processes may do it at once: one of them wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with disk_errors(folder.parent):
            write(draft)
        try:
            draft.replace(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _no_room(folder: Path, missing_bytes: int | None) -> WeightsBroken:
    amount = "" if missing_bytes is None else f" {missing_bytes / 1e9:.1f} GB more are needed;"
    return WeightsBroken(
        f"No room on the disk of {folder}:{amount} free some, or set another folder for models."
    )
