"""The S3 back end: one thread-safe client per process beside django-storages' file interface."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from io import BytesIO
from typing import IO, Any

from botocore.config import Config
from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

from solver.store.faults import CAUGHT, FaultKind, StorageFault, code_of, fault, status_of
from solver.store.stored import OBJECT_MAX_BYTES, Answer, Stored, checked

# Of a large object; a small one is one piece.
PIECE_BYTES = 10_000_000
_clients: dict[tuple[tuple[str, str], ...], Any] = {}
_sessions: dict[tuple[str | None, ...], Any] = {}
_lock = threading.Lock()
_CLIENT_OPTIONS = ("connect_timeout_s", "read_timeout_s", "total_attempts")
# A connection must not be shared with a forked child.
os.register_at_fork(after_in_child=_clients.clear)


def client_config(
    addressing_style: str,
    signature_version: str,
    connect_timeout_s: float,
    read_timeout_s: float,
    total_attempts: int,
) -> Config:
    """Everything at once: django-storages ignores its own settings when it is given a config."""
    return Config(
        signature_version=signature_version,
        s3={"addressing_style": addressing_style},
        connect_timeout=connect_timeout_s,
        read_timeout=read_timeout_s,
        retries={"total_max_attempts": total_attempts, "mode": "standard"},
        # boto3's default since 1.36 sends trailing checksums, which Wasabi's multipart refuses,
        # and it failed on a 304.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=32,
    )


class BucketStorage(S3Storage):  # type: ignore[misc]
    """Django's storage on S3, and `ObjectStorage` with ETags."""

    def __init__(self, **options: Any) -> None:
        # One client for all aliases: only their folder differs.
        self._client_key = tuple(
            sorted((key, str(value)) for key, value in options.items() if key != "location")
        )
        self.body_timeout_s: float = options.pop("body_timeout_s")
        options["client_config"] = client_config(
            addressing_style=options["addressing_style"],
            signature_version=options["signature_version"],
            **{name: options.pop(name) for name in _CLIENT_OPTIONS},
        )
        super().__init__(**options)

    @property
    def client(self) -> Any:
        """boto3 clients, unlike its resources, may be shared between threads."""
        with _lock:
            if self._client_key not in _clients:
                _clients[self._client_key] = self._shared_session().client(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    verify=self.verify,
                    config=self.client_config,
                )
            return _clients[self._client_key]

    def _shared_session(self) -> Any:
        """A session reads boto3's data files, which costs more than the client itself."""
        key = (self.access_key, self.secret_key, self.security_token)
        if key not in _sessions:
            _sessions[key] = self._create_session()
        return _sessions[key]

    def fetch(
        self, name: str, known_etag: str = "", max_bytes: int = OBJECT_MAX_BYTES
    ) -> Stored | Answer:
        condition = {"IfNoneMatch": known_etag} if known_etag else {}
        try:
            found = self.client.get_object(**self.at(name), **condition)
            etag = found["ETag"]
            if etag == known_etag:  # a server that ignores the condition
                found["Body"].close()
                return Answer.SAME
            body = BytesIO()
            self._pour(found, body, max_bytes)
        except ClientError as error:
            if status_of(error) == 304:
                return Answer.SAME
            if _is_missing(error):
                return Answer.MISSING
            raise fault(error) from None
        except CAUGHT as error:
            raise fault(error) from None
        told = found["Metadata"].get("author", "")
        return Stored(body.getvalue(), etag, found.get("LastModified"), told)

    def opened(self, name: str, max_bytes: int) -> IO[bytes] | None:
        """Whole on our disk before the first byte is read: the connection waits for nobody."""
        with ExitStack() as stack:
            file = stack.enter_context(tempfile.TemporaryFile())
            try:
                self._pour(self.client.get_object(**self.at(name)), file, max_bytes)
            except CAUGHT as error:
                if isinstance(error, ClientError) and _is_missing(error):
                    return None
                raise fault(error) from None
            file.seek(0)
            stack.pop_all()
            return file

    def put(self, name: str, body: bytes | IO[bytes], content_type: str, author: str = "") -> None:
        told = {"Metadata": {"author": author}} if author.isascii() and author else {}
        try:
            self.client.put_object(
                **self.at(name),
                Body=body,
                ContentType=content_type,
                **told,
                **self.get_object_parameters(name),
            )
        except CAUGHT as error:
            raise fault(error) from None

    def remove(self, name: str) -> None:
        try:
            self.client.delete_object(**self.at(name))
        except CAUGHT as error:
            raise fault(error) from None

    def names(self, prefix: str = "") -> Iterator[tuple[str, datetime]]:
        root = f"{self.location}/"
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=root + prefix
        )
        try:
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(root), entry["LastModified"]
        except CAUGHT as error:
            raise fault(error) from None

    def link(self, name: str, expires_s: int, file_name: str, content_type: str) -> str:
        try:
            return str(
                self.client.generate_presigned_url(
                    "get_object",
                    Params={
                        **self.at(name),
                        "ResponseContentDisposition": f'attachment; filename="{file_name}"',
                        "ResponseContentType": content_type,
                    },
                    ExpiresIn=expires_s,
                )
            )
        except CAUGHT as error:
            raise fault(error) from None

    def at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": f"{self.location}/{checked(name)}"}

    def _pour(self, found: Any, into: IO[bytes], max_bytes: int) -> None:
        """At most `max_bytes`, each PIECE_BYTES of them within `body_timeout_s`.

        The client's read timeout starts anew with each packet, so a server that drips would hold
        us for hours; urllib3's read1 returns after each packet and lets us look at the clock.
        """
        size, piece_size, end = 0, 0, time.monotonic() + self.body_timeout_s
        # StreamingBody offers no read1 of its own.
        raw = found["Body"]._raw_stream
        with found["Body"]:
            while packet := raw.read1(65_536):
                into.write(packet)
                size, piece_size = size + len(packet), piece_size + len(packet)
                if size > max_bytes:
                    raise StorageFault(FaultKind.TOO_BIG, "size")
                if time.monotonic() > end:
                    raise StorageFault(FaultKind.SLOW, "body")
                if piece_size >= PIECE_BYTES:
                    piece_size, end = 0, time.monotonic() + self.body_timeout_s
        if size != found["ContentLength"]:
            raise StorageFault(FaultKind.UNREACHABLE, "cut short")


def _is_missing(error: ClientError) -> bool:
    return code_of(error) in {"NoSuchKey", "404"}
