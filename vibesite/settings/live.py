"""Live pages: the event log and its readers. Webhooks, which tell programs the same."""

from vibesite.settings.environment import PRODUCTION, env

EVENTS_TTL_S = env.int("EVENTS_TTL_S", 3_600)
EVENTS_MAX = env.int("EVENTS_MAX", 20_000)
SOCKETS_PER_PERSON = env.int("SOCKETS_PER_PERSON", 120)
SOCKET_CHECK_S = env.float("SOCKET_CHECK_S", 5.0)
SLOW_READER_S = env.float("SLOW_READER_S", 15.0)
SESSION_CHECK_S = env.float("SESSION_CHECK_S", 30.0)

# Webhooks: the whole of one try, name server included.
WEBHOOK_TIMEOUT_S = env.float("WEBHOOK_TIMEOUT_S", 10.0)
# For trying receivers on the same machine; the internet's rules hold in production.
WEBHOOKS_ALLOW_LOOPBACK = env.bool("WEBHOOKS_ALLOW_LOOPBACK", False) and not PRODUCTION
