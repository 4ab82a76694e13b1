"""One evaluation on disk: what was asked for, and every sample as soon as it was drawn.

Samples are appended line by line, so that a stop at any moment loses only what was under way.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from django.conf import settings

PLAN, SAMPLES, RESULTS, REPORT = "plan.json", "samples.jsonl", "results.json", "report.html"


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides each sample. A run is only ever continued under the same plan; with more
    problems of the suite or more samples of each it is, and goes on where it was.
    """

    suite: str
    digest: str
    model: str
    prompts: dict[str, str]
    sampling: dict[str, dict[str, Any]]
    seed: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One sample as the model gave it; `sample` counts from 0."""

    id: str
    sample: int
    text: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    error: str = ""


class Folder:
    """Thread-safe to append to."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path = path
        self.plan = plan
        self._lock = threading.Lock()

    @classmethod
    def fresh(cls, plan: Plan) -> Self:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        path = _home() / f"{plan.suite}-{stamp}"
        number = 1
        while path.exists():
            number += 1
            path = path.with_name(f"{plan.suite}-{stamp}-{number}")
        path.mkdir(parents=True)
        (path / PLAN).write_text(json.dumps(asdict(plan), indent=2), encoding="utf-8")
        return cls(path, plan)

    @classmethod
    def newest(cls, plan: Plan) -> Self | None:
        """The latest evaluation of this very plan, finished or not."""
        found = sorted(_home().glob(f"*/{PLAN}"), key=lambda path: path.stat().st_mtime)
        for path in reversed(found):
            if _plan(path) == asdict(plan):
                return cls(path.parent, plan)
        return None

    def append(self, drawn: Drawn) -> None:
        line = json.dumps(asdict(drawn), ensure_ascii=False)
        with self._lock, (self.path / SAMPLES).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def drawn(self) -> list[Drawn]:
        """Every whole line, each sample once; a line cut short by a crash is left out."""
        path = self.path / SAMPLES
        if not path.exists():
            return []
        found = {}
        for line in path.read_text(encoding="utf-8").split("\n"):
            one = _drawn(line)
            if one is not None:
                found[one.id, one.sample] = one
        return list(found.values())

    def mend(self) -> None:
        """Begin a new line after a line that was cut short."""
        path = self.path / SAMPLES
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            with path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return path


def missing(folder: Folder, ids: Iterable[str], samples: int) -> list[tuple[str, int]]:
    """What is still to be drawn; all samples of a problem side by side, so that the engine reads
    its text once.
    """
    have = {(one.id, one.sample) for one in folder.drawn()}
    wanted = [(id_, sample) for id_ in ids for sample in range(samples)]
    return [one for one in wanted if one not in have]


def _home() -> Path:
    return Path(settings.DATA_DIR) / "evaluations"


def _plan(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def _drawn(line: str) -> Drawn | None:
    try:
        return Drawn(**json.loads(line))
    except (ValueError, TypeError):
        return None
