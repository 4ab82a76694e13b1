"""Server time of each page that lists or counts, on the database that the settings name.

    DATA_DIR=/tmp/full python manage.py migrate
    DATA_DIR=/tmp/full python manage.py seed --solutions 100000 --attempts 20000 --classes 200
    DATA_DIR=/tmp/full python -m tests.load.pages

Wall time, processor time of this process (with SQLite the database is part of it) and queries;
the median of some visits after a first one. Nothing is written but what logging in writes.
"""

import argparse
import logging
import os
import statistics
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User

VISITS = 5
LISTS = ("attempt", "review", "solution", "problem", "correction", "promptversion")


@dataclass(frozen=True, slots=True)
class Timed:
    who: str
    page: str
    wall_ms: float
    cpu_ms: float
    queries: int


def pages(user: "User") -> Iterator[tuple[str, str]]:
    """(name, address) of each page that this person has."""
    from django.urls import reverse

    from accounts.models import Classroom
    from solver.running import review_queue
    from solver.running.review_queue import Choice
    from solver.running.review_reasons import Reason

    queue = reverse("admin:review_queue")
    yield "Desk", reverse("admin:index")
    yield "Review queue, oldest first", queue
    yield "Review queue, shuffled", f"{queue}?shuffle=3"
    yield "Review queue, contradicted, page 2", f"{queue}?reason=contradicted&page=2"
    for reason in (Reason.CANNOT_TELL, Reason.CONTRADICTED):
        found = review_queue.first(user, Choice(reason=reason))
        if found is not None:
            yield f"Review of one {found[0]}", reverse("admin:review", args=found)
    for name in LISTS:
        yield f"List: {name}", reverse(f"admin:solver_{name}_changelist")
    classroom = Classroom.objects.visible_to(user).first()
    if classroom is not None:
        yield "Class dashboard", reverse("class_dashboard", args=[classroom.pk])
    if user.is_administrator:
        yield "List: user", reverse("admin:accounts_user_changelist")
        yield "List: classroom", reverse("admin:accounts_classroom_changelist")
        yield "Usage, 30 days", reverse("admin:usage")
        yield "Usage, 90 days", reverse("admin:usage") + "?days=90"


def measure(user: "User", visits: int = VISITS) -> Iterator[Timed]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    for name, address in pages(user):
        # The first visit loads templates and asks for what caches keep.
        response = client.get(address)
        if response.status_code != 200:
            raise AssertionError(f"{address} answers {response.status_code}")
        walls, processor = [], []
        for _visit in range(visits):
            began, used = time.perf_counter(), time.process_time()
            client.get(address)
            walls.append(time.perf_counter() - began)
            processor.append(time.process_time() - used)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        who = "administrator" if user.is_administrator else "teacher"
        wall_ms = statistics.median(walls) * 1_000
        yield Timed(who, name, wall_ms, statistics.median(processor) * 1_000, len(captured))


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the pages that list or count.")
    parser.add_argument("--visits", type=int, default=VISITS)
    options = parser.parse_args()
    _prepare()
    from accounts.models import Role, User

    root, _made = User.objects.get_or_create(
        username="timing", defaults={"role": Role.ADMINISTRATOR, "is_superuser": True}
    )
    print("| who | page | wall ms | cpu ms | queries |\n| --- | --- | ---: | ---: | ---: |")
    for user in (User.objects.get(username="teacher-00001"), root):
        for one in measure(user, options.visits):
            times = f"{one.wall_ms:.0f} | {one.cpu_ms:.0f}"
            print(f"| {one.who} | {one.page} | {times} | {one.queries} |", flush=True)


def _prepare() -> None:
    """The site's settings, but for what needs a server or a collected folder."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vibesite.settings")
    import django
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    warnings.filterwarnings("ignore", "No directory at")
    django.setup()
    logging.disable(logging.WARNING)


if __name__ == "__main__":
    main()
