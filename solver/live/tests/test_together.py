"""Commands of many threads in one round trip: each gets its reply, and nobody waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from solver.live.together import Together
from solver.running.tests.conftest import until

THREADS = 8


class Watched(Together):
    """Its first trip begins once `may_go` is set."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client)
        self.trips: list[int] = []
        self.may_go = threading.Event()

    def _send(self, calls: list[Any]) -> list[Any]:
        self.trips.append(len(calls))
        self.may_go.wait(60)
        return super()._send(calls)


def ask_all(together: Watched, commands: list[tuple[Any, ...]]) -> list[Any]:
    """Replies, or errors, of commands that came while the first of them was under way."""

    def ask(command: tuple[Any, ...]) -> Any:
        try:
            return together.run(*command)
        except redis.RedisError as error:
            return error

    with ThreadPoolExecutor(len(commands)) as pool:
        first = pool.submit(ask, commands[0])
        until(lambda: together.trips == [1])
        others = [pool.submit(ask, command) for command in commands[1:]]
        until(lambda: len(together._waiting) == len(others))
        together.may_go.set()
        return [answer.result(60) for answer in [first, *others]]


def test_what_gathers_meanwhile_goes_in_one_trip(valkey: redis.Redis):
    together = Watched(valkey)
    replies = ask_all(together, [("ECHO", str(number)) for number in range(THREADS)])
    assert replies == [str(number).encode() for number in range(THREADS)]
    assert together.trips == [1, THREADS - 1]
    assert together.run("ECHO", "afterwards") == b"afterwards"


def test_a_refused_command_harms_no_other(valkey: redis.Redis):
    commands: list[tuple[Any, ...]] = [("ECHO", str(number)) for number in range(THREADS)]
    commands[3] = ("NO-SUCH-COMMAND",)
    replies = ask_all(Watched(valkey), commands)
    assert isinstance(replies.pop(3), redis.ResponseError)
    assert len({reply for reply in replies if isinstance(reply, bytes)}) == THREADS - 1


def test_all_are_told_that_redis_is_away_and_the_next_find_it_again(valkey: redis.Redis):
    together = Watched(redis.Redis(port=1, socket_connect_timeout=1))
    replies = ask_all(together, [("ECHO", "nobody hears")] * THREADS)
    assert [type(reply) for reply in replies] == [redis.ConnectionError] * THREADS
    together._client = valkey
    assert together.run("ECHO", "somebody does") == b"somebody does"


def test_a_thread_that_is_ended_on_the_way_leaves_nobody_waiting(valkey: redis.Redis):
    class Ended(Watched):
        def _send(self, calls: list[Any]) -> list[Any]:
            replies = super()._send(calls)
            if len(self.trips) == 2:
                raise SystemExit
            return replies

    together = Ended(valkey)
    with pytest.raises(SystemExit):
        ask_all(together, [("ECHO", str(number)) for number in range(THREADS)])
    assert together.run("ECHO", "afterwards") == b"afterwards"
