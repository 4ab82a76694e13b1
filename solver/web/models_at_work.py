"""Which models would take a problem now, and whether they are to be trusted."""

import re

from redis.exceptions import RedisError

from solver.running.workers import Status, workers

# Models small enough to run anywhere, and too small to be trusted with mathematics.
_DEMONSTRATION = re.compile(r"smollm|scripted", re.IGNORECASE)


def is_demonstration(model: str) -> bool:
    return bool(_DEMONSTRATION.search(model))


def models_at_work() -> list[str]:
    """Names of the models that are ready; none where Redis is away or nothing runs."""
    try:
        ready = {worker.model for worker in workers() if worker.status == Status.READY}
    except (RedisError, OSError):
        return []
    return sorted(ready - {""})
