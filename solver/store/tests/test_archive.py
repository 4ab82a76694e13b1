"""One log object for each finished solution, whatever the bucket does meanwhile."""

import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from solver.models.solution import Solution, State
from solver.running.tests.conftest import in_threads
from solver.store import alerts, archive, bucket, spool
from solver.store.archive import Outcome
from solver.store.faults import StorageFault
from solver.store.tests import servers
from solver.store.tests.shelf import body, names, solved


def key(solution: Solution) -> str:
    assert solution.finished_at is not None
    return f"{solution.finished_at:%Y%m%d}/{solution.pk}.json"


@pytest.fixture
def away(settings, folder_store):
    """The bucket cannot be reached; calling the fixture's value brings it back."""
    good = settings.STORAGES
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))

    def back() -> None:
        settings.STORAGES = good
        bucket.resume()

    return back


def test_finished_solution_lies_under_its_day_and_id(store, alice):
    solution = solved(alice)

    assert archive.archive(solution.pk) is Outcome.STORED

    assert json.loads(body("logs", key(solution)))["id"] == str(solution.pk)
    solution.refresh_from_db()
    assert solution.archived_at is not None
    assert archive.archive(str(solution.pk)) is Outcome.ALREADY


@pytest.mark.parametrize("name", ["../../etc/passwd", "x", "20261121/../x", "", "1; drop"])
def test_log_name_from_outside_is_refused(name):
    with pytest.raises(ValueError):
        archive.archive(name)


@pytest.mark.django_db
def test_unknown_solution_is_gone():
    assert archive.archive(uuid.uuid4()) is Outcome.GONE


def test_running_solution_is_too_early(folder_store, alice):
    solution = solved(alice, state=State.RUNNING, finished_at=None)

    assert archive.archive(solution.pk) is Outcome.TOO_EARLY


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_every_final_state_is_logged(folder_store, alice, state):
    assert archive.archive(solved(alice, state=state).pk) is Outcome.STORED


def test_outage_spools_and_drains_in_order(away, alice, settings):
    start = timezone.now()
    late, early = (
        solved(alice, finished_at=start - timedelta(minutes=minutes)) for minutes in (1, 9)
    )
    assert [archive.archive(one.pk) for one in (late, early)] == [Outcome.SPOOLED] * 2
    assert archive.archive(late.pk) is Outcome.SPOOLED
    assert len(spool.all_waiting()) == 2
    assert {alert.topic for alert in alerts.active()} == {"logs", "log spool"}

    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"")) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        bucket.resume()
        assert archive.drain() == 2
        assert server.requests == [("PUT", f"/bucket/logs/{key(one)}") for one in (early, late)]

    assert spool.is_empty()
    assert alerts.active() == []
    assert Solution.objects.filter(archived_at=None).count() == 0


def test_new_log_waits_behind_older_ones(away, alice):
    first = solved(alice, finished_at=timezone.now() - timedelta(minutes=5))
    archive.archive(first.pk)
    away()

    second = solved(alice)
    archive.archive(second.pk)

    assert names("logs") == sorted([key(first), key(second)])
    assert spool.is_empty()


def test_full_spool_owes_the_rest_to_the_database(away, alice, settings):
    settings.LOG_SPOOL_MAX_FILES = 2
    now = timezone.now()
    rows = [solved(alice, finished_at=now - timedelta(minutes=9 - age)) for age in range(3)]

    outcomes = [archive.archive(row.pk) for row in rows]

    assert outcomes == [Outcome.SPOOLED, Outcome.SPOOLED, Outcome.OWED]
    assert "oldest waits since" in next(
        alert.message for alert in alerts.active() if alert.topic == "log spool"
    )
    away()
    archive.drain()
    for row in rows:
        archive.archive(row.pk)
    assert len(names("logs")) == 3


def test_spool_is_bounded_in_bytes_too(away, alice, settings):
    settings.LOG_SPOOL_MAX_BYTES = 10

    assert archive.archive(solved(alice).pk) is Outcome.OWED


