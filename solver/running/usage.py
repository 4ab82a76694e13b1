"""What the site did in the last days: solutions, verdicts, models, times, tokens, storage.

Everything is counted by the database. A day that is over is counted once and kept in the cache:
the scheduler sees to that every hour, so that a page counts two days at any number of solutions.
Hours and days are UTC's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.db.models import (
    CharField,
    Count,
    F,
    IntegerField,
    QuerySet,
    Sum,
)
from django.db.models.functions import Cast, Round, Substr
from django.utils import timezone
from redis.exceptions import RedisError

from solver.models import Solution, State, Upload, Verdict
from solver.running.durations import Seconds

# Changes with `Day`: what an older release kept is not read.
VERSION = 1
# The day before yesterday: the longest run that began in it has ended.
SETTLED_DAYS = 2
# So that what people deleted leaves the figures too.
KEPT_S = 25 * 3600
LONGEST_PERIOD_DAYS = 90
MIX = (Verdict.CHECKED, Verdict.AGREES, Verdict.UNCHECKED, Verdict.CONTRADICTED)
# Times that are too far out to be a run's: a clock was set.
_LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one day's runs: half were faster than the median, nine of ten than the ninth tenth."""

    median_s: float
    ninth_tenth_s: float


@dataclass(frozen=True, slots=True)
class Made:
    """What one model made of one prompt version."""

    model: str
    prompt: str
    runs: int
    verdicts: Counter[str]
    mean_tokens: float


@dataclass(slots=True)
class Output:
    """What one model made of one prompt version on one day."""

    verdicts: Counter[str] = field(default_factory=Counter)
    tokens: float = 0.0


@dataclass(slots=True)
class Day:
    """Everything that is counted of one day. Lies pickled in the cache: see VERSION."""

    by_hour: Counter[int] = field(default_factory=Counter)
    failed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    made: dict[tuple[str, str], Output] = field(default_factory=dict)
    waiting: Spread | None = None
    solving: Spread | None = None


