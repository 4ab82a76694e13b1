"""Whose turn it is: the order in which people with queued solutions are served."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from solver.models.solution import Solution, State


@dataclass(slots=True)
class Standing:
    """One person's place in line; the smallest goes next.

    turns: how many of theirs run now, or were started since the oldest that waits was queued.
    Counting those too keeps one person's hundred from going first where only one runs at a time.
    """

    owner: int
    turns: int
    priority: int
    since: datetime

    @property
    def key(self) -> tuple[int, int, datetime, int]:
        return (self.turns, self.priority, self.since, self.owner)


def standings(routes: Iterable[str] | None = None) -> list[Standing]:
    """Everybody with something queued on these routes (None: on any), next in line first."""
    queued = Solution.objects.filter(state=State.QUEUED)
    if routes is not None:
        queued = queued.filter(route__in=list(routes))
    heads = list(
        queued.order_by()
        .values_list("owner")
        .annotate(priority=Min("priority"), since=Min("queued_at"))
    )
    if len(heads) == 1:
        # Nobody else waits: whatever this person had so far, it is their turn.
        ((owner, priority, waiting_since),) = heads
        return [Standing(owner, 0, priority, waiting_since)]
    if not heads:
        return []
    since = {owner: since for owner, _, since in heads}
    turns = _turns(since)
    found = [Standing(owner, turns[owner], priority, since) for owner, priority, since in heads]
    return sorted(found, key=lambda standing: standing.key)


def _turns(since: dict[int, datetime]) -> Counter[int]:
    begun = Solution.objects.filter(owner__in=since, started_at__gte=min(since.values())).exclude(
        state__in=[State.QUEUED, State.RUNNING]
    )
    turns = Counter(
        owner for owner, at in begun.values_list("owner", "started_at") if at and at >= since[owner]
    )
    running = Solution.objects.filter(state=State.RUNNING)
    turns.update(running.values_list("owner", flat=True))
    return turns
