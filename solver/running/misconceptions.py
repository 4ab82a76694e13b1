"""The wrong answers that a class gives most, those that mean the same counted together.

A page must not wait for comparisons, each of which may take seconds: a worker makes them, and
what it found lies in the cache. Until then answers are grouped by their spelling alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count
from redis.exceptions import RedisError

from accounts.models import Classroom
from solver.checking.equivalence import judge
from solver.checking.reading.normaliser import normalise
from solver.models import Attempt, Kind, Result
from solver.running import tickets
from solver.running.grading import answer_in

SHOWN = 10
# Of each problem, the answers given most often are compared with each other.
COMPARED = 12
READ = 1_000
ANSWER_MAX_CHARS = 200
KEPT_S = 30 * 86_400

# Of one problem: an answer's spelling -> the spelling that stands for all that mean the same.
Same = dict[str, str]
Counts = dict[UUID, Counter[str]]


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    assigned_id: UUID
    answer: str
    students: int
    # Other spellings that mean the same.
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misconceptions:
    answers: list[WrongAnswer]
    # Some are still being compared.
    is_open: bool


def misconceptions(classroom: Classroom) -> Misconceptions:
    """The most common ones; asks a worker for the comparisons that nobody has made yet."""
    counts = _counts(classroom.pk)
    known = _known(counts)
    is_open = known is not None and any(_unknown(counts[one], known[one]) for one in counts)
    if is_open:
        tickets.compare_answers(classroom.pk)
    found = [
        one for key in counts for one in _grouped(key, counts[key], (known or {}).get(key, {}))
    ]
    found.sort(key=lambda one: (-one.students, one.answer))
    return Misconceptions(found[:SHOWN], is_open)


def compare(classroom_id: int) -> int:
    """Make the missing comparisons; gives how many answers were placed."""
    counts = _counts(classroom_id)
    known = _known(counts)
    if known is None:
        return 0
    placed = 0
    for key, given in counts.items():
        same = known[key]
        missing = _unknown(given, same)
        for answer in missing:
            same[answer] = _representative(answer, same)
        if missing:
            cache.set(_cache_key(key), same, KEPT_S)
        placed += len(missing)
    return placed


def _counts(classroom_id: int) -> Counts:
    """Students by spelling; programs are not compared: hardly two are alike."""
    rows = (
        Attempt.objects.handed_in()
        .filter(
            assigned__assignment__classroom=classroom_id,
            assigned__assignment__archived_at=None,
            assigned__problem__kind=Kind.MATHS,
            result=Result.WRONG,
        )
        .order_by()
        .values_list("assigned_id", "text")
        .annotate(students=Count("owner", distinct=True))
        .order_by("-students")[:READ]
    )
    counts: Counts = defaultdict(Counter)
    for assigned_id, text, students in rows:
        answer = normalise(answer_in(text))[:ANSWER_MAX_CHARS]
        if answer:
            counts[assigned_id][answer] += students
    return counts


def _known(counts: Counts) -> dict[UUID, Same] | None:
    """What was compared before; None without a cache, where nothing could be kept either."""
    keys = {_cache_key(one): one for one in counts}
    try:
        found = cache.get_many(keys)
    except (RedisError, OSError):
        return None
    return {one: found.get(key, {}) for key, one in keys.items()}


def _unknown(given: Counter[str], same: Same) -> list[str]:
    return [answer for answer, _count in given.most_common(COMPARED) if answer not in same]


def _representative(answer: str, same: Same) -> str:
    for other in dict.fromkeys(same.values()):
        if judge(other, answer).is_equal:
            return other
    return answer


def _grouped(assigned_id: UUID, given: Counter[str], same: Same) -> Iterable[WrongAnswer]:
    groups: dict[str, list[str]] = defaultdict(list)
    for answer, _count in given.most_common():
        groups[same.get(answer, answer)].append(answer)
    for spellings in groups.values():
        students = sum(given[one] for one in spellings)
        yield WrongAnswer(assigned_id, spellings[0], students, tuple(spellings[1:]))


def _cache_key(assigned_id: UUID) -> str:
    return f"wrong-answers:{assigned_id}"