def test_disk_that_refuses_is_raised_for_the_task_to_retry(away, alice, settings, tmp_path):
    (tmp_path / "taken").write_text("a file where a folder should be")
    settings.LOG_SPOOL_DIR = tmp_path / "taken"

    with pytest.raises(StorageFault):
        archive.archive(solved(alice).pk)


def test_spool_files_are_the_sites_alone(away, alice):
    archive.archive(solved(alice).pk)

    assert spool.all_waiting()[0].path.stat().st_mode & 0o077 == 0


def test_strange_file_in_the_spool_is_left_alone(away, alice):
    archive.archive(solved(alice).pk)
    (spool.folder() / "notes.txt").write_text("mine")
    away()

    assert archive.drain() == 1
    assert (spool.folder() / "notes.txt").exists()


def test_deleted_solution_leaves_no_log_behind(away, alice):
    solution = solved(alice)
    archive.archive(solution.pk)
    solution.problem.delete()
    away()

    archive.drain()

    assert names("logs") == []


@pytest.mark.django_db(transaction=True)
def test_many_threads_write_each_log_once(folder_store, alice):
    rows = [solved(alice) for _ in range(10)]
    in_threads(4, lambda _: [archive.archive(row.pk) for row in rows])
    assert names("logs") == sorted(key(row) for row in rows)


def test_find_reads_a_log_back(store, alice):
    solution = solved(alice)
    archive.archive(solution.pk)
    assert solution.finished_at is not None

    found = archive.find(solution.pk, solution.finished_at.date())

    assert found is not None
    assert found["sampling"] == {"temperature": 0.0, "seed": 7}
    assert archive.find(uuid.uuid4(), solution.finished_at.date()) is None


# -- LOG_BUNDLE=hourly ------------------------------------------------------------------------

HOUR = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


@pytest.fixture
def hourly(settings, folder_store):
    settings.LOG_BUNDLE = "hourly"


def test_hours_that_are_over_become_one_object_each(hourly, alice):
    rows = [solved(alice, finished_at=HOUR + timedelta(minutes=minutes)) for minutes in (5, 50, 65)]
    now = solved(alice)
    for row in (*rows, now):
        assert archive.archive(row.pk) is Outcome.SPOOLED

    assert archive.pack() == 3

    found = names("logs")
    assert [name[:11] for name in found] == ["20261121/22", "20261121/23"]
    lines = gzip.decompress(body("logs", found[0])).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(row.pk) for row in rows[:2]]
    assert [one.solution_id for one in spool.all_waiting()] == [now.pk]
    assert Solution.objects.filter(archived_at=None).get() == now
    inside = archive.find(rows[1].pk, HOUR.date())
    assert inside is not None
    assert inside["id"] == str(rows[1].pk)


def test_sealed_hour_outlives_an_outage_and_is_sent_once(hourly, settings, alice):
    row = solved(alice, finished_at=HOUR)
    archive.archive(row.pk)
    good = settings.STORAGES
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    assert archive.pack() == 0
    assert archive.archive(row.pk) is Outcome.SPOOLED

    settings.STORAGES = good
    bucket.resume()
    assert archive.pack() == 1
    assert archive.pack() == 0
    assert len(names("logs")) == 1


def test_half_removed_hour_is_not_sent_again(hourly, alice):
    archive.archive(solved(alice, finished_at=HOUR).pk)
    archive.pack()
    leftover = spool.sealed_folder() / ".20261121T22-000000000000"
    leftover.mkdir(parents=True)
    (leftover / "x.json").write_text("{}")

    assert archive.pack() == 0
    assert len(names("logs")) == 1
    assert not leftover.exists()


def test_switching_bundles_off_sends_what_waits(hourly, settings, alice):
    archive.archive(solved(alice).pk)
    settings.LOG_BUNDLE = "off"

    assert archive.drain() == 1
