"""What goes over the wire: JSON objects with `cursor`, `kind` and the kind's own fields."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from solver.live.events import Event, EventKind, position
from solver.models import Solution
from solver.text.steps import Boundary

# Events that a snapshot further on makes pointless.
_TEXTUAL = frozenset({EventKind.DELTA, EventKind.STEP, EventKind.SNAPSHOT})


class Frame(NamedTuple):
    """One encoded frame; made once a stream and shared by all who read it."""

    cursor: str
    kind: str
    text: str


def encode_body(kind: str, fields: Mapping[str, Any]) -> str:
    """A frame without its cursor, for `with_cursor`."""
    named = {"kind": str(kind), **fields}
    return json.dumps(named, ensure_ascii=False, separators=(",", ":"))[1:]


def with_cursor(cursor: str, kind: str, body: str) -> Frame:
    return Frame(cursor, kind, f'{{"cursor":"{cursor}",{body}')


def make_frame(cursor: str, kind: str, fields: Mapping[str, Any]) -> Frame:
    return with_cursor(cursor, kind, encode_body(kind, fields))


def make_frames(events: Iterable[Event]) -> tuple[Frame, ...]:
    return tuple(make_frame(event.cursor, event.kind, event.fields) for event in events)


def step_fields(step: Boundary) -> dict[str, Any]:
    """The fields of a `step` event: where a step lies in the text, in characters."""
    return {
        "index": step.index,
        "title": step.title,
        "start": step.start,
        "end": step.end,
        "is_open": step.is_open,
    }


def merge(events: Iterable[Event]) -> list[Event]:
    """Neighbouring deltas become one; what comes before a snapshot's text is left out.

    A merged event carries the cursor of its last part, the offset of its first, and the newest
    of other fields.
    """
    merged: list[Event] = []
    run: list[Event] = []
    for event in events:
        if run and event.kind != EventKind.DELTA:
            merged.append(_join(run))
            run = []
        if event.kind == EventKind.DELTA:
            run.append(event)
            continue
        if event.kind == EventKind.SNAPSHOT:
            merged = [earlier for earlier in merged if earlier.kind not in _TEXTUAL]
        merged.append(event)
    return [*merged, _join(run)] if run else merged


def _join(run: list[Event]) -> Event:
    if len(run) == 1:
        return run[0]
    fields: dict[str, Any] = {}
    for event in run:
        fields |= event.fields
    fields["text"] = "".join(event.fields["text"] for event in run)
    fields["at"] = run[0].fields["at"]
    return Event(run[-1].cursor, EventKind.DELTA, fields)


def is_after(cursor: str, other: str) -> bool:
    """Whether `cursor` is later than `other`; both name entries of one log."""
    return (position(cursor) or (0, 0)) > (position(other) or (0, 0))


def verdict_fields(solution: Solution) -> dict[str, Any]:
    """The fields of a `verdict` event."""
    return {
        "verdict": solution.verdict,
        "agreeing": solution.agreeing,
        "samples": solution.samples,
        "evidence": solution.evidence,
    }


def done_fields(solution: Solution) -> dict[str, Any]:
    """The fields of a `done` event: the one place that says what a finished run tells."""
    return {
        "state": solution.state,
        "finish": solution.finish_reason,
        "model": solution.model,
        "usage": {
            "prompt_tokens": solution.prompt_tokens,
            "completion_tokens": solution.completion_tokens,
        },
        "verdict": solution.verdict,
        "answer": solution.answer,
        "error": solution.error,
        "solving_s": solution.solving_s,
    }


def ending_frames(solution: Solution, cursor: str) -> tuple[Frame, ...]:
    """What the log would have said last, from the row of a final solution."""
    frames = [make_frame(cursor, EventKind.DONE, done_fields(solution))]
    if solution.answer:
        answer = make_frame(cursor, EventKind.ANSWER, {"text": solution.answer})
        frames = [answer, make_frame(cursor, EventKind.VERDICT, verdict_fields(solution)), *frames]
    return tuple(frames)
