"""What the bucket can do, found by doing it: the findings of `manage.py storage check`."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from botocore.exceptions import ClientError
from django.conf import settings

from solver.store import bucket
from solver.store.faults import CAUGHT, FaultKind, StorageFault, fault, status_of
from solver.store.s3 import BucketStorage
from solver.store.stored import Answer, ObjectStorage, Stored

SKEW_MAX_S = 300.0
_BODY = b"VibeSite checks this bucket.\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_needed`: the site does without it where it is False."""

    what: str
    is_ok: bool
    message: str
    is_needed: bool = True


def probe() -> Iterator[Finding]:
    """Findings one by one, so that a slow bucket is seen to be slow."""
    storage = bucket.storage(bucket.LOGS)
    name = f"_check/{uuid.uuid4()}.txt"
    yield Finding("back end", True, where())
    try:
        yield _try("put", lambda: storage.put(name, _BODY, "text/plain"), "objects can be written")
        yield _read(storage, name)
        yield _conditional_get(storage, name)
        yield _list(storage, name)
        yield _missing(storage)
        if isinstance(storage, BucketStorage):
            yield from _s3_findings(storage, name)
    finally:
        removed = _try("delete", lambda: storage.remove(name), "objects can be removed")
    yield removed


def where() -> str:
    """The back end in words, without a key."""
    if not settings.S3_BUCKET and not isinstance(bucket.storage(bucket.LOGS), BucketStorage):
        return f"folder {settings.DATA_DIR / 'bucket'}"
    storage = bucket.storage(bucket.LOGS)
    if not isinstance(storage, BucketStorage):
        return "unknown"
    endpoint = storage.endpoint_url or "AWS"
    region = storage.region_name or "default region"
    keys = "key from the environment" if storage.access_key else "role or profile"
    return f"bucket {storage.bucket_name} at {endpoint} ({region}, {keys})"


def _s3_findings(storage: BucketStorage, name: str) -> Iterator[Finding]:
    yield _clock(storage, name)
    yield from _presigned(storage, name)
    yield _conditional_put(storage, name)
    yield _encryption(storage, name)
    yield _lifecycle(storage)


def _try(what: str, act: Callable[[], object], good: str) -> Finding:
    try:
        act()
    except StorageFault as found:
        return Finding(what, False, f"{found} ({found.cause})")
    return Finding(what, True, good)


def _read(storage: ObjectStorage, name: str) -> Finding:
    def act() -> None:
        found = storage.fetch(name)
        if not isinstance(found, Stored) or found.body != _BODY:
            raise StorageFault(FaultKind.OTHER, "other bytes came back")

    return _try("get", act, "the same bytes come back")


def _conditional_get(storage: ObjectStorage, name: str) -> Finding:
    try:
        found = storage.fetch(name)
        again = storage.fetch(name, found.etag) if isinstance(found, Stored) else found
    except StorageFault as failed:
        return Finding("conditional get", False, str(failed))
    is_same = again is Answer.SAME
    return Finding(
        "conditional get", is_same, "ETags hold" if is_same else "the ETag changes by itself"
    )


def _list(storage: ObjectStorage, name: str) -> Finding:
    def act() -> None:
        if name not in [found for found, _ in storage.names("_check/")]:
            raise StorageFault(FaultKind.OTHER, "a new object is not listed")

    return _try("list", act, "objects are listed")


def _missing(storage: ObjectStorage) -> Finding:
    try:
        found = storage.fetch(f"_check/{uuid.uuid4()}.txt")
    except StorageFault:
        return Finding(
            "missing object",
            False,
            "a missing object looks like a denied one: allow ListBucket, else a missing house "
            "prompt raises an alert",
            is_needed=False,
        )
    return Finding("missing object", found is Answer.MISSING, "a missing object is told as such")


def _clock(storage: BucketStorage, name: str) -> Finding:
    try:
        head = storage.client.head_object(**storage.at(name))
        told = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        told = told.replace(tzinfo=told.tzinfo or UTC)
    except (*CAUGHT, KeyError) as error:
        return Finding("clock", False, f"not told ({type(error).__name__})", is_needed=False)
    skew_s = abs((datetime.now(UTC) - told).total_seconds())
    message = f"{skew_s:.0f} s away from the storage's clock"
    return Finding("clock", skew_s < SKEW_MAX_S, message)


def _presigned(storage: BucketStorage, name: str) -> Iterator[Finding]:
    url = storage.link(name, 60, "check.txt", "text/plain")
    try:
        with httpx.Client(timeout=10.0, verify=storage.verify or True) as client:
            signed = client.get(url)
            bare = client.get(url.split("?", 1)[0])
    except httpx.HTTPError as error:
        yield Finding("presigned link", False, f"no answer ({type(error).__name__})")
        return
    is_read = signed.status_code == 200 and signed.content == _BODY
    yield Finding("presigned link", is_read, f"answers {signed.status_code}")
    is_private = 400 <= bare.status_code < 500
    message = "without a signature nothing is given out"
    yield Finding(
        "private",
        is_private,
        message if is_private else "ANYONE can read this bucket: block public access",
    )


def _conditional_put(storage: BucketStorage, name: str) -> Finding:
    what, unneeded = "conditional put", "not honoured; the site does not rely on it"
    try:
        storage.client.put_object(**storage.at(name), Body=_BODY, IfNoneMatch="*")
    except ClientError as error:
        if status_of(error) in {409, 412}:
            return Finding(what, True, "If-None-Match is honoured", is_needed=False)
        return Finding(what, False, unneeded, is_needed=False)
    except CAUGHT as error:
        return Finding(what, False, str(fault(error)), is_needed=False)
    return Finding(what, False, unneeded, is_needed=False)


def _encryption(storage: BucketStorage, name: str) -> Finding:
    def ask() -> str:
        return str(storage.client.head_object(**storage.at(name)).get("ServerSideEncryption", ""))

    return _told("encryption", ask, "objects are stored without a named encryption")


def _lifecycle(storage: BucketStorage) -> Finding:
    def ask() -> str:
        rules: list[dict[str, Any]] = storage.client.get_bucket_lifecycle_configuration(
            Bucket=storage.bucket_name
        ).get("Rules", [])
        days = [
            rule["Expiration"]["Days"]
            for rule in rules
            if rule["Status"] == "Enabled" and "Days" in rule.get("Expiration", {})
        ]
        return f"logs expire after {min(days)} days" if days else ""

    return _told("lifecycle", ask, "logs never expire: run manage.py storage setup")


def _told(what: str, ask: Callable[[], str], otherwise: str) -> Finding:
    try:
        told = ask()
    except CAUGHT:
        told = ""
    return Finding(what, bool(told), told or otherwise, is_needed=False)
