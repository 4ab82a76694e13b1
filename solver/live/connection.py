"""Connections to Redis: one pool a process for workers and views, one an event loop for sockets.

Every client retries: a restart of Redis costs a pause, not an exception. Whatever is sent through
them must therefore bear being done twice (see `events` for how an append does).
"""

import asyncio
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

CONNECT_TIMEOUT_S = 2.0
COMMAND_TIMEOUT_S = 5.0
IMPATIENT_TIMEOUT_S = 1.0
# More callers than connections wait their turn; a thousand sockets may ask at once.
CONNECTIONS = 16
THREAD_CONNECTIONS = 64
TURN_TIMEOUT_S = 10.0
# About three seconds in all, which a restart of Redis fits into.
RETRIES = 6
BACKOFF = ExponentialBackoff(cap=1.0, base=0.05)

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float | None, redis.asyncio.Redis]] = (
    WeakKeyDictionary()
)


def _options() -> dict[str, Any]:
    return {
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }


@cache
def redis_client() -> redis.Redis:
    """The process's client for short commands. Thread-safe; replies are bytes."""
    pool = redis.BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=THREAD_CONNECTIONS,
        timeout=TURN_TIMEOUT_S,
        retry=Retry(BACKOFF, RETRIES),
        socket_timeout=COMMAND_TIMEOUT_S,
        **_options(),
    )
    return redis.Redis.from_pool(pool)


@cache
def impatient_redis_client() -> redis.Redis:
    """For threads with better things to do than wait, which try again by themselves: one retry,
    for a connection that a restart broke, and short time-outs."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        retry=Retry(NoBackoff(), 1),
        socket_timeout=IMPATIENT_TIMEOUT_S,
        **{**_options(), "socket_connect_timeout": IMPATIENT_TIMEOUT_S},
    )


def async_redis_client() -> redis.asyncio.Redis:
    """The running event loop's client for short commands; replies are bytes."""
    return _async_client(COMMAND_TIMEOUT_S, RETRIES)


def blocking_redis_client(reply_timeout_s: float | None = None) -> redis.asyncio.Redis:
    """The running loop's client for blocking reads, which retry nothing by themselves.

    reply_timeout_s: None waits for ever; else longer than the longest block.
    """
    return _async_client(reply_timeout_s, 0)


def heed_cancellation() -> None:
    """Raise a cancellation that somebody dropped: redis-py while it makes a connection, asgiref
    while a thread works for the task.

    Without this a task that was told to end would go on, and hold its connection for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _async_client(timeout_s: float | None, retries: int) -> redis.asyncio.Redis:
    clients = _of_loop.setdefault(asyncio.get_running_loop(), {})
    if timeout_s not in clients:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            settings.REDIS_URL,
            max_connections=CONNECTIONS,
            timeout=TURN_TIMEOUT_S,
            retry=AsyncRetry(BACKOFF, retries),
            socket_timeout=timeout_s,
            **_options(),
        )
        clients[timeout_s] = redis.asyncio.Redis.from_pool(pool)
    return clients[timeout_s]


async def close_async_clients() -> None:
    """Close what the running loop opened; for the end of a process and of a test."""
    for client in _of_loop.pop(asyncio.get_running_loop(), {}).values():
        await client.aclose()
