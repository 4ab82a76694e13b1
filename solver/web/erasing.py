"""A real delete: the run, its events, its row and log, and the problem with its last solution."""

import structlog
from redis.exceptions import RedisError

from solver.live.events import EventLog
from solver.models import Solution
from solver.running import states
from solver.store import removal

logger = structlog.get_logger(__name__)


def erase(solution: Solution) -> None:
    states.cancel(solution)
    solution_id = solution.pk
    removal.delete_solution(solution)
    try:
        EventLog(solution_id).delete()
    except (RedisError, OSError) as error:
        # The events expire by themselves within the hour.
        logger.warning("events_not_deleted", solution=str(solution_id), error=str(error))
