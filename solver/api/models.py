"""Which models answer now, by the name that callers use."""

from dataclasses import dataclass
from typing import Final

from solver.api.errors import ApiError
from solver.api.lately import lately
from solver.models.problem import Kind
from solver.running.workers import aworkers, serving

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
    """As it was a moment ago. Raises RedisError."""
    return await lately("crew", _read_crew)


async def _read_crew() -> Crew:
    known = await aworkers()
    ready = {kind: serving(kind, known) for kind in Kind}
    return Crew({kind: found[0].model for kind, found in ready.items() if found})


def no_worker() -> ApiError:
    message = "No model is ready. Try again in some seconds."
    return ApiError(503, "no_worker", message, headers={"retry-after": "5"})
