"""`manage.py replay <id>`: run a finished solution again from what was kept of it, and compare."""

from argparse import ArgumentParser
from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from solver.engines.base import Engine, EngineError, FinishReason
from solver.models.problem import Problem
from solver.models.solution import FINAL_STATES, Solution, State
from solver.running.asking import build_request
from solver.running.model import most_tokens, open_model
from solver.running.transcript import storable
from solver.store import archive
from solver.store.faults import StorageFault


class Command(BaseCommand):
    help = "Run a solution again with its prompt, sampling and seed; prints the text."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID, help="the solution's id")
        parser.add_argument(
            "--day",
            type=lambda day: datetime.strptime(day, "%Y%m%d").date(),  # noqa: DTZ007
            help="YYYYMMDD: read it from that day's inference log instead of the database",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        solution = self._find(options["id"], options["day"])
        try:
            engine = open_model([solution.problem.kind], lambda *_: None)
        except EngineError as error:
            raise CommandError(str(error)) from None
        with closing(engine):
            text = self._run(engine, solution)
        self.stdout.write(text)
        self._compare(solution, text, engine.model)

    def _find(self, solution_id: UUID, day: Any) -> Solution:
        if day is not None:
            return _from_log(solution_id, day)
        solution = Solution.objects.select_related("problem").filter(pk=solution_id).first()
        if solution is None:
            raise CommandError("There is no such solution; if it was deleted, give --day.")
        if solution.state not in FINAL_STATES:
            raise CommandError("This solution is still at work: wait until it ends.")
        return solution

    def _run(self, engine: Engine, solution: Solution) -> str:
        pieces = []
        try:
            for chunk in engine.stream(build_request(solution, "", most_tokens(engine))):
                pieces.append(chunk.text)
                if chunk.finish is FinishReason.ERROR:
                    raise CommandError(chunk.error)
        except EngineError as error:
            raise CommandError(str(error)) from None
        return storable("".join(pieces))

    def _compare(self, solution: Solution, text: str, model: str) -> None:
        kept = solution.text
        if model != solution.model:
            self.stderr.write(f"It was {solution.model}; this is {model}.")
        if text == kept:
            self.stderr.write("The same text.")
        elif solution.state != State.DONE and text.startswith(kept):
            self.stderr.write(f"The same text as far as it came ({len(kept)} characters).")
        else:
            raise CommandError(
                f"The text differs from character {_fork(kept, text) + 1} on. Another machine or "
                "number type rounds otherwise: set MODEL_DTYPE to what the first run used."
            )


def _fork(one: str, other: str) -> int:
    """Where two texts part."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _from_log(solution_id: UUID, day: Any) -> Solution:
    try:
        record = archive.find(solution_id, day)
    except StorageFault as fault:
        raise CommandError(str(fault)) from None
    if record is None:
        raise CommandError("There is no log of it on that day; logs expire.")
    if not record["text_kept"]:
        raise CommandError("Its person or the site keeps no texts in the log: nothing to run.")
    return Solution(
        pk=solution_id,
        problem=Problem(text=record["input"]["problem"], kind=record["kind"]),
        system_prompt=record["input"]["system_prompt"],
        sampling=record["sampling"],
        state=record["state"],
        model=record["model"],
        text=record["output"]["text"],
    )
