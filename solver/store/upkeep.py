"""What the scheduler does for the bucket; every function is safe to repeat, late or twice.

None raises for a bucket that is away: the alert says so, and the next round tries again.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from solver.store import archive, batches, bucket, config, layouts, prompts, sync, trials, uploads
from solver.store.faults import StorageFault
from solver.store.folder import FolderStorage

log = structlog.get_logger(__name__)


def refresh() -> None:
    """Every STORE_CACHE_S / 2: look at the objects that operators edit, so that solutions need not.

    Also ends alerts of a bucket that is back.
    """
    prompts.house_object.refresh()
    config.config_object.refresh()
    layouts.refresh()


def every_minute() -> None:
    """Send the logs that wait, and stop trials that do clearly worse."""
    archive.drain()
    archive.pack()
    trials.watch()


def every_hour() -> None:
    """Write the prompt versions that a bucket which was away has missed."""
    _try(sync.mirror)


def every_day() -> None:
    """Remove what nobody needs any more."""
    _try(uploads.sweep)
    _try(batches.sweep)
    _try(expire_logs)


def expire_logs() -> int:
    """Remove old logs of a folder, as a bucket's lifecycle rule does; gives how many."""
    if not isinstance(bucket.storage(bucket.LOGS), FolderStorage):
        return 0
    before = timezone.now() - timedelta(days=settings.LOG_DAYS)
    old = [name for name, modified in bucket.names(bucket.LOGS) if modified < before]
    for name in old:
        bucket.remove(bucket.LOGS, name)
    return len(old)


def _try(act: Callable[[], int]) -> None:
    try:
        act()
    except StorageFault as fault:
        log.debug("upkeep_postponed", kind=fault.kind.value)
