"""The life of a solution; nothing else changes `Solution.state`.

queued -> running -> done | failed | cancelled, and running -> interrupted -> queued where a worker
was lost. Each change names the state that it leaves and, for a worker, the fencing token of its
claim; it has happened only if one row changed. Readers are told after the commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from solver.live.events import EventKind
from solver.models.sample import Sample
from solver.models.solution import FINAL_STATES, Solution, State
from solver.running import announce, tickets
from solver.running.outcomes import Ending, Pulse, Written
from solver.running.turns import standings

SAMPLE_COLUMNS = ["text", "answer", "verdict", "finish_reason", "error", "completion_tokens"]
WORKER_LOST = "The worker stopped in the middle of the solution."


class LeaseLost(Exception):
    """The row is no longer this worker's: stop, and write nothing more."""


# -- The queue ------------------------------------------------------------------------------


def claim_next(routes: Sequence[str], worker: str) -> Solution | None:
    """Take the next queued solution of these routes for `worker`; None when there is none.

    The row comes back as it was before, with `fence` and the lease of this claim.
    """
    # SQLite has no row locks, only one lock for all who write: it is held for the claim alone.
    has_row_locks = connection.features.has_select_for_update_skip_locked
    with transaction.atomic() if has_row_locks else nullcontext():
        while (solution := _next_in_line(routes)) is not None:
            if _claim(solution, worker):
                return solution
    return None


def _next_in_line(routes: Sequence[str]) -> Solution | None:
    for standing in standings(routes):
        rows = Solution.objects.filter(
            state=State.QUEUED, route__in=routes, owner=standing.owner
        ).select_related("problem")
        # What another worker claims at this moment is passed over.
        locked = rows.select_for_update(skip_locked=True, of=("self",))
        solution = locked.order_by("priority", "queued_at", "pk").first()
        if solution is not None:
            return solution
    return None


def _claim(solution: Solution, worker: str) -> bool:
    claim: dict[str, Any] = {
        "worker": worker,
        "lease_until": _lease_end(),
        "fence": solution.fence + 1,
        "started_at": solution.started_at or timezone.now(),
        "state": State.RUNNING,
    }
    rows = Solution.objects.filter(pk=solution.pk, state=State.QUEUED, fence=solution.fence)
    if not rows.update(error="", **claim):
        return False
    for name, value in claim.items():
        setattr(solution, name, value)
    return True


# -- What the worker that holds a solution may do ---------------------------------------------


def heartbeat(worker: str, ids: Iterable[UUID]) -> Pulse:
    """Prolong the leases of what this worker says it works on."""
    held = Solution.objects.filter(pk__in=list(ids), worker=worker, state=State.RUNNING)
    held.update(lease_until=_lease_end())
    rows = dict(held.values_list("pk", "cancel_requested_at"))
    return Pulse(frozenset(rows), frozenset(pk for pk, asked in rows.items() if asked))


def checkpoint(claim: Solution, written: Written) -> None:
    """Save what was produced so far. Raises LeaseLost."""
    if not _held(claim).update(**written.columns()):
        raise LeaseLost


def keep_samples(claim: Solution, samples: Sequence[Sample]) -> None:
    """Save the samples of a run as they are. Raises LeaseLost."""
    with transaction.atomic():
        if _held(claim).select_for_update().only("pk").first() is None:
            raise LeaseLost
        Sample.objects.bulk_create(
            samples,
            update_conflicts=True,
            unique_fields=["solution", "number"],
            update_fields=SAMPLE_COLUMNS,
        )


def finish(claim: Solution, written: Written, ending: Ending) -> None:
    """End the run for good: done, failed or cancelled. Raises LeaseLost."""
    with transaction.atomic():
        _end(_held(claim), claim.pk, written.columns() | ending.columns())


def release(claim: Solution, written: Written) -> None:
    """Give a solution back that another worker can take at once. Raises LeaseLost."""
    with transaction.atomic():
        rows = _held(claim).filter(cancel_requested_at=None)
        if rows.update(state=State.QUEUED, lease_until=None, worker="", **written.columns()):
            _say_state(claim.pk, State.QUEUED)
            transaction.on_commit(partial(tickets.wake, claim.route))
        else:
            _end(_held(claim), claim.pk, written.columns() | {"state": State.CANCELLED})


