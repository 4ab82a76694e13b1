"""What Celery runs: solving on inference workers, everything else on the default worker."""

import ctypes
import os
import signal
import sys
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task
from celery.signals import beat_embedded_init, worker_init, worker_shutdown, worker_shutting_down
from celery.worker import WorkController
from django.conf import settings
from django.utils import timezone

from solver.models.assignment import AssignedProblem
from solver.models.solution import FINAL_STATES, Solution
from solver.running import (
    deliveries,
    due,
    grading,
    invitations,
    misconceptions,
    notify,
    reaper,
    tickets,
    usage,
    webhooks,
)
from solver.running.hints import preparing
from solver.running.inference import Inference
from solver.running.model import open_model
from solver.store import archive, upkeep
from solver.store.faults import StorageFault

logger = structlog.get_logger(__name__)

# What the task that ends a solution archives itself, and how far back the sweep looks.
ARCHIVE_OWED_AFTER = timedelta(minutes=2)
ARCHIVE_OWED_FOR = timedelta(days=7)
ARCHIVE_AT_ONCE = 100
NAME_LIMIT = 120

_inference: Inference | None = None


# -- Tasks ----------------------------------------------------------------------------------


@shared_task(name=tickets.SOLVE, ignore_result=True)  # type: ignore[untyped-decorator]
def solve_waiting() -> None:
    """A ticket: work on what is queued, in one slot, until nothing is."""
    if _inference is None:
        logger.error("ticket_on_wrong_worker", advice="Give inference.* queues a worker of theirs.")
        return
    _inference.solve_waiting()


@shared_task(name="solver.running.tasks.reap", ignore_result=True)  # type: ignore[untyped-decorator]
def reap() -> None:
    reaper.reap()


@shared_task(name=tickets.ARCHIVE, ignore_result=True)  # type: ignore[untyped-decorator]
def archive_solution(solution_id: str) -> None:
    try:
        archive.archive(solution_id)
    except StorageFault as error:
        # It stays owed: the sweep comes back to it.
        logger.warning("not_archived", solution=solution_id, error=str(error))


@shared_task(name="solver.running.tasks.archive_owed", ignore_result=True)  # type: ignore[untyped-decorator]
def archive_owed() -> None:
    """Archive what a lost message or an outage of the bucket left out, and send what waits."""
    now = timezone.now()
    owed = Solution.objects.filter(
        state__in=FINAL_STATES,
        archived_at=None,
        finished_at__range=(now - ARCHIVE_OWED_FOR, now - ARCHIVE_OWED_AFTER),
    ).order_by("finished_at")
    for solution_id in list(owed.values_list("pk", flat=True)[:ARCHIVE_AT_ONCE]):
        archive_solution(str(solution_id))
    upkeep.every_minute()


@shared_task(name="solver.running.tasks.refresh_store", ignore_result=True)  # type: ignore[untyped-decorator]
def refresh_store() -> None:
    """Look at the objects that operators edit, so that solving need not."""
    upkeep.refresh()


@shared_task(name="solver.running.tasks.keep_store_hourly", ignore_result=True)  # type: ignore[untyped-decorator]
def keep_store_hourly() -> None:
    upkeep.every_hour()


@shared_task(name="solver.running.tasks.count_usage", ignore_result=True)  # type: ignore[untyped-decorator]
def count_usage() -> None:
    """So that no page counts days that are over."""
    usage.usage(usage.LONGEST_PERIOD_DAYS)


@shared_task(name="solver.running.tasks.keep_store_daily", ignore_result=True)  # type: ignore[untyped-decorator]
def keep_store_daily() -> None:
    upkeep.every_day()
    webhooks.forget_old()


@shared_task(name=tickets.DELIVER_WEBHOOKS, ignore_result=True)  # type: ignore[untyped-decorator]
def deliver_webhooks() -> None:
    deliveries.deliver_due()


@shared_task(name=tickets.GRADE, ignore_result=True)  # type: ignore[untyped-decorator]
def grade_attempt(attempt_id: str) -> None:
    grading.grade(UUID(attempt_id))


@shared_task(name=tickets.REGRADE, ignore_result=True)  # type: ignore[untyped-decorator]
def regrade_assigned(assigned_id: str) -> None:
    assigned = AssignedProblem.objects.filter(pk=assigned_id).first()
    if assigned is not None:
        grading.regrade(assigned)


@shared_task(name=tickets.MAIL, ignore_result=True)  # type: ignore[untyped-decorator]
def send_mail() -> None:
    notify.send_owed()


@shared_task(name=tickets.COMPARE, ignore_result=True)  # type: ignore[untyped-decorator]
def compare_answers(classroom_id: int) -> None:
    misconceptions.compare(classroom_id)


@shared_task(name=tickets.INVITE, ignore_result=True)  # type: ignore[untyped-decorator]
def send_invitations(classroom_id: int, emails: list[str]) -> None:
    invitations.invite(classroom_id, emails)


@shared_task(name="solver.running.tasks.keep_classwork", ignore_result=True)  # type: ignore[untyped-decorator]
def keep_classwork() -> None:
    """Grade and mail what a lost message left out, and draw the hints that are waited for."""
    grading.grade_owed()
    preparing.settle()
    notify.send_owed()


@shared_task(name="solver.running.tasks.remind", ignore_result=True)  # type: ignore[untyped-decorator]
def remind() -> None:
    """What is due tomorrow, and the mail of those who want one a day."""
    due.tell_due()
    notify.send_digests()


# -- The life of an inference worker --------------------------------------------------------


@worker_init.connect  # type: ignore[untyped-decorator]
def open_inference(sender: WorkController, **_: Any) -> None:
    """Open the engine before the worker takes its first ticket, if it is on inference queues."""
    global _inference
    routes = tuple(tickets.routes_of(list(sender.app.amqp.queues.consume_from)))
    if not routes:
        return
    name = f"{sender.hostname}:{os.getpid()}"[-NAME_LIMIT:]
    inference = Inference(name, routes, settings.SLOTS)
    try:
        inference.start(partial(open_model, routes))
    except KeyboardInterrupt:
        inference.close()
        sys.exit(0)
    # The pool is made after this: a thread for each slot.
    sender.concurrency = inference.slots
    _inference = inference


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def stop_inference(**_: Any) -> None:
    if _inference is not None:
        _inference.stop()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def close_inference(**_: Any) -> None:
    if _inference is not None:
        _inference.close()


@beat_embedded_init.connect  # type: ignore[untyped-decorator]
def end_with_the_worker(**_: Any) -> None:
    """A scheduler whose worker was killed must not go on beside the next one's."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
