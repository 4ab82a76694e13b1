"""Weights from a bucket (S3, Wasabi, OBS, any store with S3's interface)."""

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .base import ModelNotFound, WeightsBroken
from .folders import check_room, disk_errors
from .options import EngineOptions

PIECE_BYTES = 4 * 2**20
LIST_FILE = ".s3.json"


@dataclass(frozen=True, slots=True)
class Object:
    """One file below the prefix. etag names its content."""

    key: str
    path: PurePosixPath
    size_bytes: int
    etag: str


def download(spec: str, options: EngineOptions) -> Path:
    """Mirror `s3://bucket/prefix` into a folder of its own; what is there already is kept and a
    file that was cut short goes on where it ended. Never deletes."""
    bucket, _, prefix = spec.removeprefix("s3://").partition("/")
    prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""
    mark = hashlib.sha256(spec.encode()).hexdigest()[:12]
    folder = options.models_dir / f"s3-{bucket}-{mark}"
    with _errors(spec), disk_errors(options.models_dir):
        client = _client(options)
        objects = _list(client, bucket, prefix)
        if not objects:
            raise ModelNotFound(f"There is nothing below {spec}: check the bucket and the prefix.")
        fetched = _fetched(folder)
        wanted = [item for item in objects if fetched.get(item.key) != item.etag]
        check_room(options.models_dir, sum(item.size_bytes for item in wanted))
        total_bytes = sum(item.size_bytes for item in objects)
        done_bytes = total_bytes - sum(item.size_bytes for item in wanted)
        for item in wanted:
            for piece_bytes in _fetch(client, bucket, item, folder):
                done_bytes += piece_bytes
                options.progress(f"downloading {spec}", done_bytes, total_bytes)
            fetched[item.key] = item.etag
            (folder / LIST_FILE).write_text(json.dumps(fetched), encoding="utf-8")
    return folder


def _client(options: EngineOptions) -> Any:
    try:
        import boto3
    except ImportError as error:
        raise ModelNotFound(
            "Fetching from a bucket needs boto3: run `pip install boto3`."
        ) from error
    return boto3.client("s3", **options.s3)


def _list(client: Any, bucket: str, prefix: str) -> list[Object]:
    found = []
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            path = PurePosixPath(entry["Key"][len(prefix) :])
            if entry["Key"].endswith("/"):
                continue
            if path.is_absolute() or ".." in path.parts:
                raise WeightsBroken(f"The key {entry['Key']} leaves its folder: rename it.")
            found.append(Object(entry["Key"], path, entry["Size"], entry["ETag"]))
    return found


def _fetch(client: Any, bucket: str, item: Object, folder: Path) -> Generator[int, None, None]:
    """Yields the bytes that each piece brought, those of an earlier try first."""
    target = folder / item.path
    target.parent.mkdir(parents=True, exist_ok=True)
    etag_mark = hashlib.sha256(item.etag.encode()).hexdigest()[:8]
    part = target.with_name(f"{target.name}.{etag_mark}.part")
    have_bytes = part.stat().st_size if part.is_file() else 0
    yield have_bytes
    if have_bytes < item.size_bytes:
        body = client.get_object(
            Bucket=bucket, Key=item.key, Range=f"bytes={have_bytes}-", IfMatch=item.etag
        )["Body"]
        with part.open("ab") as opened:
            for piece in body.iter_chunks(PIECE_BYTES):
                opened.write(piece)
                yield len(piece)
    elif not part.is_file():
        part.touch()
    if part.stat().st_size != item.size_bytes:
        raise WeightsBroken(f"s3://{bucket}/{item.key} came cut short: start again to go on.")
    part.replace(target)


def _fetched(folder: Path) -> dict[str, str]:
    """Keys that are here whole, with the etag they had."""
    try:
        listed = json.loads((folder / LIST_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(key): str(etag) for key, etag in listed.items()}


@contextmanager
def _errors(spec: str) -> Generator[None, None, None]:
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        yield  # _client says what to install
        return
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ModelNotFound(
            f"{spec} cannot be read ({error}): check the bucket's name, the storage settings and "
            "the right to list and get."
        ) from error
