import asyncio

import pytest
import redis
import redis.asyncio
from django.conf import settings

from accounts.authentication import Caller
from accounts.keys import make_key
from accounts.throttling import aadmit, admit, hold, let_go, owe, settle, spend

NOON = 1_800_000_000.0


@pytest.fixture
async def client(valkey):
    pool = redis.asyncio.BlockingConnectionPool.from_url(settings.REDIS_URL, max_connections=50)
    client = redis.asyncio.Redis.from_pool(pool)
    yield client
    await client.aclose()


@pytest.fixture
def caller(alice):
    key, _ = make_key(alice, "Portal")
    key.requests_per_minute = 0
    key.requests_per_day = 0
    key.tokens_per_minute = 0
    key.tokens_per_day = 0
    return Caller(alice, key)


def keys_own(caller, **limits):
    for name, limit in limits.items():
        setattr(caller.key, name, limit)
    return caller


async def test_fifty_at_once_get_exactly_the_limit(client, caller):
    keys_own(caller, requests_per_minute=120, requests_per_day=5_000)
    told = await asyncio.gather(*(aadmit(client, caller, now_s=NOON) for _ in range(250)))
    assert sum(not one.reached for one in told) == 120
    refused = next(one for one in told if one.reached)
    assert refused.reached == "requests_per_minute"
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert "requests per minute" in refused.message


async def test_no_sixty_seconds_hold_more_than_the_limit(client, caller):
    keys_own(caller, requests_per_minute=10)
    ticks = [tick for tick in range(0, 180, 2) for _ in range(3)]
    told = [await aadmit(client, caller, now_s=NOON + tick) for tick in ticks]
    admitted = [tick for tick, one in zip(ticks, told, strict=True) if not one.reached]
    for start in range(120):
        assert sum(start <= tick < start + 60 for tick in admitted) <= 10
    assert len(admitted) == 30


async def test_a_day_ends_at_midnight(client, caller):
    keys_own(caller, requests_per_day=2)
    midnight = NOON - NOON % 86_400 + 86_400
    told = [await aadmit(client, caller, now_s=midnight - 10) for _ in range(3)]
    assert [one.reached for one in told] == ["", "", "requests_per_day"]
    assert told[-1].headers["retry-after"] == "11"
    assert not (await aadmit(client, caller, now_s=midnight + 1)).reached


async def test_tokens_may_go_into_debt_and_are_paid_off(client, caller):
    keys_own(caller, tokens_per_minute=600)
    assert not (await aadmit(client, caller, 100, now_s=NOON)).reached
    await spend(client, caller, 1_200, now_s=NOON)
    told = await aadmit(client, caller, 100, now_s=NOON)
    assert told.reached == "tokens_per_minute"
    assert told.retry_after_s == 70
    assert (await aadmit(client, caller, 100, now_s=NOON + 69)).reached
    assert not (await aadmit(client, caller, 100, now_s=NOON + 71)).reached


async def test_an_input_above_the_limit_passes_when_nothing_is_owed(client, caller):
    keys_own(caller, tokens_per_minute=10)
    assert not (await aadmit(client, caller, 100, now_s=NOON)).reached


async def test_tokens_of_a_day(client, caller):
    keys_own(caller, tokens_per_day=1_000)
    await spend(client, caller, 1_000, now_s=NOON)
    assert (await aadmit(client, caller, now_s=NOON)).reached == "tokens_per_day"


async def test_places_for_runs_are_taken_together_renewed_and_freed(client, caller):
    keys_own(caller, concurrent_runs=3)
    assert await hold(client, caller, ["a", "b"], now_s=NOON)
    assert not await hold(client, caller, ["c", "d"], now_s=NOON)
    assert await hold(client, caller, ["c"], now_s=NOON)
    assert await hold(client, caller, ["a", "b", "c"], now_s=NOON + 50)
    await let_go(client, caller, ["a"])
    assert await hold(client, caller, ["d"], now_s=NOON + 50)
    assert not await hold(client, caller, ["e"], now_s=NOON + 100)
    assert await hold(client, caller, ["e", "f"], now_s=NOON + 111), "a lost process frees them"


async def test_one_key_does_not_count_for_another(client, caller, bob):
    keys_own(caller, requests_per_minute=1)
    assert not (await aadmit(client, caller, now_s=NOON)).reached
    assert (await aadmit(client, caller, now_s=NOON)).reached
    assert not (await aadmit(client, Caller(bob), now_s=NOON)).reached


def test_people_without_a_key_have_the_sites_limits(valkey, alice, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    told = [admit(valkey, Caller(alice)) for _ in range(3)]
    assert [one.reached for one in told] == ["", "", "requests_per_minute"]
    assert told[0].headers["x-ratelimit-limit-requests"] == "2"
    assert told[0].headers["x-ratelimit-remaining-requests"] == "1"


def test_who_owes_for_a_run_pays_once(valkey, caller):
    keys_own(caller, tokens_per_day=1_000)
    owe(valkey, caller, "a run")
    for _ in range(3):
        settle(valkey, "a run", 400)
    settle(valkey, "another run", 400)
    remaining = admit(valkey, caller).headers["x-ratelimit-remaining-tokens-day"]
    assert remaining == "600"
