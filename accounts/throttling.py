"""How much one key, or one person without a key, may ask: counted in Redis, exactly.

Requests a minute: no 60 seconds ever hold more than the limit. Tokens a minute: a bucket that
fills evenly; what an answer really cost is only known at its end, so it may go into debt, and new
requests wait until that is paid off. A day is a calendar day in UTC. A limit of 0 is none.

Each decision is one Lua script, so that callers at the same moment cannot both take the last
place. The clock is the caller's (`now_s`), so that tests need not wait.
"""

import json
import math
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

import redis
import redis.asyncio
from django.conf import settings

from accounts.authentication import Caller

DAY_S: Final = 86_400
# A run that nobody renews for so long has lost its process.
RUN_LEASE_S: Final = 60.0
# Longer than any run waits and works.
OWED_FOR_S: Final = 7 * DAY_S

# KEYS: minute (sorted set), day, tokens (hash: used, at), tokens of the day.
# ARGV: now in ms, ms to the end of the day, a name for this request, its tokens, the four limits.
# Returns {index of the limit that is reached or 0, ms to wait, remaining and ms to reset of each}.
_ADMIT: Final = """
local now, day_ms, name, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local rpm, rpd = tonumber(ARGV[5]), tonumber(ARGV[6])
local tpm, tpd = tonumber(ARGV[7]), tonumber(ARGV[8])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
local minute, day = redis.call('ZCARD', KEYS[1]), tonumber(redis.call('GET', KEYS[2]) or 0)
local bucket = redis.call('HMGET', KEYS[3], 'used', 'at')
local used = tonumber(bucket[1] or 0)
if tpm > 0 then used = math.max(0, used - (now - tonumber(bucket[2] or now)) * tpm / 60000) end
local spent = tonumber(redis.call('GET', KEYS[4]) or 0)
local reached, wait = 0, 0
local function reach(index, ms)
  if ms > wait then reached, wait = index, ms end
end
if rpm > 0 and minute >= rpm then
  local first = redis.call('ZRANGE', KEYS[1], minute - rpm, minute - rpm, 'WITHSCORES')
  reach(1, math.max(1, tonumber(first[2]) + 60000 - now))
end
if rpd > 0 and day >= rpd then reach(2, day_ms) end
if tpm > 0 and used > 0 and used + cost > tpm then
  reach(3, math.ceil((math.min(used, used + cost - tpm)) * 60000 / tpm))
end
if tpd > 0 and spent >= tpd then reach(4, day_ms) end
if reached == 0 then
  if rpm > 0 then
    redis.call('ZADD', KEYS[1], now, name)
    redis.call('PEXPIRE', KEYS[1], 60000)
    minute = minute + 1
  end
  if rpd > 0 then
    day = redis.call('INCR', KEYS[2])
    redis.call('PEXPIRE', KEYS[2], day_ms)
  end
end
local reset = 0
if minute > 0 then
  local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  reset = math.max(0, tonumber(newest[2]) + 60000 - now)
end
return {reached, wait, rpm - minute, reset, rpd - day, tpm - math.ceil(used),
        tpm > 0 and math.ceil(used * 60000 / tpm) or 0, tpd - spent}
"""

# KEYS: tokens, tokens of the day. ARGV: now, ms to the end of the day, tokens, limit a minute.
_SPEND: Final = """
local now, limit = tonumber(ARGV[1]), tonumber(ARGV[4])
if limit > 0 then
  local bucket = redis.call('HMGET', KEYS[1], 'used', 'at')
  local paid = (now - tonumber(bucket[2] or now)) * limit / 60000
  local used = math.max(0, tonumber(bucket[1] or 0) - paid) + tonumber(ARGV[3])
  redis.call('HSET', KEYS[1], 'used', used, 'at', now)
  redis.call('PEXPIRE', KEYS[1], math.ceil(used * 60000 / limit) + 1000)
end
redis.call('INCRBY', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
"""

# KEYS: runs (sorted set: name, end of its lease in ms). ARGV: now, limit, lease in ms, names.
_HOLD: Final = """
local now, limit, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local new = 0
for i = 4, #ARGV do
  if not redis.call('ZSCORE', KEYS[1], ARGV[i]) then new = new + 1 end
end
if limit > 0 and new > 0 and redis.call('ZCARD', KEYS[1]) + new > limit then return 0 end
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], now + lease, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], lease)
return 1
"""

