"""Figures as a table, as JSON and as a plot."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from html import escape
from itertools import chain, product
from pathlib import Path
from statistics import median
from typing import Any

from .measure import Row

COLOURS = ("#8a8a8a", "#d08770", "#2f6f8f", "#6a8f3c", "#8f5fa8")
# What each of our modes is compared with.
OTHERS = {"c": "abs", "d": "abcs"}
COLUMNS = ("mode", "at once", "tok/s", "first p50", "first p95", "gap p50", "gap p95", "memory")


def machine() -> dict[str, Any]:
    """What it ran on, in words that mean something elsewhere."""
    import torch
    import transformers

    about = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    if torch.cuda.is_available():
        about["gpu"] = torch.cuda.get_device_name()
    return about


def floor_s(weight_bytes: int, device: str) -> float:
    """The least time for one token at one request: reading all weights once, at the bandwidth that
    a copy reaches here and now."""
    import time

    import torch

    size = 2**28
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best_s = float("inf")
    for _ in range(10):
        started = time.perf_counter()
        target.copy_(source)
        if device != "cpu":
            torch.cuda.synchronize()
        best_s = min(best_s, time.perf_counter() - started)
    return weight_bytes / (2 * size / best_s)


def table(rows: Sequence[Row]) -> str:
    """Markdown; times in milliseconds, memory in MB."""
    cells = [COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    lines = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def middle(rounds: Sequence[Sequence[Row]]) -> list[Row]:
    """Of each mode at each number of requests the round with the median tokens/s (of two middle
    ones the faster); the errors of all rounds with it."""
    cells: dict[tuple[str, int], list[Row]] = {}
    for row in chain.from_iterable(rounds):
        cells.setdefault((row.mode, row.concurrent), []).append(row)
    return [
        replace(
            sorted(cell, key=lambda row: row.tokens_per_s)[len(cell) // 2],
            errors=[error for row in cell for error in row.errors],
        )
        for _, cell in sorted(cells.items())
    ]


def comparison(rounds: Sequence[Sequence[Row]]) -> dict[str, dict[str, float]]:
    """Ours against the others, for each number of requests that both ran: the ratio of their
    tokens/s, and by how many ms our first words are later (p50).

    Each is taken within a round, where one mode runs right after the other: a machine's pace may
    change between rounds. Of all rounds comes the median, the least and the most.
    """
    found: dict[str, list[float]] = {}
    for row, base in _pairs(rounds):
        name = f"{row.mode[0]}/{base.mode[0]} at {row.concurrent}"
        found.setdefault(name, []).append(row.tokens_per_s / base.tokens_per_s)
        if row.first_p50_s is not None and base.first_p50_s is not None:
            later_ms = (row.first_p50_s - base.first_p50_s) * 1e3
            found.setdefault(f"{name}, first words later by ms", []).append(later_ms)
    return {
        name: {
            "median": round(median(values), 3),
            "least": round(min(values), 3),
            "most": round(max(values), 3),
        }
        for name, values in sorted(found.items())
    }


def _pairs(rounds: Sequence[Sequence[Row]]) -> Iterator[tuple[Row, Row]]:
    """Ours and what it is compared with, at one number of requests in one round."""
    for rows in rounds:
        for row, base in product(rows, rows):
            is_wanted = base.mode[0] in OTHERS.get(row.mode[0], "")
            if is_wanted and base.concurrent == row.concurrent and base.tokens:
                yield row, base


def compared(rounds: Sequence[Sequence[Row]]) -> str:
    """`comparison` as lines."""
    return "\n".join(
        f"{name}: {of['median']:g} ({of['least']:g} to {of['most']:g})"
        for name, of in comparison(rounds).items()
    )


def save(folder: Path, rounds: Sequence[Sequence[Row]], about: dict[str, Any]) -> None:
    """benchmark.json and benchmark.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = middle(rounds)
    content = {
        "about": about,
        "comparison": comparison(rounds),
        "rows": [asdict(row) for row in rows],
        "rounds": [[asdict(row) for row in round_] for round_ in rounds],
    }
    (folder / "benchmark.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "benchmark.svg").write_text(plot(rows, str(about.get("model", ""))), encoding="utf-8")


def plot(rows: Sequence[Row], title: str) -> str:
    """Bars of tokens/s, grouped by the number of requests. SVG."""
    modes = list(dict.fromkeys(row.mode for row in rows))
    counts = sorted({row.concurrent for row in rows})
    top = max((row.tokens_per_s for row in rows), default=1.0) or 1.0
    bar, gap, height = 28, 24, 240
    group = bar * len(modes) + gap
    width = 60 + group * len(counts) + 140
    parts = [_text(60, 20, f"Tokens a second: {title}", 14)]
    for row in rows:
        x = 60 + counts.index(row.concurrent) * group + modes.index(row.mode) * bar
        size = height * row.tokens_per_s / top
        y = 40 + height - size
        colour = COLOURS[modes.index(row.mode) % len(COLOURS)]
        parts.append(
            f'<rect x="{x}" y="{y:.1f}" width="{bar - 4}" height="{size:.1f}" fill="{colour}"/>'
        )
        parts.append(_text(x, y - 4, f"{row.tokens_per_s:.0f}", 10))
    for number, count in enumerate(counts):
        parts.append(_text(60 + number * group, 40 + height + 18, f"{count} at once", 12))
    for number, mode in enumerate(modes):
        x, y = width - 130, 50 + 20 * number
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 18, y + 11, mode, 12))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height + 80}" '
        f'font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n'
        f"{body}\n</svg>\n"
    )


def _text(x: float, y: float, text: str, size: int) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}">{escape(text)}</text>'


def _cells(row: Row) -> tuple[str, ...]:
    times = (row.first_p50_s, row.first_p95_s, row.gap_p50_s, row.gap_p95_s)
    in_ms = ["–" if value is None else f"{value * 1e3:.0f} ms" for value in times]
    rate = f"{row.tokens_per_s:.1f}" + (f" ({len(row.errors)} failed)" if row.errors else "")
    return (
        row.mode,
        str(row.concurrent),
        rate,
        *in_ms,
        "–" if row.peak_memory_mb is None else f"{row.peak_memory_mb:.0f} MB",
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
