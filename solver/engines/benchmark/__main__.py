"""`python -m solver.engines.benchmark`: times the engines on this machine, without the site."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from ..base import Sampling
from ..options import EngineOptions
from .long import run_long
from .measure import Row
from .modes import MODES, Setting
from .report import compared, floor_s, machine, middle, save, table
from .run import HERE, Plan, run_by_turns, run_child
from .shapes import SHAPES, shaped_folder


def main(arguments: list[str] | None = None, more: Mapping[str, str] | None = None) -> int:
    """Returns the exit status. `more`: modes beyond these, and the module that runs each."""
    modules = dict.fromkeys(MODES, HERE) | dict(more or {})
    options = _parser("".join(name[0] for name in sorted(modules) if name != "s serve")).parse_args(
        arguments
    )
    if options.child:
        run_child()
        return 0
    engine_options = EngineOptions(
        models_dir=options.models_dir,
        device=options.device,
        dtype=_dtype(options),
        threads=options.threads,
        slots=options.slots or max(options.concurrent),
        cache_tokens=options.cache_tokens,
        context_tokens=options.context_tokens,
    )
    folder, name = _model(options, engine_options)
    plan = Plan(
        tuple(options.concurrent),
        options.tokens,
        options.rounds,
        0.0 if options.greedy else 0.6,
        1.0 if options.greedy else 0.95,
        options.each,
        options.stagger,
    )
    setting = Setting(folder, engine_options, _sampling(plan))
    if options.long:
        for line in run_long(setting, options.long):
            print(json.dumps(line), flush=True)  # noqa: T201
        return 0
    letters = options.modes + ("s" if options.against == "transformers-serve" else "")
    chosen = {mode: modules[mode] for mode in sorted(modules) if mode[0] in letters}
    return _compare(options, setting, plan, name, chosen)


def _compare(
    options: argparse.Namespace,
    setting: Setting,
    plan: Plan,
    name: str,
    modules: Mapping[str, str],
) -> int:
    rounds: list[list[Row]] = []
    for number, rows in run_by_turns(modules, setting, plan):
        print(f"Round {number} of {plan.rounds}\n{table(rows)}\n", flush=True)  # noqa: T201
        rounds.append(rows)
    weight_bytes = sum(file.stat().st_size for file in setting.folder.glob("*.safetensors"))
    floor = floor_s(weight_bytes, "cuda" if "gpu" in machine() else "cpu")
    about = {
        **machine(),
        "model": name,
        "dtype": setting.options.dtype,
        "tokens": plan.tokens,
        "temperature": plan.temperature,
        "top_p": plan.top_p,
        "rounds": plan.rounds,
        "each": plan.each,
        "stagger_s": plan.stagger_s,
        "floor_ms_per_token": round(floor * 1e3, 3),
    }
    save(options.out, rounds, about)
    rows = middle(rounds)
    print(f"The middle of all rounds\n{table(rows)}\n\n{compared(rounds)}\n{json.dumps(about)}")  # noqa: T201
    return 1 if any(row.errors for row in rows) else 0


def _model(options: argparse.Namespace, engine_options: EngineOptions) -> tuple[Path, str]:
    from ..weights import find_weights

    if options.shape:
        return shaped_folder(options.shape, options.models_dir), f"random {options.shape}"
    weights = find_weights(options.model, engine_options)
    return weights.folder, weights.name


def _dtype(options: argparse.Namespace) -> str:
    """Chosen once, so that every mode computes in the same."""
    from ..loading import pick_device, pick_dtype, set_threads

    set_threads(options.threads)
    dtype = pick_dtype(options.dtype, pick_device(options.device))
    return str(dtype).removeprefix("torch.")


def _sampling(plan: Plan) -> Sampling:
    return Sampling(plan.temperature, plan.top_p, max_tokens=plan.tokens)


def _parser(modes: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m solver.engines.benchmark", description=__doc__)
    parser.add_argument("--model", default="demo", help="any model the engines know (demo)")
    parser.add_argument("--shape", choices=sorted(SHAPES), help="random weights of this shape")
    parser.add_argument("--modes", default=modes, help=f"letters of the modes to run ({modes})")
    parser.add_argument("--against", choices=["transformers-serve"], help="adds mode s")
    parser.add_argument("--concurrent", type=_positive, nargs="+", default=[1, 4, 16, 32])
    parser.add_argument("--tokens", type=_positive, default=128, help="length of each answer")
    parser.add_argument(
        "--rounds", type=_positive, default=2, help="by turns; the middle one counts"
    )
    parser.add_argument(
        "--each", type=_positive, default=1, help="answers for each, one after another"
    )
    parser.add_argument(
        "--stagger", type=float, default=0.0, help="seconds between the first questions of two"
    )
    parser.add_argument(
        "--greedy", action="store_true", help="temperature 0 (else 0.6, top_p 0.95)"
    )
    parser.add_argument("--long", type=int, metavar="TOKENS", help="one long answer instead")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--cache-tokens", type=int)
    parser.add_argument("--context-tokens", type=int)
    parser.add_argument("--models-dir", type=Path, default=Path("var/models"))
    parser.add_argument("--out", type=Path, default=Path("var/benchmark"))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("It must be 1 or more.")
    return number


if __name__ == "__main__":
    sys.exit(main())