def interrupt(claim: Solution, written: Written, reason: str) -> None:
    """Leave a solution that this worker cannot go on with. Raises LeaseLost."""
    with transaction.atomic():
        if not _interrupt(_held(claim), claim.pk, reason, written.columns()):
            raise LeaseLost


def interrupt_all(worker: str, reason: str) -> int:
    """Leave everything that `worker` holds, because it is about to end."""
    held = Solution.objects.filter(worker=worker, state=State.RUNNING)
    return _interrupt_each(held, reason)


# -- What anyone may do -----------------------------------------------------------------------


def cancel(solution: Solution) -> State:
    """Cancel now if nobody works on it, else ask the worker to; returns the state it has now."""
    rows = Solution.objects.filter(pk=solution.pk)
    while True:
        now = timezone.now()
        with transaction.atomic():
            waiting = rows.filter(state__in=[State.QUEUED, State.INTERRUPTED])
            if waiting.update(state=State.CANCELLED, cancel_requested_at=now, finished_at=now):
                _tell_ending(solution.pk)
                return State.CANCELLED
            if rows.filter(state=State.RUNNING).update(cancel_requested_at=now):
                transaction.on_commit(partial(announce.request_cancel, solution.pk))
                return State.RUNNING
        state = State(rows.values_list("state", flat=True).get())
        if state in FINAL_STATES:
            return state
        # It moved between the two looks.


# -- What the reaper does ---------------------------------------------------------------------


def expire_leases() -> int:
    """Interrupt what its worker has not prolonged; returns how many."""
    expired = Solution.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    return _interrupt_each(expired, WORKER_LOST)


def requeue_interrupted() -> int:
    """Queue what was interrupted again, or fail what was too often; returns how many."""
    moved = 0
    for solution in Solution.objects.filter(state=State.INTERRUPTED):
        rows = Solution.objects.filter(
            pk=solution.pk, state=State.INTERRUPTED, fence=solution.fence
        )
        with transaction.atomic():
            if solution.interruptions > settings.MAX_INTERRUPTIONS:
                error = _(
                    "%(reason)s It was tried %(times)d times. Press “Try again”; if that fails "
                    "too, tell whoever runs this site."
                ) % {"reason": solution.error or WORKER_LOST, "times": solution.interruptions}
                changed = rows.update(
                    state=State.FAILED, error=error, finished_at=timezone.now(), worker=""
                )
                if changed:
                    _tell_ending(solution.pk)
            else:
                changed = rows.update(state=State.QUEUED)
                if changed:
                    _say_state(solution.pk, State.QUEUED)
                    transaction.on_commit(partial(tickets.wake, solution.route))
        moved += changed
    return moved


# -- Parts ------------------------------------------------------------------------------------


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_S)


def _held(claim: Solution) -> QuerySet[Solution]:
    return Solution.objects.filter(pk=claim.pk, state=State.RUNNING, fence=claim.fence)


def _end(rows: QuerySet[Solution], pk: UUID, columns: Mapping[str, Any]) -> None:
    if not rows.update(finished_at=timezone.now(), lease_until=None, **columns):
        raise LeaseLost
    _tell_ending(pk)


def _interrupt_each(rows: QuerySet[Solution], reason: str) -> int:
    count = 0
    for solution in rows.only("pk", "fence", "lease_until"):
        # The lease as it was seen: a heartbeat in between keeps the solution with its worker.
        same = _held(solution).filter(lease_until=solution.lease_until)
        with transaction.atomic():
            count += _interrupt(same, solution.pk, reason, {})
    return count


def _interrupt(rows: QuerySet[Solution], pk: UUID, reason: str, columns: Mapping[str, Any]) -> bool:
    """Running to interrupted, or to cancelled where that was asked for."""
    asked = rows.filter(cancel_requested_at__isnull=False)
    left = {"lease_until": None, **columns}
    if asked.update(state=State.CANCELLED, finished_at=timezone.now(), **left):
        _tell_ending(pk)
        return True
    count = F("interruptions") + 1
    if rows.update(state=State.INTERRUPTED, error=reason, interruptions=count, **left):
        _say_state(pk, State.INTERRUPTED, reason)
        return True
    return False


def _say_state(pk: UUID, state: State, message: str = "") -> None:
    fields = {"state": state.value, "message": message}
    transaction.on_commit(partial(announce.say, pk, EventKind.STATE, fields))


def _tell_ending(pk: UUID) -> None:
    transaction.on_commit(partial(announce.tell_ending, pk))
    transaction.on_commit(partial(tickets.archive, pk))
