"""The small facts that all processes share through Redis. Its absence costs a cache, no more."""

import os
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow
from redis.retry import Retry

__all__ = ["RedisError", "client", "key"]


@cache
def client() -> redis.Redis:
    """Short timeouts: a solution must not wait for a cache longer than for what it caches."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=0.5,
        socket_timeout=1.0,
        retry=Retry(NoBackoff(), 1),
        retry_on_error=[RedisGone, RedisSlow],
    )


def key(*parts: str) -> str:
    return ":".join(("vs:store", *parts))


os.register_at_fork(after_in_child=client.cache_clear)
