"""Draw the samples of an evaluation: many requests at once, all in the engine's one batch."""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace

from django.db import DatabaseError

from solver.engines.base import Engine, EngineDead, EngineError, FinishReason, Request, Sampling
from solver.models.problem import Kind
from solver.models.solution import Solution
from solver.running.asking import build_request
from solver.running.evaluation.folder import Drawn, Folder, missing
from solver.running.evaluation.suites import Case, Suite
from solver.running.submit import MAX_SEED, PROMPT_OF_KIND
from solver.store import prompts, wording
from solver.store.prompts import Prompt

Tell = Callable[[str], None]
TELL_EVERY_S = 10.0
SLOTS_OF_OTHERS = 32


@dataclass(frozen=True, slots=True)
class Asking:
    """How every problem is put to the model: as the site would, for nobody in particular."""

    prompts: dict[Kind, Prompt]
    sampling: dict[Kind, Sampling]
    seed: int

    def request(self, case: Case, sample: int) -> Request:
        prompt, sampling = self.prompts[case.kind], self.sampling[case.kind]
        drawn = {**asdict(sampling), "seed": self.seed_of(case.id, sample)}
        claim = Solution(problem=case.as_problem(), sampling=drawn)
        claim.system_prompt, claim.prompt_name = prompt.text, prompt.name
        return replace(build_request(claim, ""), deadline_s=None, id=f"{case.id}#{sample}")

    def seed_of(self, case_id: str, sample: int) -> int:
        digest = hashlib.sha256(f"{self.seed}:{case_id}:{sample}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % MAX_SEED


def live_prompt(kind: Kind) -> Prompt:
    """The released prompt, without trials; the built-in one where there is no database yet."""
    name = PROMPT_OF_KIND[kind]
    try:
        return prompts.choose(name, None)
    except DatabaseError:
        return Prompt(name.value, prompts.BUILT_IN_VERSION, wording.BUILT_IN[name])


@dataclass(slots=True)
class Drawing:
    """The drawing of one folder's missing samples."""

    engine: Engine
    suite: Suite
    samples: int
    asking: Asking
    folder: Folder
    tell: Tell
    stop: threading.Event = field(default_factory=threading.Event)
    tokens: int = 0
    done: int = 0
    fault: str = ""

    def run(self) -> None:
        """Draw what is missing. Raises EngineError where the engine fails, KeyboardInterrupt where
        somebody stops it; what was drawn is kept in both cases.
        """
        cases = {case.id: case for case in self.suite.cases}
        self.folder.mend()
        todo = missing(self.folder, cases, self.samples)
        slots = getattr(self.engine, "slots", 0) or SLOTS_OF_OTHERS
        # Some more than there are slots, so that a free slot never waits for this process.
        with ThreadPoolExecutor(slots + 4, thread_name_prefix="draw") as pool:
            try:
                futures = [pool.submit(self._draw, cases[id_], sample) for id_, sample in todo]
                self._watch(len(todo), lambda: all(future.done() for future in futures))
            finally:
                self.stop.set()
                pool.shutdown(cancel_futures=True)
        if self.fault:
            raise EngineError(self.fault)
        for future in futures:
            future.result()

    def _watch(self, wanted: int, is_over: Callable[[], bool]) -> None:
        began = told = time.monotonic()
        while not is_over() and not self.fault:
            time.sleep(0.1)
            now = time.monotonic()
            if now - told >= TELL_EVERY_S:
                told = now
                self.tell(_progress(self.done, wanted, self.tokens, now - began))

    def _draw(self, case: Case, sample: int) -> None:
        try:
            drawn = self._answer(case, sample)
        except EngineDead as error:
            self.fault = str(error)
            return
        except EngineError as error:
            drawn = Drawn(case.id, sample, "", FinishReason.ERROR, 0, 0, 0.0, str(error))
        if drawn is not None:
            self.folder.append(drawn)
            self.done += 1

    def _answer(self, case: Case, sample: int) -> Drawn | None:
        began = time.monotonic()
        parts: list[str] = []
        seen = 0
        if self.stop.is_set():
            return None
        with closing(self.engine.stream(self.asking.request(case, sample))) as chunks:
            for chunk in chunks:
                parts.append(chunk.text)
                self.tokens += max(0, chunk.completion_tokens - seen)
                seen = max(seen, chunk.completion_tokens)
                if self.stop.is_set() or chunk.finish is FinishReason.CANCELLED:
                    return None
                if chunk.finish is not None:
                    asked = chunk.usage.prompt_tokens if chunk.usage else 0
                    took = round(time.monotonic() - began, 3)
                    return Drawn(
                        case.id, sample, "".join(parts), chunk.finish.value, asked, seen, took,
                        chunk.error,
                    )  # fmt: skip
        raise EngineError("The model stopped without saying why.")


def kinds_of(suite: Suite) -> Sequence[Kind]:
    return sorted({case.kind for case in suite.cases})


def _progress(done: int, wanted: int, tokens: int, seconds: float) -> str:
    line = f"{done} of {wanted} samples, {tokens / seconds:.0f} tokens/s"
    if not done:
        return line
    left_s = seconds / done * (wanted - done)
    left = f"{left_s / 60:.0f} min" if left_s >= 90 else f"{left_s:.0f} s"
    return f"{line}, about {left} left"
