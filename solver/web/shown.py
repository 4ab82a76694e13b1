"""The text of a solution as of now, wherever it is newest."""

from dataclasses import dataclass

from redis.exceptions import RedisError

from solver.live.events import EventLog
from solver.models import Solution


@dataclass(frozen=True, slots=True)
class Shown:
    """The text of one moment, and the cursor from which to follow it; "" where there is none."""

    text: str
    cursor: str


def read(solution: Solution) -> Shown:
    """What the log has is newer than the row; without Redis the row will do."""
    if solution.is_final:
        return Shown(solution.text, "")
    try:
        snapshot = EventLog(solution.pk).snapshot()
    except (RedisError, OSError):
        snapshot = None
    return Shown(snapshot.text, snapshot.cursor) if snapshot else Shown(solution.text, "")
