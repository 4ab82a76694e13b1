"""Idempotency-Key: the same request sent again gets the same answer, and runs once.

A record is `running` under a lease while its request is at work, and then holds the answer for
IDEMPOTENCY_S. Answers that a retry could change (429, 5xx, refused keys) are not kept.
"""

import asyncio
import contextlib
import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from django.conf import settings
from redis.exceptions import RedisError

from solver.api.errors import ApiError, invalid
from solver.live.connection import async_redis_client

LEASE_S: Final = 60
RENEW_EVERY_S: Final = 20.0
MAX_KEY_CHARS: Final = 255
# A longer answer is given, but cannot be given again.
MAX_KEPT_BYTES: Final = 8_000_000

# KEYS: the record. ARGV: hash of the request, lease in s. Returns the record, or nothing if new.
_BEGIN: Final = """
local found = redis.call('HGETALL', KEYS[1])
if #found > 0 then return found end
redis.call('HSET', KEYS[1], 'request', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {}
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    content_type: str
    body: bytes

    @classmethod
    def parse(cls, record: Mapping[bytes, bytes]) -> Self:
        fields = json.loads(record[b"answer"])
        return cls(fields["status"], fields["content_type"], b64decode(fields["body"]))


class Once:
    """One request's claim to its key."""

    def __init__(self, record_key: str) -> None:
        self._key = record_key
        self._renewing = asyncio.create_task(self._renew(), name="api-idempotency")

    async def keep(self, kept: Kept) -> None:
        """Answer the same from now on."""
        self._renewing.cancel()
        if len(kept.body) > MAX_KEPT_BYTES:
            await self.forget()
            return
        body = b64encode(kept.body).decode()
        fields = {"status": kept.status, "content_type": kept.content_type, "body": body}
        async with async_redis_client().pipeline(transaction=True) as pipeline:
            pipeline.hset(self._key, "answer", json.dumps(fields))
            pipeline.expire(self._key, settings.IDEMPOTENCY_S)
            await pipeline.execute()

    async def forget(self) -> None:
        """The request came to nothing: it may be sent again."""
        self._renewing.cancel()
        await async_redis_client().delete(self._key)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            with contextlib.suppress(RedisError, OSError):
                await async_redis_client().expire(self._key, LEASE_S)


async def begin(subject: str, key: str, path: str, body: Mapping[str, Any]) -> Once | Kept:
    """Claim the key for this request, or find its answer. Raises ApiError."""
    if not key.isprintable() or not 0 < len(key) <= MAX_KEY_CHARS:
        message = f"Idempotency-Key must be 1 to {MAX_KEY_CHARS} printable characters."
        raise invalid(message, "Idempotency-Key")
    record_key = f"vs:api:once:{_hash(subject, key)}"
    request = _hash(path, json.dumps(body, sort_keys=True))
    reply = async_redis_client().eval(_BEGIN, 1, record_key, request, str(LEASE_S))
    found = await cast(Awaitable[list[bytes]], reply)
    if not found:
        return Once(record_key)
    record = dict(zip(found[::2], found[1::2], strict=True))
    if record[b"request"] != request.encode():
        message = "This Idempotency-Key was used for another request. Use a new key for this one."
        raise ApiError(422, "idempotency_mismatch", message, "Idempotency-Key")
    if b"answer" not in record:
        message = "The first request with this Idempotency-Key is still running. Try again later."
        raise ApiError(409, "request_running", message, "Idempotency-Key", {"retry-after": "1"})
    return Kept.parse(record)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
