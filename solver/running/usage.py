"""What the site did in the last days: solutions, verdicts, models, times, tokens, storage.

Everything is counted by the database, so that a page costs the same at any number of solutions.
Hours and days are UTC's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    Avg,
    CharField,
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    QuerySet,
    Sum,
)
from django.db.models.functions import Cast, Round, Substr
from django.utils import timezone

from solver.models import Solution, State, Upload, Verdict

# Times that are too far out to be a run's: a clock was set.
_LONGEST_S = 86_400.0


class Seconds(Func):
    """From the second time to the first, computed in the database itself."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "((julianday(%(expressions)s)) * 86400.0)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=") - julianday(", **extra
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "EXTRACT(EPOCH FROM (%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **extra)


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
    first = datetime.combine(found.days[0], datetime.min.time(), UTC)
    rows = Solution.objects.filter(created_at__gte=first).order_by()
    _count_hours(found, rows)
    found.made = sorted(_made(rows), key=lambda one: -one.runs)
    ended = rows.filter(state=State.DONE)
    found.waiting = _spreads(rows, Seconds("started_at", "queued_at"))
    found.solving = _spreads(ended, Seconds("finished_at", "started_at"))
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


def _count_hours(found: Usage, rows: QuerySet[Solution]) -> None:
    counted = (
        rows.annotate(hour=_written("created_at", 13))
        .values_list("hour", "state", "verdict")
        .annotate(Count("pk"), Sum("prompt_tokens"), Sum("completion_tokens"))
    )
    for hour, state, verdict, count, read, written in counted:
        day = date.fromisoformat(hour[:10])
        found.by_day[day] += count
        found.by_hour[int(hour[11:13])] += count
        found.tokens[day].update(read=read, written=written)
        if state == State.DONE:
            found.verdicts[day][verdict] += count
        if state == State.FAILED:
            found.failed_by_day[day] += count


def _made(rows: QuerySet[Solution]) -> Iterator[Made]:
    counted = (
        rows.filter(state=State.DONE)
        .values_list("model", "prompt_name", "prompt_version", "verdict")
        .annotate(Count("pk"), Avg("completion_tokens"))
    )
    verdicts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    tokens: Counter[tuple[str, str]] = Counter()
    for model, name, version, verdict, count, mean in counted:
        key = (model, f"{name} {version}".strip())
        verdicts[key][verdict] += count
        tokens[key] += mean * count
    for (model, prompt), mix in verdicts.items():
        runs = mix.total()
        yield Made(model, prompt, runs, mix, tokens[model, prompt] / runs)


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


MIX = (Verdict.CHECKED, Verdict.AGREES, Verdict.UNCHECKED, Verdict.CONTRADICTED)
