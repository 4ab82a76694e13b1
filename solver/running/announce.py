"""Tell whoever watches a solution what the database has decided.

Called after the commit. Where Redis is away nothing is raised: endings stay owed (`told_at`) and
the reaper tells them later; a state in between is seen at the next look at the database.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from solver.live.events import EventKind, EventLog, StaleFence
from solver.live.frames import done_fields, verdict_fields
from solver.models.solution import FINAL_STATES, Solution
from solver.running import charges
from solver.running.webhooks import emit_solution_done

logger = structlog.get_logger(__name__)

# The process that ended a solution tells it itself; only what it left is told by the reaper.
OWED_AFTER = timedelta(seconds=3)
OWED_AT_ONCE = 200


def say(solution_id: UUID, kind: EventKind, fields: Mapping[str, Any]) -> bool:
    """One event, if Redis is there."""
    try:
        EventLog(solution_id).announce(kind, fields)
    except (RedisError, OSError) as error:
        logger.warning("event_not_told", solution=str(solution_id), kind=kind, error=str(error))
        return False
    return True


def request_cancel(solution_id: UUID) -> None:
    """Wake the worker; without Redis its next heartbeat brings the request."""
    try:
        EventLog(solution_id).request_cancel()
    except (RedisError, OSError) as error:
        logger.warning("cancel_not_told", solution=str(solution_id), error=str(error))


def tell_ending(solution_id: UUID) -> bool:
    """The last events of a solution: whole text, verdict, done; first its webhooks and its price,
    since these happen once however often this is called.
    """
    solution = Solution.objects.filter(pk=solution_id, state__in=FINAL_STATES).first()
    if solution is None:
        return False
    try:
        emit_solution_done(solution)
        charges.settle(solution)
        _append_ending(solution)
    except (RedisError, OSError, DatabaseError) as error:
        logger.warning("ending_not_told", solution=str(solution_id), error=str(error))
        return False
    Solution.objects.filter(pk=solution_id).update(told_at=timezone.now())
    return True


def tell_owed() -> int:
    """Endings that a crash or an outage kept from being told; returns how many were told."""
    before = timezone.now() - OWED_AFTER
    owed = Solution.objects.filter(
        told_at=None, finished_at__lt=before, state__in=FINAL_STATES
    ).order_by("finished_at")
    told = 0
    for solution_id in list(owed.values_list("pk", flat=True)[:OWED_AT_ONCE]):
        if not tell_ending(solution_id):
            break
        told += 1
    return told


def _append_ending(solution: Solution) -> None:
    log = EventLog(solution.pk)
    shown = log.snapshot()
    if solution.text and (shown is None or shown.text != solution.text):
        _show_whole_text(log, solution)
    if solution.answer:
        log.announce(EventKind.ANSWER, {"text": solution.answer})
    log.announce(EventKind.VERDICT, verdict_fields(solution))
    log.announce(EventKind.DONE, done_fields(solution))


def _show_whole_text(log: EventLog, solution: Solution) -> None:
    try:
        log.open(solution.fence, solution.text, solution.state)
    except StaleFence:
        # Only a later claim has a larger token, and a final row is never claimed again.
        logger.exception("log_ahead_of_database", solution=str(solution.pk))
