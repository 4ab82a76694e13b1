"""Commands of many threads in one round trip to Redis.

A step of the batch gives every run a word at the same moment, and each run's thread sends its own.
One by one they would hold the interpreter, which the model's loop needs too, for as long as all
round trips take. Here, while one trip is under way the next commands gather.
"""

import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import redis

from solver.live.connection import impatient_redis_client


@dataclass(slots=True, eq=False)
class _Call:
    command: tuple[Any, ...]
    reply: Any = None
    leads: bool = False
    woken: threading.Event = field(default_factory=threading.Event)


class Together:
    """Thread-safe. A command is tried as often as the client tries, with those it travels with."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._waiting: list[_Call] = []
        self._is_under_way = False

    def run(self, *command: Any) -> Any:
        """The reply. Raises RedisError."""
        call = _Call(command)
        with self._lock:
            self._waiting.append(call)
            call.leads = not self._is_under_way
            self._is_under_way = True
        if not call.leads:
            call.woken.wait()
        if call.leads:
            self._travel()
        if isinstance(call.reply, Exception):
            raise call.reply
        return call.reply

    def _travel(self) -> None:
        """Send what has gathered, give out the replies, and let one of the next lead."""
        with self._lock:
            calls, self._waiting = self._waiting, []
        replies: list[Any] = [redis.ConnectionError("The thread that sent this has ended.")]
        replies *= len(calls)
        try:
            replies = self._send(calls)
        finally:
            with self._lock:
                self._is_under_way = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].leads = True
                    self._waiting[0].woken.set()
            for call, reply in zip(calls, replies, strict=True):
                call.reply = reply
                call.woken.set()

    def _send(self, calls: list[_Call]) -> list[Any]:
        try:
            pipeline: Any = self._client.pipeline(transaction=False)
            with pipeline:
                for call in calls:
                    pipeline.execute_command(*call.command)
                return list(pipeline.execute(raise_on_error=False))
        except (redis.RedisError, OSError) as error:
            return [error] * len(calls)


@cache
def together() -> Together:
    """This process's, over its impatient client."""
    return Together(impatient_redis_client())
