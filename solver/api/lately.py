"""What every call needs and what hardly changes, read at most once a moment by a process."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar

from cachetools import TTLCache

MOMENT_S: Final = 0.5
Value = TypeVar("Value")

_known: TTLCache[Hashable, Any] = TTLCache(1_000, MOMENT_S)


async def lately(key: Hashable, read: Callable[[], Awaitable[Value]]) -> Value:
    """What `read` gave for this key at most MOMENT_S ago, or gives now; never None."""
    found: Value | None = _known.get(key)
    if found is None:
        found = _known[key] = await read()
    return found


def forget() -> None:
    _known.clear()
