r"""From a model's text to the steps of a worked solution, while the text is still arriving.

Structure is found line by line, strongest first: `Step n` and headings, bold lines, cases and
numbered items, and paragraphs where there is nothing else. Once a stronger structure has been
seen, weaker ones no longer cut: a numbered list under "Step 2" belongs to step 2. Nothing is
cut inside fenced code or display maths.

A growing text changes only its last step and appends new ones. The one exception is a
`</think>` that nothing opened: all that came before it turns out to be reasoning.
"""

import re
from dataclasses import dataclass

from solver.text.boxes import BoxReader, last_box
from solver.text.lines import EARLY_CHARS, Line
from solver.text.openings import OPENING_CHARS, read_opening
from solver.text.outline import Outline
from solver.text.thoughts import CLOSE_TAG, OPEN_TAG, Thoughts, partial_tag

_BREAK = re.compile(rf"\n|{OPEN_TAG}|{CLOSE_TAG}")


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where a step lies: characters `start` to `end` of the text. `end` grows while open."""

    index: int
    title: str
    start: int
    end: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the answer. `body` is Markdown without the title's line.

    `text[start:end]` is the step's whole source; `index` counts from 0.
    """

    index: int
    title: str
    body: str
    start: int
    end: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Worked:
    """A text taken apart. `answer` is what the last box outside the reasoning holds; a finished
    text that is reasoning alone gives the reasoning's last box."""

    reasoning: str
    reasoning_open: bool
    steps: tuple[Step, ...]
    answer: str | None


def split(text: str, finished: bool = False) -> Worked:
    """Take a whole text, or the beginning of one, apart. Pure, linear time, never raises."""
    cutter = StepCutter()
    cutter.feed(text)
    if finished:
        cutter.finish()
    return cutter.worked()


def read_step(source: str) -> tuple[str, str]:
    """Title and body of one step's source, `text[boundary.start:boundary.end]`."""
    return read_opening(source)