@dataclass(slots=True)
class Usage:
    days: list[date]
    by_day: Counter[date] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    failed_by_day: Counter[date] = field(default_factory=Counter)
    verdicts: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    tokens: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    made: list[Made] = field(default_factory=list)
    waiting: dict[date, Spread] = field(default_factory=dict)
    solving: dict[date, Spread] = field(default_factory=dict)
    people: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the site began."""

    solutions: int
    tokens: int
    uploads: int
    upload_bytes: int
    database_bytes: int


def usage(days: int, now: datetime | None = None) -> Usage:
    """Of the last `days` days, today included."""
    today = (now or timezone.now()).astimezone(UTC).date()
    found = Usage([today - timedelta(days=back) for back in reversed(range(days))])
    counted = _kept(found.days)
    missing = [day for day in found.days if day not in counted]
    if missing:
        counted |= _count(missing)
        _keep({day: counted[day] for day in missing if (today - day).days >= SETTLED_DAYS})
    for day in found.days:
        _add(found, day, counted[day])
    found.made = sorted(_made(counted.values()), key=lambda one: -one.runs)
    rows = _since(found.days[0])
    found.people = rows.aggregate(found=Count("owner", distinct=True))["found"]
    return found


def totals() -> Totals:
    solved = Solution.objects.order_by().aggregate(
        rows=Count("pk"), tokens=Sum(F("prompt_tokens") + F("completion_tokens"))
    )
    given = Upload.objects.order_by().aggregate(rows=Count("pk"), size=Sum("size_bytes"))
    return Totals(
        solutions=solved["rows"],
        tokens=solved["tokens"] or 0,
        uploads=given["rows"],
        upload_bytes=given["size"] or 0,
        database_bytes=_database_bytes(),
    )


def _since(day: date) -> QuerySet[Solution]:
    first = datetime.combine(day, datetime.min.time(), UTC)
    return Solution.objects.filter(created_at__gte=first).order_by()


def _count(days: list[date]) -> dict[date, Day]:
    """From the first of these days on."""
    found = {day: Day() for day in days}
    rows = _since(days[0])
    counted = (
        rows.annotate(hour=_written("created_at", 13))
        .values_list("hour", "state", "verdict", "model", "prompt_name", "prompt_version")
        .annotate(Count("pk"), Sum("prompt_tokens"), Sum("completion_tokens"))
    )
    for hour, state, verdict, model, name, version, count, read, written in counted:
        day = found.get(date.fromisoformat(hour[:10]))
        if day is None:
            continue
        day.by_hour[int(hour[11:13])] += count
        day.tokens.update(read=read, written=written)
        if state == State.FAILED:
            day.failed += count
        if state == State.DONE:
            day.verdicts[verdict] += count
            output = day.made.setdefault((model, f"{name} {version}".strip()), Output())
            output.verdicts[verdict] += count
            output.tokens += written
    waiting = _spreads(rows, Seconds("started_at", "queued_at"))
    solving = _spreads(rows.filter(state=State.DONE), Seconds("finished_at", "started_at"))
    for date_, day in found.items():
        day.waiting, day.solving = waiting.get(date_), solving.get(date_)
    return found


def _add(found: Usage, date_: date, day: Day) -> None:
    found.by_day[date_] = day.by_hour.total()
    found.by_hour += day.by_hour
    if day.failed:
        found.failed_by_day[date_] = day.failed
    found.verdicts[date_], found.tokens[date_] = day.verdicts, day.tokens
    if day.waiting:
        found.waiting[date_] = day.waiting
    if day.solving:
        found.solving[date_] = day.solving


def _made(days: Iterable[Day]) -> Iterator[Made]:
    together: dict[tuple[str, str], Output] = defaultdict(Output)
    for day in days:
        for key, output in day.made.items():
            together[key].verdicts += output.verdicts
            together[key].tokens += output.tokens
    for (model, prompt), output in together.items():
        runs = output.verdicts.total()
        yield Made(model, prompt, runs, output.verdicts, output.tokens / runs)


def _kept(days: list[date]) -> dict[date, Day]:
    """What was counted before; nothing where the cache is away."""
    keys = {_cache_key(day): day for day in days}
    try:
        found: dict[str, Day] = cache.get_many(keys)
    except RedisError:
        return {}
    return {keys[key]: day for key, day in found.items()}


def _keep(counted: dict[date, Day]) -> None:
    try:
        cache.set_many({_cache_key(day): one for day, one in counted.items()}, KEPT_S)
    except RedisError:
        # Counted once more, then.
        return


def _cache_key(day: date) -> str:
    return f"usage:{VERSION}:{day.isoformat()}"


def _spreads(rows: QuerySet[Solution], seconds: Seconds) -> dict[date, Spread]:
    """From a count of each day's times to a tenth of a second: no row leaves the database."""
    counted = (
        rows.annotate(day=_written("created_at", 10), taken=seconds)
        .annotate(tenth=Cast(Round(F("taken") * 10), IntegerField()))
        .values_list("day", "tenth")
        .annotate(Count("pk"))
    )
    times: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for day, tenth, count in counted:
        # None: not started. Filtered here, since the database would compute it once more.
        if tenth is not None and 0 <= tenth < _LONGEST_S * 10:
            times[date.fromisoformat(day)].append((tenth, count))
    return {day: _spread(sorted(found)) for day, found in times.items()}


def _spread(counted: list[tuple[int, int]]) -> Spread:
    """Of (tenths of a second, runs), fastest first."""
    runs = sum(count for _tenth, count in counted)
    reached, median = 0, None
    for tenth, count in counted:
        reached += count
        if median is None and reached * 2 >= runs:
            median = tenth / 10
        if median is not None and reached * 10 >= runs * 9:
            return Spread(median, tenth / 10)
    raise ValueError("There is no spread of no runs.")


def _written(name: str, characters: int) -> Substr:
    """The start of a time as the database writes it (2026-11-22 02…): faster than its parts."""
    return Substr(Cast(name, CharField()), 1, characters)


def _database_bytes() -> int:
    statement = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        size: int = cursor.fetchone()[0]
    return size
