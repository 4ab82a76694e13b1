"""What a run costs its caller, where no request waits for the end: charged by whoever ends it."""

import structlog
from redis.exceptions import RedisError

from accounts.authentication import Caller
from accounts.throttling import owe
from accounts.throttling import settle as settle_run
from solver.live.connection import redis_client
from solver.models.solution import FINAL_STATES, Solution

logger = structlog.get_logger(__name__)


def charge_at_end(solution: Solution, caller: Caller) -> None:
    """Without Redis nothing is counted, as everywhere."""
    try:
        owe(redis_client(), caller, str(solution.pk))
        # It may have ended before the debt was written down.
        ended = Solution.objects.filter(pk=solution.pk, state__in=FINAL_STATES).first()
        if ended is not None:
            settle(ended)
    except (RedisError, OSError) as error:
        logger.warning("run_not_counted", solution=str(solution.pk), error=str(error))


def settle(solution: Solution) -> None:
    """Of a solution that has ended; what nobody owes for costs nothing. Raises RedisError."""
    tokens = solution.prompt_tokens + solution.completion_tokens
    settle_run(redis_client(), str(solution.pk), tokens)
