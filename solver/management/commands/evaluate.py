"""`manage.py evaluate`: a suite of problems through the engine and the checks, with a report."""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from solver.engines.base import Engine, EngineError, Sampling
from solver.running.evaluation.draw import Asking, Drawing, kinds_of, live_prompt
from solver.running.evaluation.folder import REPORT, RESULTS, Folder, Plan
from solver.running.evaluation.judging import judge_all
from solver.running.evaluation.measures import lines, measure
from solver.running.evaluation.report import report_html
from solver.running.evaluation.suites import Suite, SuiteRefused, load, names
from solver.running.model import most_tokens, open_model
from solver.store import config


class Command(BaseCommand):
    help = (
        "Run a suite of problems with known answers and say how often answers are right, how far "
        "`checked` can be trusted, and what several samples gain. Writes JSON and a page under "
        "DATA_DIR/evaluations. MODEL and the configuration choose the model, as for a worker."
    )
    requires_system_checks: list[str] = []  # runs without a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--suite", required=True, help=f"a file, or one of: {', '.join(names())}"
        )
        parser.add_argument("--samples", type=int, default=1, help="solutions of each problem")
        parser.add_argument("--limit", type=int, help="only so many problems, from the first on")
        parser.add_argument("--resume", action="store_true", help="go on with the newest such run")
        parser.add_argument(
            "--report-only", action="store_true", help="judge what the newest such run has drawn"
        )
        parser.add_argument("--max-tokens", type=int)
        parser.add_argument("--temperature", type=float)
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["samples"] < 1 or (options["limit"] or 1) < 1:
            raise CommandError("--samples and --limit must be at least 1.")
        try:
            suite = load(options["suite"])
            engine = open_model(kinds_of(suite), lambda doing, done, of: None)
        except (SuiteRefused, EngineError) as error:
            raise CommandError(str(error)) from None
        try:
            folder, seconds = self._draw(engine, suite, options)
        finally:
            engine.close()
        self._report(suite.first(options["limit"]), folder, seconds)

    def _draw(self, engine: Engine, suite: Suite, options: dict[str, Any]) -> tuple[Folder, float]:
        asking = _asking(engine, suite, options)
        plan = _plan(engine, suite, asking)
        goes_on = options["resume"] or options["report_only"]
        folder = (Folder.newest(plan) if goes_on else None) or Folder.fresh(plan)
        wanted = suite.first(options["limit"])
        self._tell(
            f"{engine.model}: {len(wanted.cases)} problems, {options['samples']} samples each"
        )
        self._tell(f"in {folder.path}")
        began = time.monotonic()
        try:
            if not options["report_only"]:
                drawing = Drawing(engine, wanted, options["samples"], asking, folder, self._tell)
                drawing.run()
        except KeyboardInterrupt:
            raise CommandError("Stopped. The same command with --resume goes on.") from None
        except EngineError as error:
            raise CommandError(f"{error} The same command with --resume goes on.") from None
        return folder, time.monotonic() - began

    def _report(self, suite: Suite, folder: Folder, seconds: float) -> None:
        results = judge_all(suite, folder.drawn(), self._tell)
        if not results:
            raise CommandError("No such run has drawn anything yet: leave --report-only out.")
        measures = measure(results)
        whole = {
            "plan": asdict(folder.plan),
            "drawing_s": round(seconds, 1),
            "measures": asdict(measures),
            "results": [asdict(result) for result in results],
        }
        folder.write(RESULTS, json.dumps(whole, ensure_ascii=False, indent=1))
        page = folder.write(REPORT, report_html(folder.plan, measures, results, seconds))
        for line in lines(measures):
            self.stdout.write(line)
        self.stdout.write(f"time: {seconds:.0f} s for what this call drew")
        self.stdout.write(f"report: {page}")

    def _tell(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def _asking(engine: Engine, suite: Suite, options: dict[str, Any]) -> Asking:
    wanted = {
        name: options[name] for name in ("max_tokens", "temperature") if options[name] is not None
    }
    sampling = {}
    for kind in kinds_of(suite):
        try:
            usual = Sampling(**{**config.current().sampling(kind), **wanted})
        except ValueError as error:
            raise CommandError(str(error)) from None
        most = most_tokens(engine) or usual.max_tokens
        sampling[kind] = replace(usual, max_tokens=min(usual.max_tokens, most))
    return Asking({kind: live_prompt(kind) for kind in sampling}, sampling, options["seed"])


def _plan(engine: Engine, suite: Suite, asking: Asking) -> Plan:
    return Plan(
        suite=suite.name,
        digest=suite.digest,
        model=engine.model,
        prompts={kind.value: prompt.sha256 for kind, prompt in asking.prompts.items()},
        sampling={
            kind.value: {**asdict(sampling), "stop": list(sampling.stop)}
            for kind, sampling in asking.sampling.items()
        },
        seed=asking.seed,
    )
