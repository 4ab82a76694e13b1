"""How many live pages each person has open in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

_open: Counter[int] = Counter()


class TooManyConnections(Exception):
    """This person has as many pages open as the process allows; the message says what to do."""


def open_count(person_id: int) -> int:
    return _open.get(person_id, 0)


@contextmanager
def counted(person_id: int) -> Iterator[None]:
    """Hold one place of a person; raises TooManyConnections when there is none."""
    limit = settings.SOCKETS_PER_PERSON
    if _open[person_id] >= limit:
        raise TooManyConnections(
            f"You have {limit} live pages open already. Close some of them, then reload this one."
        )
    _open[person_id] += 1
    try:
        yield
    finally:
        _open[person_id] -= 1
        if not _open[person_id]:
            del _open[person_id]
