"""Which models answer now, by the name that callers use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asgiref.sync import sync_to_async

from solver.api.errors import ApiError
from solver.models.problem import Kind
from solver.running.workers import WorkerStatus, serving, workers

# Whatever model the site runs: callers that do not care need not change when it does.
ALIAS: Final = "vibesite"


@dataclass(frozen=True, slots=True)
class Crew:
    """The models of the workers that are ready, by route."""

    of_kind: dict[Kind, str]

    @property
    def names(self) -> list[str]:
        """The real ones first."""
        known = list(dict.fromkeys(self.of_kind.values()))
        return [*known, ALIAS] if known else []

    def choose(self, name: str, kind: Kind | None) -> tuple[Kind, str]:
        """Route and model for a name that a caller gave. Raises ApiError."""
        if not self.of_kind:
            raise no_worker()
        if name not in self.names:
            known = ", ".join(self.names)
            message = f"The model '{name[:100]}' does not exist. Choose one of: {known}."
            raise ApiError(404, "model_not_found", message, "model")
        for route in [kind] if kind else [Kind.MATHS, Kind.CODE]:
            model = self.of_kind.get(route)
            if model is not None and name in {model, ALIAS}:
                return route, model
        raise ApiError(404, "model_not_found", f"This model does not solve '{kind}'.", "model")


async def crew() -> Crew:
    """Raises RedisError."""
    return _crew_of(await sync_to_async(workers, thread_sensitive=False)())


def _crew_of(known: Sequence[WorkerStatus]) -> Crew:
    ready = {kind: serving(kind, known) for kind in Kind}
    return Crew({kind: found[0].model for kind, found in ready.items() if found})


def no_worker() -> ApiError:
    message = "No model is ready. Try again in some seconds."
    return ApiError(503, "no_worker", message, headers={"retry-after": "5"})