class StepCutter:
    """Cuts a text into steps as it arrives: `feed` every piece, `finish` once, and read
    `boundaries`, `answer`, `thoughts` or `worked()` at any time.

    The result does not depend on how the text is cut into pieces. A call of `feed` costs time
    linear in its piece; `worked()` is linear in the text. Not thread-safe.
    """

    def __init__(self) -> None:
        self.thoughts = Thoughts()
        self._pieces: list[str] = []
        self._held = ""  # the beginning of what may become a tag
        self._read = 0  # characters taken, without those held
        self._finished = False
        self._begin_answer(0)

    def _begin_answer(self, start: int) -> None:
        self._steps: list[_Growing] = []
        self._outline = Outline()
        self._boxes = BoxReader()
        self._line = Line(start)
        self._changed: set[int] = set()

    @property
    def answer(self) -> str | None:
        """What the last complete box of the answer holds, so far."""
        return self._boxes.answer

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        return tuple(self._boundary(index) for index in range(len(self._steps)))

    def feed(self, delta: str) -> tuple[Boundary, ...]:
        """Take the next piece of the text.

        Returns the boundaries that were opened, closed or got a title by it, in order; a
        boundary with index 0 whose start moved replaces all that were there before.
        """
        self._pieces.append(delta)
        data = self._held + delta
        held = partial_tag(data, OPEN_TAG, CLOSE_TAG)
        self._held = data[len(data) - held :]
        self._take(data[: len(data) - held])
        self._judge(complete=False)
        return self._take_changes()

    def finish(self) -> tuple[Boundary, ...]:
        """No more text will come: the last step closes, and an unfinished tag is text."""
        if not self._finished:
            self._finished = True
            held, self._held = self._held, ""
            self._take(held)
            self._end_line()
            self._close(self._read)
            self._boxes.feed("\n")
        return self._take_changes()

    def worked(self) -> Worked:
        """Everything found so far, with the bodies of all steps."""
        text = "".join(self._pieces)
        reasoning = self.thoughts.cut_from(text)
        answer = self.answer
        if self._finished and not self._steps:
            answer = last_box(reasoning)
        return Worked(reasoning, self.thoughts.is_open, self._all_steps(text), answer)

    def _all_steps(self, text: str) -> tuple[Step, ...]:
        steps = []
        for found in self.boundaries:
            title, body = read_opening(text[found.start : found.end])
            steps.append(Step(found.index, title, body, found.start, found.end, found.is_open))
        return tuple(steps)

    def _boundary(self, index: int) -> Boundary:
        step = self._steps[index]
        end = self._read if step.end is None else step.end
        return Boundary(index, step.title, step.start, end, step.end is None)

    def _take_changes(self) -> tuple[Boundary, ...]:
        if not self._changed:
            return ()
        changed = tuple(self._boundary(index) for index in sorted(self._changed))
        self._changed.clear()
        return changed

    def _take(self, data: str) -> None:
        base, done = self._read, 0
        for mark in _BREAK.finditer(data):
            self._add(data[done : mark.start()], base + mark.start())
            done = mark.end()
            if mark.group() == "\n":
                self._add("\n", base + done)
                self._end_line()
            else:
                self._take_tag(mark.group(), base + mark.start())
        self._add(data[done:], base + len(data))

    def _add(self, piece: str, end: int) -> None:
        self._read = end
        self._line.add(piece)
        if not self.thoughts.is_open:
            self._boxes.feed(piece)

    def _take_tag(self, tag: str, start: int) -> None:
        end = start + len(tag)
        if self.thoughts.is_open:
            if tag == OPEN_TAG:
                self._add(tag, end)
                return
            self.thoughts.read_line(self._line.head)
            self.thoughts.close(start)
        elif self._is_literal(tag):
            self._add(tag, end)
            return
        elif tag == OPEN_TAG:
            self._close(start)
            self.thoughts.open(end)
        elif self.thoughts.seen:
            self._end_line()
            self._close(start)
        else:
            self.thoughts.add(0, start)
            self._begin_answer(end)
        self._read = end
        self._line = Line(end)
        self._outline.restart()

    def _is_literal(self, tag: str) -> bool:
        """A tag inside code is an answer about tags; an opening tag begins its line."""
        if self._outline.in_code or self._line.in_code:
            return True
        return tag == OPEN_TAG and not self._line.is_blank

    def _judge(self, complete: bool) -> None:
        """Open a step at the current line, if it says so by now."""
        line = self._line
        if self.thoughts.is_open or line.opened or line.is_blank:
            return
        if line.is_judged and not complete:
            return
        head = line.whole_head if complete else line.early
        line.is_judged = len(head) >= EARLY_CHARS
        last = self._steps[-1] if self._steps else None
        if last and last.end is None:
            size = line.start - last.start
            if not self._outline.starts_step(head, complete, len(self._steps), size):
                return
            self._close(line.start)
        self._steps.append(_Growing(line.start))
        self._changed.add(len(self._steps) - 1)
        line.opened = True

    def _close(self, end: int) -> None:
        if self._steps and self._steps[-1].end is None:
            self._steps[-1].end = end
            self._changed.add(len(self._steps) - 1)

    def _end_line(self) -> None:
        if self.thoughts.is_open:
            self.thoughts.read_line(self._line.head)
        else:
            self._judge(complete=True)
            text = self._line.text()
            self._outline.read(text, self._line.opened)
            self._read_title(text)
        self._line = Line(self._read)

    def _read_title(self, line: str) -> None:
        step = self._steps[-1] if self._steps else None
        if step is None or step.is_titled:
            return
        step.opening += line
        step.is_titled = not self._outline.only_titles or len(step.opening) > OPENING_CHARS
        title, _ = read_opening(step.opening)
        if title != step.title:
            step.title = title
            self._changed.add(len(self._steps) - 1)


@dataclass(slots=True)
class _Growing:
    """A step being cut. `opening` is the beginning of its source, until the title is known."""

    start: int
    end: int | None = None
    title: str = ""
    opening: str = ""
    is_titled: bool = False
