"""Objects that no row names: the row went by cascade, or the bucket was away when it went."""

from collections.abc import Collection, Iterable
from datetime import timedelta

import structlog
from django.utils import timezone

from solver.store import bucket
from solver.store.faults import StorageFault

log = structlog.get_logger(__name__)

# A younger one may belong to a row that is about to be written.
ORPHAN_AFTER = timedelta(days=1)


def sweep(alias: str, known: Collection[str]) -> int:
    """Remove what is not among the known names; gives how many. Raises StorageFault."""
    before = timezone.now() - ORPHAN_AFTER
    orphans = [
        name for name, modified in bucket.names(alias) if modified < before and name not in known
    ]
    return remove_all(alias, orphans)


def remove_all(alias: str, names: Iterable[str]) -> int:
    """Remove objects; gives how many. One that cannot be removed now falls to `sweep`."""
    removed = 0
    for name in names:
        try:
            bucket.remove(alias, name)
            removed += 1
        except StorageFault:
            log.warning("object_left_behind", alias=alias, name=name)
    return removed
