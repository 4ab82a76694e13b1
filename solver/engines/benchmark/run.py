"""Runs the modes by turns, each in a process of its own.

So none meets another's threads or memory, and a busy moment of the machine meets all of them.
"""

import json
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from subprocess import PIPE

from ..base import EngineError, Message, Request, Sampling
from ..options import EngineOptions
from .measure import Row, measure
from .modes import APART, MODES, Mode, Setting

WARM_UP_TOKENS = 8
HERE = "solver.engines.benchmark"
# What a mode's process says to this one; whatever else it prints is nobody's.
SAID = "benchmark: "
SYSTEM = "You are a patient teacher of mathematics. Write out every step and check the result."


@dataclass(frozen=True, slots=True)
class Plan:
    """rounds: how often each mode is measured at each number of requests, in turns.
    each: answers that each of so many people asks for, one after another.
    stagger_s: between the first questions of two people, in seconds.
    """

    concurrent: tuple[int, ...] = (1, 4, 16, 32)
    tokens: int = 128
    rounds: int = 2
    temperature: float = 0.6
    top_p: float = 0.95
    each: int = 1
    stagger_s: float = 0.0


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


def run_by_turns(
    modules: Mapping[str, str], setting: Setting, plan: Plan
) -> Iterator[tuple[int, list[Row]]]:
    """All modes measured in each round: the round's number, and its rows.

    modules: by mode, the module whose process runs it; see `opened`.
    """
    with ExitStack() as stack:
        asks = [
            stack.enter_context(opened(name, setting, plan, module))
            for name, module in modules.items()
        ]
        for number in range(1, plan.rounds + 1):
            yield number, [ask(count) for count in plan.concurrent for ask in asks]


@contextmanager
def opened(name: str, setting: Setting, plan: Plan, module: str) -> Iterator[Callable[[int], Row]]:
    """One mode in a process of its own, `module`'s, which calls `run_child` with the modes that it
    has; gives what measures it at a number of requests.

    Raises EngineError; what the process said is on standard error by then.
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
    command = [sys.executable, "-m", module, "--child"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        to_child, from_child = child.stdin, child.stdout

        def hear() -> str:
            for line in from_child:
                if line.startswith(SAID):
                    return line.removeprefix(SAID)
            raise EngineError(f"The benchmark's mode '{name}' has ended: see above.")

        def ask(count: int) -> Row:
            print(count, file=to_child, flush=True)
            return Row(**json.loads(hear()))

        print(json.dumps(task), file=to_child, flush=True)
        hear()
        yield ask
        to_child.close()


def run_child(modes: Mapping[str, Mode] = MODES) -> None:
    """The other end of `opened`: open the mode that is asked for, warm it up, and measure it at
    each number of requests that comes. Ends with the process that asks, in the middle of a row too.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    with suppress(KeyboardInterrupt):
        _measure_what_comes(modes, _lines_heard())


def _lines_heard() -> Iterator[str]:
    """Lines of standard input. When it ends, the main thread is interrupted as if by Ctrl-C."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def hear() -> None:
        for line in sys.stdin:
            heard.put(line)
        # Not `interrupt_main`: it does not wake a thread that waits.
        signal.pthread_kill(main_thread, signal.SIGINT)

    main_thread = threading.get_ident()
    threading.Thread(target=hear, daemon=True).start()
    while True:
        yield heard.get()


def _measure_what_comes(modes: Mapping[str, Mode], lines: Iterator[str]) -> None:
    task = json.loads(next(lines))
    plan = Plan(**task["plan"])
    name, options = task["mode"], EngineOptions(**task["options"])
    sampling = Sampling(plan.temperature, plan.top_p, max_tokens=plan.tokens)
    with (
        endless(Path(task["folder"]), sampling) as folder,
        modes[name](Setting(folder, options, sampling)) as ask,
    ):
        measure(name, ask, make_requests(2, replace(plan, tokens=WARM_UP_TOKENS)), 2)
        print(SAID, flush=True)  # noqa: T201
        for line in lines:
            at_once = int(line)
            requests = make_requests(at_once * plan.each, plan)
            row = measure(name, ask, requests, at_once, plan.stagger_s)
            if row.tokens < len(requests) * plan.tokens:
                row.errors.append(
                    f"Of {len(requests) * plan.tokens} tokens only {row.tokens} came."
                )
            if name in APART:
                row.peak_memory_mb = None
            print(SAID + json.dumps(asdict(row)), flush=True)  # noqa: T201


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
            if file.name in {"config.json", "generation_config.json", "tokenizer_config.json"}:
                content = json.loads(file.read_text())
                content.pop("eos_token_id", None)
                if "eos_token" in content:
                    # Some tokenizers have one of their own unless they are told that there is none.
                    content["eos_token"] = None
                if file.name == "generation_config.json" and sampling.temperature:
                    content |= own
                (copy / file.name).write_text(json.dumps(content))
            elif file.suffix in {".json", ".jinja", ".txt", ".model"}:
                shutil.copy(file, copy)
            else:
                (copy / file.name).symlink_to(file.resolve())
        yield copy
