"""Runs the modes, each in a process of its own, so that none meets another's threads or memory."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..base import Message, Request, Sampling
from ..options import EngineOptions
from .measure import Row, measure, peak_memory_mb
from .modes import APART, MODES, Mode, Setting

WARM_UP_TOKENS = 8
HERE = "solver.engines.benchmark"
SYSTEM = "You are a patient teacher of mathematics. Write out every step and check the result."


@dataclass(frozen=True, slots=True)
class Plan:
    """rounds: how often each cell is measured, the modes by turns, so that a busy moment of the
    machine meets all of them; the least disturbed round (most tokens/s) counts."""

    concurrent: tuple[int, ...] = (1, 4, 16, 32)
    tokens: int = 128
    rounds: int = 2
    temperature: float = 0.6
    top_p: float = 0.95


def make_requests(count: int, plan: Plan) -> list[Request]:
    """Different problems under one system prompt, as a class would send them."""
    sampling = Sampling(plan.temperature, plan.top_p, max_tokens=plan.tokens)
    problems = [
        f"A train covers {60 + number} km in the first hour and {3 * number + 7} km more in each "
        f"hour after it. How far does it come in {number % 7 + 3} hours?"
        for number in range(count)
    ]
    return [
        Request((Message("system", SYSTEM), Message("user", problem)), sampling)
        for problem in problems
    ]


def run_mode(name: str, mode: Mode, setting: Setting, plan: Plan) -> list[Row]:
    """Open one mode here, warm it up, and measure every number of requests once."""
    with mode(setting) as ask:
        measure(name, ask, make_requests(2, replace(plan, tokens=WARM_UP_TOKENS)))
        rows = []
        for count in plan.concurrent:
            rows.append(measure(name, ask, make_requests(count, plan)))
            if name in APART:
                rows[-1].peak_memory_mb = None
    return rows


def run_by_turns(
    modules: Mapping[str, str], setting: Setting, plan: Plan
) -> Iterator[tuple[int, list[Row]]]:
    """Each mode in each round, as the round's number and the rows so far, the best of each cell.

    modules: what `run_apart` calls, by mode.
    """
    best: dict[tuple[str, int], Row] = {}
    for number in range(1, plan.rounds + 1):
        for name, module in modules.items():
            for row in run_apart(name, setting, plan, module):
                before = best.get((name, row.concurrent))
                if before is None or row.tokens_per_s > before.tokens_per_s:
                    best[name, row.concurrent] = row
            yield number, list(best.values())


def run_apart(name: str, setting: Setting, plan: Plan, module: str = HERE) -> list[Row]:
    """run_mode in a new process, `module`'s, which calls run_child with the modes that it has.

    Raises CalledProcessError; its output is on standard error by then.
    """
    options = setting.options
    task = {
        "mode": name,
        "folder": str(setting.folder),
        "options": {
            "device": options.device,
            "dtype": options.dtype,
            "threads": options.threads,
            "slots": options.slots,
            "cache_tokens": options.cache_tokens,
            "context_tokens": options.context_tokens,
            "attention": options.attention,
        },
        "plan": asdict(plan),
    }
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / "rows.json"
        subprocess.run(
            [sys.executable, "-m", module, "--child", str(result)],
            input=json.dumps(task),
            text=True,
            check=True,
        )
        return [Row(**row) for row in json.loads(result.read_text())]


def run_child(task: dict[str, Any], result: Path, modes: Mapping[str, Mode] = MODES) -> None:
    """The other end of run_apart."""
    plan = Plan(**{**task["plan"], "concurrent": tuple(task["plan"]["concurrent"])})
    options = EngineOptions(**task["options"])
    sampling = Sampling(plan.temperature, plan.top_p, max_tokens=plan.tokens)
    with endless(Path(task["folder"]), sampling) as folder:
        rows = run_mode(task["mode"], modes[task["mode"]], Setting(folder, options, sampling), plan)
    result.write_text(json.dumps([asdict(row) for row in rows]))


@contextmanager
def endless(folder: Path, sampling: Sampling) -> Iterator[Path]:
    """The same model without an end token, so that every answer has the length that is asked for,
    and with this sampling as its own: `transformers serve` is greedy unless the model says
    otherwise, whatever a request asks for. So modes are compared on the same work.
    """
    own = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p}
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / folder.name
        copy.mkdir()
        for file in folder.iterdir():
            if file.name in {"config.json", "generation_config.json"}:
                content = json.loads(file.read_text())
                content.pop("eos_token_id", None)
                if file.name == "generation_config.json" and sampling.temperature:
                    content |= own
                (copy / file.name).write_text(json.dumps(content))
            elif file.suffix in {".json", ".jinja", ".txt", ".model"}:
                shutil.copy(file, copy)
            else:
                (copy / file.name).symlink_to(file.resolve())
        yield copy


def run_long(setting: Setting, tokens: int) -> Iterator[dict[str, float]]:
    """One answer of many tokens; after each eighth: tokens so far, ms a token, memory in MB."""
    import time

    from .modes import engine

    plan = Plan(tokens=tokens, temperature=0)
    with engine(setting) as ask:
        (request,) = make_requests(1, plan)
        before, mark = time.perf_counter(), tokens // 8
        for at, seen in ask(request):
            if seen >= mark:
                span_ms = (at - before) * 1e3 / (tokens // 8)
                yield {"tokens": seen, "ms_per_token": span_ms, "memory_mb": peak_memory_mb()}
                before, mark = at, mark + tokens // 8
