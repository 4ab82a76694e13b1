"""Which engine an inference worker opens, and with which options."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from solver.engines.base import Engine, EngineError
from solver.engines.choose import open_engine
from solver.engines.options import EngineOptions, Progress
from solver.engines.weights import DEMO_NAME
from solver.models.problem import Kind
from solver.store import config


def open_model(routes: Sequence[str], progress: Progress) -> Engine:
    """The engine of these routes. May take minutes; raises EngineError saying what to do."""
    options = EngineOptions(
        models_dir=settings.MODELS_DIR,
        device=settings.MODEL_DEVICE,
        dtype=settings.MODEL_DTYPE,
        slots=settings.SLOTS or None,
        revision=settings.MODEL_REVISION or None,
        progress=progress,
        is_apart=True,
    )
    return open_engine(_spec(routes), options)


def most_tokens(engine: Engine) -> int | None:
    """A lower limit than asked for: the demonstration model only repeats itself after a while."""
    return settings.DEMO_MAX_TOKENS if engine.model == DEMO_NAME else None


def _spec(routes: Sequence[str]) -> str:
    chosen = config.current()
    specs = {chosen.model_of(Kind(route)) for route in routes}
    if len(specs) > 1:
        raise EngineError(
            _(
                "The configuration names several models (%(specs)s) and this worker serves all "
                "routes: start one worker for each route, with INFERENCE_QUEUES=inference.maths "
                "and INFERENCE_QUEUES=inference.code."
            )
            % {"specs": ", ".join(sorted(specs))}
        )
    return specs.pop()
