"""Messages to the workers. A ticket only says that there is work: the database says which.

So a ticket that is lost or sent twice does no harm: the reaper sends others, and a worker that
finds nothing to claim goes back to waiting.
"""

from uuid import UUID

import structlog
from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

SOLVE = "solver.running.tasks.solve_waiting"
ARCHIVE = "solver.running.tasks.archive_solution"
DELIVER_WEBHOOKS = "solver.running.tasks.deliver_webhooks"
GRADE = "solver.running.tasks.grade_attempt"
REGRADE = "solver.running.tasks.regrade_assigned"
MAIL = "solver.running.tasks.send_mail"
COMPARE = "solver.running.tasks.compare_answers"
INVITE = "solver.running.tasks.send_invitations"
QUEUE_PREFIX = "inference."
TICKET_EXPIRES_S = 60
# A connection that a restart of Redis broke is opened again; an absent Redis is not waited for.
RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}


def queue_of(route: str) -> str:
    return f"{QUEUE_PREFIX}{route}"


def routes_of(queues: list[str]) -> list[str]:
    """The routes that a worker on these queues serves."""
    return sorted(name.removeprefix(QUEUE_PREFIX) for name in queues if is_inference(name))


def is_inference(queue: str) -> bool:
    return queue.startswith(QUEUE_PREFIX)


def wake(route: str, count: int = 1) -> bool:
    """Wake `count` slots of the route's workers; False where Redis is away."""
    return all(_send(SOLVE, queue_of(route), expires=TICKET_EXPIRES_S) for _ in range(count))


def archive(solution_id: UUID) -> bool:
    return _send(ARCHIVE, "default", args=[str(solution_id)])


def deliver_webhooks() -> bool:
    return _send(DELIVER_WEBHOOKS, "default", expires=TICKET_EXPIRES_S)


def grade(attempt_id: UUID) -> bool:
    return _send(GRADE, "default", args=[str(attempt_id)])


def regrade(assigned_id: UUID) -> bool:
    return _send(REGRADE, "default", args=[str(assigned_id)])


def mail() -> bool:
    return _send(MAIL, "default", expires=TICKET_EXPIRES_S)


def invite(classroom_id: int, emails: list[str]) -> bool:
    return _send(INVITE, "default", args=[classroom_id, emails])


def compare_answers(classroom_id: int) -> bool:
    return _send(COMPARE, "default", args=[classroom_id], expires=TICKET_EXPIRES_S)


def _send(name: str, queue: str, **options: object) -> bool:
    try:
        current_app.send_task(
            name, queue=queue, ignore_result=True, retry_policy=RETRY_POLICY, **options
        )
    except (KombuError, RedisError, OSError) as error:
        logger.warning("ticket_not_sent", task=name, queue=queue, error=str(error))
        return False
    return True