_REACHED: Final = (
    "",
    "requests_per_minute",
    "requests_per_day",
    "tokens_per_minute",
    "tokens_per_day",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """0: no limit."""

    requests_per_minute: int
    requests_per_day: int
    tokens_per_minute: int
    tokens_per_day: int
    concurrent_runs: int

    @classmethod
    def of(cls, caller: Caller) -> "Limits":
        """The site's, or the key's own where it has some."""
        return cls(**{name: _limit(caller, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a request was told. reached: the name of the limit that refused it, or ""."""

    reached: str
    retry_after_s: float
    headers: Mapping[str, str]

    @property
    def message(self) -> str:
        what = self.reached.replace("_per_", " per ").replace("_", " ")
        wait_s = math.ceil(self.retry_after_s)
        return f"The limit of {what} is reached. Try again in {wait_s} s."


def admit(client: redis.Redis, caller: Caller, tokens: int = 0) -> Standing:
    """Count one request of this caller, unless a limit is reached. tokens: those of its input."""
    limits, now_s = Limits.of(caller), time.time()
    reply = client.eval(_ADMIT, 4, *_admission(caller.subject, limits, tokens, now_s))
    return _standing(limits, cast(Sequence[int], reply))


async def aadmit(
    client: redis.asyncio.Redis, caller: Caller, tokens: int = 0, now_s: float | None = None
) -> Standing:
    """As `admit`, from an event loop."""
    limits, now_s = Limits.of(caller), time.time() if now_s is None else now_s
    reply = client.eval(_ADMIT, 4, *_admission(caller.subject, limits, tokens, now_s))
    return _standing(limits, await cast(Awaitable[Sequence[int]], reply))


async def spend(
    client: redis.asyncio.Redis, caller: Caller, tokens: int, now_s: float | None = None
) -> None:
    """Charge what a run really took."""
    limit = Limits.of(caller).tokens_per_minute
    now_s = time.time() if now_s is None else now_s
    await client.eval(_SPEND, 2, *_spending(caller.subject, limit, tokens, now_s))


def owe(client: redis.Redis, caller: Caller, run: str) -> None:
    """Note who pays for a run that no request waits for."""
    owed = {"subject": caller.subject, "limit": Limits.of(caller).tokens_per_minute}
    client.set(_owed_key(run), json.dumps(owed), ex=OWED_FOR_S)


def settle(client: redis.Redis, run: str, tokens: int) -> None:
    """Charge whoever owes for this run, once, however often it is called."""
    found = cast(bytes | None, client.getdel(_owed_key(run)))
    if found:
        owed = json.loads(found)
        client.eval(_SPEND, 2, *_spending(owed["subject"], owed["limit"], tokens, time.time()))


async def hold(
    client: redis.asyncio.Redis, caller: Caller, runs: Sequence[str], now_s: float | None = None
) -> bool:
    """Take, or renew, a place for each of these runs for RUN_LEASE_S; False: not enough are free.

    All or none. Call again while they run, and `let_go` at the end.
    """
    now_s = time.time() if now_s is None else now_s
    limit = Limits.of(caller).concurrent_runs
    values = [_ms(now_s), str(limit), str(int(RUN_LEASE_S * 1000)), *runs]
    reply = client.eval(_HOLD, 1, _runs_key(caller.subject), *values)
    return bool(await cast(Awaitable[int], reply))


async def let_go(client: redis.asyncio.Redis, caller: Caller, runs: Sequence[str]) -> None:
    await client.zrem(_runs_key(caller.subject), *runs)


def _limit(caller: Caller, name: str) -> int:
    own = getattr(caller.key, name, None)
    return int(getattr(settings, f"API_{name.upper()}") if own is None else own)


def _admission(subject: str, limits: Limits, tokens: int, now_s: float) -> list[str]:
    values = [_ms(now_s), _day_left_ms(now_s), uuid4().hex, str(tokens)]
    asked = (
        limits.requests_per_minute,
        limits.requests_per_day,
        limits.tokens_per_minute,
        limits.tokens_per_day,
    )
    return [*_keys(subject, now_s), *values, *map(str, asked)]


def _spending(subject: str, limit: int, tokens: int, now_s: float) -> list[str]:
    _minute, _day, bucket, day = _keys(subject, now_s)
    return [bucket, day, _ms(now_s), _day_left_ms(now_s), str(tokens), str(limit)]


def _keys(subject: str, now_s: float) -> tuple[str, str, str, str]:
    day = int(now_s // DAY_S)
    base = f"vs:limits:{{{subject}}}"
    return (
        f"{base}:minute",
        f"{base}:day:{day}",
        f"{base}:tokens",
        f"{base}:tokens:{day}",
    )


def _runs_key(subject: str) -> str:
    return f"vs:limits:{{{subject}}}:runs"


def _owed_key(run: str) -> str:
    return f"vs:limits:owed:{run}"


def _ms(now_s: float) -> str:
    return str(int(now_s * 1000))


def _day_left_ms(now_s: float) -> str:
    return str(int((DAY_S - now_s % DAY_S) * 1000) + 1)


def _standing(limits: Limits, reply: Sequence[int]) -> Standing:
    reached, wait_ms, minute, reset_ms, day, tokens, tokens_reset_ms, tokens_day = reply
    headers: dict[str, str] = {}
    if limits.requests_per_minute:
        headers |= _window("requests", limits.requests_per_minute, minute, reset_ms)
    if limits.tokens_per_minute:
        headers |= _window("tokens", limits.tokens_per_minute, tokens, tokens_reset_ms)
    if limits.requests_per_day:
        headers["x-ratelimit-remaining-requests-day"] = str(max(0, day))
    if limits.tokens_per_day:
        headers["x-ratelimit-remaining-tokens-day"] = str(max(0, tokens_day))
    if reached:
        headers["retry-after"] = str(math.ceil(wait_ms / 1000))
    return Standing(_REACHED[reached], wait_ms / 1000, headers)


def _window(name: str, limit: int, remaining: int, reset_ms: int) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{name}": str(limit),
        f"x-ratelimit-remaining-{name}": str(max(0, remaining)),
        f"x-ratelimit-reset-{name}": f"{reset_ms / 1000:.3f}s",
    }
