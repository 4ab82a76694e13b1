"""Whose turn it is: the order in which queued solutions are served."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from solver.models.solution import Solution, State


def in_turn(queued: QuerySet[Solution]) -> QuerySet[Solution]:
    """Queued rows in the order in which they are served: who had the fewest turns comes first.

    A turn is a solution of the same person that runs now, or was started since this row queued:
    counting those too keeps one person's hundred from going first where only one runs at a time.
    """
    turns = (
        Solution.objects.filter(owner=OuterRef("owner"))
        .filter(Q(state=State.RUNNING) | Q(started_at__gte=OuterRef("queued_at")))
        .exclude(pk=OuterRef("pk"))
        .order_by()
        .values("owner")
        .annotate(turns=Count("pk"))
        .values("turns")
    )
    return queued.annotate(turns=Coalesce(Subquery(turns), 0)).order_by(
        "turns", "priority", "queued_at", "pk"
    )
