"""Reading a log again, from an event loop: what came after a cursor, or a snapshot instead."""

from typing import Any

from channels.db import database_sync_to_async

from solver.live.connection import async_redis_client
from solver.live.events import (
    START,
    Event,
    EventKind,
    Snapshot,
    is_whole,
    log_keys,
    parse_entries,
    parse_snapshot,
    position,
)
from solver.live.frames import Frame, ending_frames, make_frame, step_fields
from solver.live.scripts import LASTING_KINDS, SNAPSHOT
from solver.models.solution import FINAL_STATES, Solution
from solver.text.steps import StepCutter


async def newest_cursor(solution_id: str) -> str:
    """The cursor of the newest event, START where there is none."""
    entries: Any = await async_redis_client().xrevrange(log_keys(solution_id)[0], count=1)
    return str(entries[0][0].decode()) if entries else START


async def read_between(solution_id: str, after: str, up_to: str, count: int) -> list[Event] | None:
    """At most `count` events after one cursor and up to another; None as in EventLog.read."""
    if position(after) is None:
        return None
    client, keys = async_redis_client(), log_keys(solution_id)
    if after == START:
        entries: Any = await client.xrange(keys[0], max=up_to, count=count)
        events = parse_entries(entries)
        return events if await client.exists(keys[2]) and is_whole(events) else None
    entries = await client.xrange(keys[0], min=after, max=up_to, count=count + 1)
    events = parse_entries(entries)
    return events[1:] if events and events[0].cursor == after else None


async def take_snapshot(
    solution_id: str,
) -> tuple[str, Snapshot | None, dict[str, dict[str, Any]]]:
    """See `events.parse_snapshot`."""
    script = async_redis_client().register_script(SNAPSHOT)
    return parse_snapshot(await script(keys=log_keys(solution_id), args=[]))


@database_sync_to_async
def find_solution(solution_id: str) -> Solution | None:
    return Solution.objects.filter(pk=solution_id).first()


@database_sync_to_async
def find_final(solution_ids: list[str]) -> set[str]:
    """Those of them that are in a final state."""
    rows = Solution.objects.filter(pk__in=solution_ids, state__in=FINAL_STATES)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


async def read_text(solution_id: str) -> tuple[str, bool]:
    """The newest text, from Redis or else from the database, and whether it is finished."""
    _cursor, snapshot, last = await take_snapshot(solution_id)
    if snapshot is not None:
        return snapshot.text, EventKind.DONE in last
    solution = await find_solution(solution_id)
    return (solution.text, solution.is_final) if solution else ("", True)


def snapshot_frames(snapshot: Snapshot) -> list[Frame]:
    """One snapshot of Redis as frames: the text, its steps, and the newest states."""
    last, cursor = snapshot.last, snapshot.cursor
    state = last.get(EventKind.STATE, {}).get("state", "")
    frames = text_frames(cursor, snapshot.text, state, finished=EventKind.DONE in last)
    for kind in LASTING_KINDS:
        if kind in last and kind != EventKind.STATE:
            frames.append(make_frame(cursor, kind, last[kind]))
    return frames


def stored_frames(solution: Solution, cursor: str, last: dict[str, dict[str, Any]]) -> list[Frame]:
    """What the database knows, as frames, for when Redis does not know it."""
    frames = text_frames(cursor, solution.text, solution.state, finished=solution.is_final)
    if solution.is_final:
        frames += ending_frames(solution, cursor)
    elif EventKind.QUEUE in last:
        frames.append(make_frame(cursor, EventKind.QUEUE, last[EventKind.QUEUE]))
    return frames


def text_frames(cursor: str, text: str, state: str, finished: bool) -> list[Frame]:
    """A `snapshot` and the `step` frames that belong to its text."""
    cutter = StepCutter()
    cutter.feed(text)
    if finished:
        cutter.finish()
    frames = [make_frame(cursor, EventKind.SNAPSHOT, {"text": text, "state": state})]
    steps = (make_frame(cursor, EventKind.STEP, step_fields(step)) for step in cutter.boundaries)
    return [*frames, *steps]
