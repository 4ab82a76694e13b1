"""The queue: how tickets travel, and what is done every few seconds, hours and days."""

from typing import Any

from vibesite.settings.connections import REDIS_URL
from vibesite.settings.solving import REAP_EVERY_S
from vibesite.settings.store import STORE_CACHE_S

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: an inference worker that gave up would have to load its model again.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "queue_order_strategy": "priority",
    "global_keyprefix": "vs:celery:",
    "socket_keepalive": True,
    # A Redis that hangs must not hang a page that sends a ticket. Above the reads' own 1 s.
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    # No record of unacknowledged messages in Redis: every message of ours may be lost, since the
    # database says what is to be done and the reaper sends it again. Keeping the record ends the
    # worker with an AttributeError when Redis goes away (kombu 5.7: an acknowledgement, or the
    # restoring at close, on a channel whose connection is gone).
    "ack_emulation": False,
}
CELERY_TIMEZONE = "UTC"


def _every(interval_s: float, task: str, **options: Any) -> dict[str, Any]:
    """One that waited is of no use after its interval: the next one does the same."""
    return {"task": task, "schedule": interval_s, "options": {"expires": interval_s, **options}}


# In memory: the schedule holds short intervals only, and a file could be locked or broken.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "reap": _every(REAP_EVERY_S, "solver.running.tasks.reap"),
    "advance batches": _every(5.0, "solver.api.tasks.advance_batches", priority=5),
    "deliver webhooks": _every(5.0, "solver.running.tasks.deliver_webhooks"),
    "archive owed": _every(60.0, "solver.running.tasks.archive_owed", priority=9),
    "keep classwork": _every(60.0, "solver.running.tasks.keep_classwork"),
    "remind": _every(1_800.0, "solver.running.tasks.remind", priority=9),
    "refresh store": _every(STORE_CACHE_S / 2, "solver.running.tasks.refresh_store"),
    "count usage": _every(3_600.0, "solver.running.tasks.count_usage", priority=9),
    "keep store hourly": _every(3_600.0, "solver.running.tasks.keep_store_hourly", priority=9),
    "keep store daily": _every(86_400.0, "solver.running.tasks.keep_store_daily", priority=9),
}
