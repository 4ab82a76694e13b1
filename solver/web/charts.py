"""Charts as SVG that a strict content policy lets through, each with its numbers as a table.

Widths are percentages and heights pixels, so that a chart fits a phone without its letters
shrinking. Colours are classes of static/css/charts.css: light, dark and print come from there.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT_PX = 176
TOP_PX = 10
BOTTOM_PX = 24
MOST_LABELS = 6
_STEPS = (1, 2, 2.5, 5, 10)


class Tone(StrEnum):
    """Which colour: the verdicts' own, or one of a row for what has none."""

    FIRST = "first"
    SECOND = "second"
    GOOD = "good"
    AGREE = "agree"
    BAD = "bad"
    QUIET = "quiet"


class Shape(StrEnum):
    COLUMNS = "columns"
    LINES = "lines"


def plain(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(value: float) -> str:
    return f"{value:.0%}"


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 90 else f"{value / 60:.1f} min"


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    tone: Tone
    # None: nothing was measured there.
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """Columns are stacked; lines are not, and break where a value is missing."""

    title: str
    shape: Shape
    label_head: str
    labels: Sequence[str]
    series: Sequence[Series]
    shown: Callable[[float], str] = plain
    note: str = ""

    def __post_init__(self) -> None:
        if any(len(one.values) != len(self.labels) for one in self.series):
            raise ValueError(f"{self.title!r}: give each series one value for each label.")

    @property
    def is_empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)

    @cached_property
    def ticks(self) -> list[float]:
        return ticks(max(self._tops(), default=0.0))

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        for place, label in enumerate(self.labels):
            values = (one.values[place] for one in self.series)
            yield label, ["–" if value is None else self.shown(value) for value in values]

    def axis(self) -> SafeString:
        written = ((_px(self._y(tick) + 4), self.shown(tick)) for tick in self.ticks)
        texts = format_html_join("", '<text x="100%" dx="-8" y="{}">{}</text>', written)
        return format_html(
            '<svg class="chart-axis" height="{}" aria-hidden="true">{}</svg>', _full_px(), texts
        )

    def plot(self) -> SafeString:
        drawn = self._columns() if self.shape == Shape.COLUMNS else self._lines()
        return format_html(
            '<svg class="chart-plot" height="{}" role="img" aria-label="{}">{}{}{}</svg>',
            _full_px(),
            self.title,
            self._grid(),
            drawn,
            self._labels(),
        )

    def _tops(self) -> Iterator[float]:
        for place in range(len(self.labels)):
            values = [one.values[place] or 0.0 for one in self.series]
            yield sum(values) if self.shape == Shape.COLUMNS else max(values, default=0.0)

    def _y(self, value: float) -> float:
        return TOP_PX + HEIGHT_PX * (1 - value / self.ticks[-1])

    def _x(self, place: float) -> str:
        return f"{place / max(len(self.labels), 1):.3%}"

    def _grid(self) -> SafeString:
        heights = ((_px(self._y(tick)), _px(self._y(tick))) for tick in self.ticks)
        return format_html_join("", '<line class="grid" x2="100%" y1="{}" y2="{}"/>', heights)

    def _columns(self) -> SafeString:
        return format_html_join(
            "",
            '<rect class="tone-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            self._stacked(),
        )

    def _stacked(self) -> Iterator[tuple[str, str, str, str, str, str]]:
        for place, label in enumerate(self.labels):
            below = 0.0
            for one in self.series:
                value = one.values[place]
                if not value:
                    continue
                top, foot = self._y(below + value), self._y(below)
                told = f"{label}: {one.name} {self.shown(value)}"
                x, width = self._x(place + 0.14), self._x(0.72)
                yield one.tone, x, _px(top), width, _px(foot - top), told
                below += value

    def _lines(self) -> SafeString:
        lines = format_html_join(
            "",
            '<line class="tone-{}" x1="{}" y1="{}" x2="{}" y2="{}"/>',
            (line for one in self.series for line in self._segments(one)),
        )
        points = format_html_join(
            "",
            '<circle class="tone-{}" cx="{}" cy="{}" r="3"><title>{}</title></circle>',
            (point for one in self.series for point in self._points(one)),
        )
        return lines + points

    def _segments(self, one: Series) -> Iterator[tuple[str, ...]]:
        pairs = zip(one.values, one.values[1:], strict=False)
        for place, (here, there) in enumerate(pairs):
            if here is not None and there is not None:
                start, end = self._x(place + 0.5), self._x(place + 1.5)
                yield one.tone, start, _px(self._y(here)), end, _px(self._y(there))

    def _points(self, one: Series) -> Iterator[tuple[str, ...]]:
        for place, value in enumerate(one.values):
            if value is not None:
                told = f"{self.labels[place]}: {one.name} {self.shown(value)}"
                yield one.tone, self._x(place + 0.5), _px(self._y(value)), told

    def _labels(self) -> SafeString:
        every = max(1, math.ceil(len(self.labels) / MOST_LABELS))
        y = _px(TOP_PX + HEIGHT_PX + 17)
        shown = (
            (self._anchor(place), self._x(place + 0.5), y, label)
            for place, label in enumerate(self.labels)
            if place % every == 0
        )
        return format_html_join("", '<text class="{}" x="{}" y="{}">{}</text>', shown)

    def _anchor(self, place: int) -> str:
        """The outermost labels stay inside the plot."""
        share = (place + 0.5) / len(self.labels)
        return "start" if share < 0.08 else "end" if share > 0.94 else "middle"


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    # Further cells of its row.
    cells: Sequence[str] = ()
    href: str = ""


@dataclass(frozen=True)
class Bars:
    """Sideways bars inside the table of their numbers, so that long labels can wrap."""

    title: str
    heads: Sequence[str]
    bars: Sequence[Bar]
    shown: Callable[[float], str] = plain
    tone: Tone = Tone.FIRST
    # What a full bar stands for; None: the longest one.
    full: float | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.bars

    def rows(self) -> Iterator[tuple[Bar, str, SafeString]]:
        full = self.full or max((bar.value for bar in self.bars), default=0.0) or 1.0
        for bar in self.bars:
            drawn = format_html(
                '<svg class="chart-bar" height="12" aria-hidden="true">'
                '<rect class="rail" width="100%" height="12"/>'
                '<rect class="tone-{}" width="{}" height="12"/></svg>',
                self.tone,
                f"{min(bar.value / full, 1):.2%}",
            )
            yield bar, self.shown(bar.value), drawn


def ticks(top: float) -> list[float]:
    """Round numbers from 0 to the first one not below `top`, five at most."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / 4
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * one for one in _STEPS if scale * one >= rough * (1 - 1e-9))
    count = math.ceil(top / step * (1 - 1e-9))
    return [round(step * place, 10) for place in range(count + 1)]


def _full_px() -> int:
    return TOP_PX + HEIGHT_PX + BOTTOM_PX


def _px(value: float) -> str:
    return f"{value:.1f}"
