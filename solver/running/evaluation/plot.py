"""The report's two plots, as SVG that takes its colours from the page."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from html import escape

from solver.checking.verdict import Label
from solver.running.evaluation.judging import Result
from solver.running.evaluation.measures import Measures

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 280, 48, 40, 16, 24
ROW = 30
NAME_WIDTH = 200


def majority_plot(measures: Measures) -> str:
    """maj@j over j, with its 95% band; nothing where there is one sample of each problem."""
    sizes = sorted(measures.majority)
    if len(sizes) < 2:
        return ""
    ceiling = min(1.0, 1.1 * max(rate.high for rate in measures.majority.values()) or 1.0)
    step = (WIDTH - LEFT - RIGHT) / (len(sizes) - 1)

    def x(position: int) -> float:
        return LEFT + position * step

    def y(value: float) -> float:
        share = min(max(value, 0.0), ceiling) / ceiling
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    rates = [measures.majority[size] for size in sizes]
    upper = [f"{x(at):.1f},{y(rate.high):.1f}" for at, rate in enumerate(rates)]
    lower = [f"{x(at):.1f},{y(rate.low):.1f}" for at, rate in enumerate(rates)]
    line = [f"{x(at):.1f},{y(rate.value or 0):.1f}" for at, rate in enumerate(rates)]
    parts = [_grid(ceiling, y)]
    parts.append(f'<polygon class="band" points="{" ".join([*upper, *reversed(lower)])}"/>')
    parts.append(f'<polyline class="line" points="{" ".join(line)}"/>')
    for at, (size, rate) in enumerate(zip(sizes, rates, strict=True)):
        name = "pass@1" if size == 1 else f"maj@{size}"
        value = rate.value or 0.0
        anchor = "start" if at == 0 else "end" if at == len(sizes) - 1 else "middle"
        parts.append(f'<circle class="dot" cx="{x(at):.1f}" cy="{y(value):.1f}" r="4"/>')
        parts.append(_text(x(at), y(value) - 10, f"{value:.1%}", anchor, "value"))
        parts.append(_text(x(at), HEIGHT - 14, name, anchor))
    return _svg(HEIGHT, "Share of right majority answers by number of samples", parts)


def labels_plot(results: Sequence[Result]) -> str:
    """For each kind, its samples: right and checked, right, wrong, wrong and contradicted."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for result in results:
        for one in result.samples:
            if one.is_right:
                counts[result.decider][0 if one.label is Label.CHECKED else 1] += 1
            else:
                counts[result.decider][3 if one.label is Label.CONTRADICTED else 2] += 1
    names = ("right, checked", "right, not checked", "wrong or none", "wrong, contradicted")
    parts = [_legend(names)]
    for row, (kind, amounts) in enumerate(sorted(counts.items())):
        parts.append(_bar(kind, amounts, ROW * (row + 1)))
    return _svg(ROW * (len(counts) + 1) + 8, "Samples by what checks found", parts)


def _bar(kind: str, amounts: Sequence[int], top: float) -> str:
    room = WIDTH - NAME_WIDTH - RIGHT
    at = float(NAME_WIDTH)
    parts = [_text(NAME_WIDTH - 8, top + 19, kind, "end")]
    for part, amount in enumerate(amounts):
        width = room * amount / sum(amounts)
        place = f'x="{at:.1f}" y="{top + 4}" width="{width:.1f}" height="{ROW - 8}"'
        parts.append(f'<rect class="part-{part}" {place}/>')
        if width > 26:
            parts.append(_text(at + width / 2, top + 19, str(amount), "middle", f"on-{part}"))
        at += width
    return "".join(parts)


def _legend(names: Sequence[str]) -> str:
    step = WIDTH / len(names)
    return "".join(
        f'<rect class="part-{part}" x="{part * step:.0f}" y="6" width="12" height="12"/>'
        + _text(part * step + 18, 17, name)
        for part, name in enumerate(names)
    )


def _grid(ceiling: float, y: Callable[[float], float]) -> str:
    parts = []
    for quarter in range(5):
        value = ceiling * quarter / 4
        height = y(value)
        ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"'
        parts.append(f'<line class="grid" {ends}/>')
        parts.append(_text(LEFT - 6, height + 4, f"{value:.0%}", "end"))
    return "".join(parts)


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {where}>{escape(words)}</text>'


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
