"""A text as the step cards of the page: one partial for the first paint and for live updates."""

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from solver.text.rendering import render, render_inline
from solver.text.steps import Worked, read_step, split

# Closed steps never change: rendered once, they serve every viewer and every reload.
CARDS_KEPT = 1_024


@dataclass(frozen=True, slots=True)
class Card:
    """One step, and its HTML; `index` counts from 0."""

    index: int
    title: str
    start: int
    end: int
    is_open: bool
    html: SafeString


@dataclass(frozen=True, slots=True)
class CardedText:
    """As `solver.text.steps.Worked`, with cards for steps."""

    reasoning: str
    reasoning_open: bool
    steps: tuple[Card, ...]
    answer: str | None


def cards(text: str, finished: bool) -> CardedText:
    """A whole text, or the beginning of one, as cards. Thread-safe."""
    worked: Worked = split(text, finished)
    made = tuple(
        Card(
            step.index,
            step.title,
            step.start,
            step.end,
            step.is_open,
            render_card(text[step.start : step.end], step.index, step.is_open),
        )
        for step in worked.steps
    )
    return CardedText(worked.reasoning, worked.reasoning_open, made, worked.answer)


def render_card(source: str, index: int, is_open: bool) -> SafeString:
    """The HTML of one step from its source; closed ones are kept. Thread-safe."""
    return _render(source, index, True) if is_open else _render_closed(source, index)


@lru_cache(maxsize=CARDS_KEPT)
def _render_closed(source: str, index: int) -> SafeString:
    return _render(source, index, False)


def _render(source: str, index: int, is_open: bool) -> SafeString:
    title, body = read_step(source)
    context = {
        "index": index,
        "number": index + 1,
        "title_html": mark_safe(render_inline(title)),  # noqa: S308 - the renderer's own is safe
        "body_html": mark_safe(render(body)),  # noqa: S308
        "is_open": is_open,
    }
    return mark_safe(get_template("solutions/_step.html").render(context).strip())  # noqa: S308
