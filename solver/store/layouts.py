"""Answer layouts: `templates/<name>.jinja` of the bucket, or the built-in one of that name.

A layout is rendered in Jinja's sandbox, inside a process with limits of time, memory and size.
One that fails is reported and the built-in one takes its place.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from solver.models.solution import Solution
from solver.store import alerts, bucket
from solver.store.cached import CachedObject, Kind
from solver.text.steps import split

log = structlog.get_logger(__name__)

_HERE = Path(__file__).resolve().parent / "layout"
PRINT, PARTNER = "print.md", "partner.json"
BUILT_IN: Mapping[str, str] = {
    name: (_HERE / f"{name}.jinja").read_text(encoding="utf-8") for name in (PRINT, PARTNER)
}
TOPIC = "layouts"
MAX_SOURCE_CHARS = 64_000
MAX_CHARS = 2_000_000
WALL_S = 6.0
CPU_S = 2
MEMORY_BYTES = 512 * 1024 * 1024
# Each is a process; more would only take the processor from the engine.
_at_once = threading.BoundedSemaphore(2)


class LayoutRefused(ValueError):
    """The layout cannot be used; the message says why."""


def lay_out(solution: Solution, name: str = PRINT) -> str:
    """A finished solution in a layout. Raises KeyError for a name without a built-in one."""
    built_in = BUILT_IN[name]
    values = facts(solution)
    stored = _objects[name].current()
    if stored is not None:
        try:
            return _checked(name, render(stored, values))
        except LayoutRefused as refused:
            alerts.report(TOPIC, f"templates/{name}.jinja: {refused}", layout=name)
    return _checked(name, render(built_in, values))


def refresh() -> None:
    """Look at the bucket's layouts now."""
    for stored in _objects.values():
        stored.refresh()


def render(source: str, values: Mapping[str, Any]) -> str:
    """Raises LayoutRefused for whatever goes wrong, endless loops among it."""
    work = json.dumps(
        {
            "source": source,
            "values": values,
            "max_chars": MAX_CHARS,
            "cpu_s": CPU_S,
            "memory_bytes": MEMORY_BYTES,
            "path": sys.path,
        }
    )
    with _at_once:
        answer = _run(work)
    if "error" in answer:
        raise LayoutRefused(answer["error"])
    return str(answer["text"])


def facts(solution: Solution) -> dict[str, Any]:
    """What a layout may say: plain values, so that there is nothing to reach through."""
    worked = split(solution.text, finished=True)
    return {
        "id": str(solution.pk),
        "problem": {
            "title": solution.problem.title,
            "text": solution.problem.text,
            "kind": solution.problem.kind,
        },
        "steps": [
            {"number": number, "title": step.title, "body": step.body}
            for number, step in enumerate(worked.steps, start=1)
        ],
        "answer": solution.answer,
        "verdict": solution.verdict_words,
        "model": solution.model,
        "prompt": {"name": solution.prompt_name, "version": solution.prompt_version},
        "finished_at": (
            solution.finished_at.isoformat(timespec="minutes") if solution.finished_at else ""
        ),
    }


def _run(work: str) -> dict[str, Any]:
    command = [sys.executable, "-I", "-S", str(_HERE / "child.py")]
    try:
        ended = subprocess.run(
            command, input=work.encode(), capture_output=True, timeout=WALL_S, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise LayoutRefused("The layout took too long and was stopped.") from None
    if ended.returncode != 0:
        raise LayoutRefused("The layout went over its limit of time or memory and was stopped.")
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _checked(name: str, text: str) -> str:
    if name.endswith(".json"):
        try:
            json.loads(text)
        except ValueError:
            raise LayoutRefused(
                "What it writes is no JSON: pass each value through tojson."
            ) from None
    return text


def _parse(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LayoutRefused("The layout is not UTF-8: save it as UTF-8.") from None
    if len(text) > MAX_SOURCE_CHARS:
        raise LayoutRefused(f"The layout has more than {MAX_SOURCE_CHARS:,} characters.")
    return text


def _changes(old: str | None, new: str | None) -> dict[str, object]:
    return {"old_chars": len(old or ""), "new_chars": len(new or "")}


_objects: dict[str, CachedObject[str]] = {
    name: CachedObject(Kind(bucket.TEMPLATES, f"{name}.jinja", TOPIC, _parse, _changes))
    for name in BUILT_IN
}
