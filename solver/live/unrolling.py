"""The cards of one followed text as it grows, made once for all pages that show it."""

from typing import Final, NamedTuple

from solver.live.cards import render_card
from solver.live.events import Event, EventKind
from solver.live.frames import Frame, encode_body, step_fields, with_cursor
from solver.text.steps import Boundary, StepCutter

REASONING: Final = "reasoning"
# Where the summary of the reasoning stands among the steps: before all of them.
_SUMMARY: Final = -1


class Job(NamedTuple):
    """A step as it is now, to be rendered."""

    step: Boundary
    source: str
    text_number: int


class Rendered(NamedTuple):
    """A step's newest frame, without a cursor, and when it was made."""

    revision: int
    step: Boundary | None
    kind: str
    body: str


def render_job(job: Job) -> tuple[Job, str]:
    """The frame of one step; the costly part, fit for any thread."""
    step = job.step
    fields = step_fields(step) | {"html": render_card(job.source, step.index, step.is_open)}
    return job, encode_body(EventKind.STEP, fields)


class UnrollingCards:
    """Cuts a text into steps as events come, and keeps the newest frame of each step.

    Readers keep the revision they have seen and ask for what is newer; there is no queue.
    `renderer` turns `take_jobs` into frames and hands them to `store`.
    """

    def __init__(self) -> None:
        self.due_at = 0.0
        self.is_torn = False
        self._early: list[Event] | None = []
        self._rendering = 0
        self._has_grown = False
        self._text_number = 0
        self._revision = 0
        self._start_over("")

    @property
    def length(self) -> int:
        return len(self._text)

    @property
    def has_work(self) -> bool:
        return self._early is None and (self._has_grown or bool(self._dirty))

    @property
    def is_settled(self) -> bool:
        """Whether the newest frames show all of the text."""
        return self._early is None and not self.has_work and not self._rendering

    def load(self, text: str, finished: bool) -> None:
        """Begin with the text of a snapshot, then take the events that came in the meantime."""
        early, self._early = self._early or [], None
        self._start_over(text)
        for event in early:
            self.take(event)
        if finished:
            self.finish()

    def take(self, event: Event) -> None:
        """Follow one event of the log."""
        if self._early is not None:
            self._early.append(event)
        elif event.kind == EventKind.SNAPSHOT:
            self._start_over(event.fields["text"])
        elif event.kind == EventKind.DELTA:
            self._take_delta(event.fields["text"], event.fields["at"])
        elif event.kind == EventKind.DONE:
            self.finish()

    def finish(self) -> None:
        """No more text will come: the last step closes."""
        self._mark(self._cutter.finish())
        self.due_at = 0.0

    def take_jobs(self) -> list[Job]:
        """What has changed since this was last called; `store` must follow."""
        if self._has_grown and self._cutter.thoughts.seen:
            self._keep(_SUMMARY, None, REASONING, encode_body(REASONING, self._summary()))
        boundaries = self._cutter.boundaries
        if self._has_grown and boundaries and boundaries[-1].is_open:
            self._dirty.add(boundaries[-1].index)
        jobs = [
            Job(step, self._text[step.start : step.end], self._text_number)
            for step in boundaries
            if step.index in self._dirty
        ]
        self._dirty.clear()
        self._has_grown = False
        self._rendering += 1
        return jobs

    def store(self, rendered: list[tuple[Job, str]]) -> None:
        """Take the frames of jobs; those of a text that was replaced meanwhile are dropped."""
        self._rendering -= 1
        for job, body in rendered:
            if job.text_number == self._text_number:
                self._keep(job.step.index, job.step, EventKind.STEP, body)

    def since(self, revision: int, from_index: int, cursor: str) -> tuple[int, list[Frame]]:
        """The newest revision, and the frames newer than the one given.

        Steps before `from_index` are left out: the page has them from before.
        """
        if revision == self._revision:
            return revision, []
        newer = [
            with_cursor(cursor, shown.kind, shown.body)
            for index, shown in sorted(self._shown.items())
            if shown.revision > revision and (index >= from_index or index == _SUMMARY)
        ]
        return self._revision, newer

    def _start_over(self, text: str) -> None:
        self._text_number += 1
        self._text = ""
        self._cutter = StepCutter()
        self._dirty: set[int] = set()
        self._has_grown = False
        self._shown: dict[int, Rendered] = {}
        self._add(text)

    def _take_delta(self, text: str, at: int) -> None:
        missing = len(self._text) - at
        if missing < 0:
            self.is_torn = True
        elif missing < len(text):
            self._add(text[missing:])

    def _add(self, text: str) -> None:
        if text:
            self._text += text
            self._has_grown = True
            self._mark(self._cutter.feed(text))

    def _mark(self, changed: tuple[Boundary, ...]) -> None:
        if changed and changed[0].index == 0:
            first = self._shown.get(0)
            if first and first.step and first.step.start != changed[0].start:
                self._shown.clear()
        self._dirty.update(step.index for step in changed)

    def _keep(self, index: int, step: Boundary | None, kind: str, body: str) -> None:
        before = self._shown.get(index)
        if before is None or before.body != body:
            self._revision += 1
            self._shown[index] = Rendered(self._revision, step, kind, body)

    def _summary(self) -> dict[str, object]:
        """The one line over the reasoning; its text is fetched by whoever opens it."""
        thoughts = self._cutter.thoughts
        ends = (end if end is not None else len(self._text) for _, end in thoughts.spans)
        starts = sum(start for start, _ in thoughts.spans)
        return {
            "is_open": thoughts.is_open,
            "chars": sum(ends) - starts,
            "heading": thoughts.heading,
        }
