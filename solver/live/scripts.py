"""The Lua scripts behind `events`: each is one atomic step on the keys of one solution.

KEYS: events (stream), text (string), fence (hash: fence, nonce, cursor, chars), last (hash: the
newest fields of each kind that is worth repeating), cancel (string).
Entries of the stream: k kind, f fields as JSON, and for text t text, a offset in characters.
"""

from typing import Final

# Kinds whose newest event a reader needs who starts from a snapshot.
LASTING_KINDS: Final = ("state", "queue", "answer", "verdict", "done")

_SHARED: Final = f"""
local lasting = ' {" ".join(LASTING_KINDS)} '
local function expire(ttl)
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ttl) end
end
local function keep_alive(ttl)
  if redis.call('TTL', KEYS[1]) < ttl * 0.9 then expire(ttl) end
end
local function remember(kind, fields, ttl)
  if string.find(lasting, ' ' .. kind .. ' ', 1, true)
      and redis.call('HSET', KEYS[4], kind, fields) == 1 then
    redis.call('EXPIRE', KEYS[4], ttl)
  end
end
"""

# ARGV: fence, nonce, expected bytes or -1, text, its characters, kind, fields, MAXLEN, TTL.
# A nonce seen before is a retry whose first try arrived: answered, not done again. A text of
# another length than the writer's is one that a restart took back: lost, like no text at all.
APPEND: Final = (
    _SHARED
    + """
local meta = redis.call('HMGET', KEYS[3], 'fence', 'nonce', 'cursor', 'chars')
local held, mine = tonumber(meta[1] or 0), tonumber(ARGV[1])
if held > mine then return {'stale'} end
if held < mine then return {'lost'} end
local cancel = redis.call('EXISTS', KEYS[5])
if meta[2] == ARGV[2] then
  return {'ok', meta[3], cancel, redis.call('STRLEN', KEYS[2])}
end
local bytes = redis.call('STRLEN', KEYS[2])
local expected = tonumber(ARGV[3])
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 or (expected >= 0 and expected ~= bytes) then
  return {'lost'}
end
local cursor
local text, kind, fields, maxlen = ARGV[4], ARGV[6], ARGV[7], ARGV[8]
if #text > 0 then
  bytes = redis.call('APPEND', KEYS[2], text)
  local own = kind == 'delta' and fields or '{}'
  cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', maxlen, '*',
                      'k', 'delta', 'f', own, 't', text, 'a', meta[4])
end
if kind ~= 'delta' then
  cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', maxlen, '*', 'k', kind, 'f', fields)
  remember(kind, fields, ARGV[9])
end
redis.call('HSET', KEYS[3], 'nonce', ARGV[2], 'cursor', cursor, 'chars', meta[4] + ARGV[5])
keep_alive(ARGV[9])
return {'ok', cursor, cancel, bytes}
"""
)

# ARGV: fence, nonce, text, its characters, fields (the state), MAXLEN, TTL.
OPEN: Final = (
    _SHARED
    + """
local meta = redis.call('HMGET', KEYS[3], 'fence', 'nonce', 'cursor')
if meta[1] and tonumber(meta[1]) > tonumber(ARGV[1]) then return {'stale'} end
if meta[2] == ARGV[2] then return {'ok', meta[3]} end
local older = meta[1] or redis.call('EXISTS', KEYS[2]) == 1
local text, fields, cursor = ARGV[3], ARGV[5], nil
redis.call('SET', KEYS[2], text)
redis.call('DEL', KEYS[4])
if older or #text > 0 then
  cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[6], '*',
                      'k', 'snapshot', 'f', fields, 't', text)
else
  cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[6], '*', 'k', 'state', 'f', fields)
end
redis.call('HSET', KEYS[3], 'fence', ARGV[1], 'nonce', ARGV[2], 'cursor', cursor,
           'chars', ARGV[4])
remember('state', fields, ARGV[7])
expire(ARGV[7])
return {'ok', cursor}
"""
)

# ARGV: kind, fields, MAXLEN, TTL. Not guarded against a retry: such events bear repetition.
ANNOUNCE: Final = (
    _SHARED
    + """
local cursor = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'k', ARGV[1], 'f', ARGV[2])
remember(ARGV[1], ARGV[2], ARGV[4])
keep_alive(ARGV[4])
return cursor
"""
)

# Text, fence and newest cursor as they are at one moment.
SNAPSHOT: Final = """
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
return {redis.call('HGET', KEYS[3], 'fence'), redis.call('GET', KEYS[2]),
        newest[1] and newest[1][1] or '0-0', redis.call('HGETALL', KEYS[4])}
"""
