import os
import time
from datetime import timedelta

from solver.store import alerts, archive, bucket, prompts, releases, upkeep
from solver.store.tests import servers
from solver.store.tests.shelf import names, put, solved


def all_rounds() -> None:
    upkeep.refresh()
    upkeep.every_minute()
    upkeep.every_hour()
    upkeep.every_day()


def test_rounds_of_a_healthy_site_raise_nothing(store, alice):
    all_rounds()
    all_rounds()

    assert alerts.active() == []


def test_rounds_bear_an_outage_and_end_its_alerts(settings, folder_store, alice, bob):
    good = settings.STORAGES
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    releases.write("hint", "One.", bob)
    archive.archive(solved(alice).pk)
    all_rounds()
    assert {"logs", "prompts", "configs", "uploads"} <= {alert.topic for alert in alerts.active()}

    settings.STORAGES = good
    bucket.resume()
    all_rounds()
    assert alerts.active() == []
    assert "v1/hint.txt" in names("prompts")
    assert len(names("logs")) == 1


def test_refresh_sees_an_edit_at_once(store):
    put("prompts", "system_prompt.txt", "First.")
    upkeep.refresh()
    put("prompts", "system_prompt.txt", "Second.")
    upkeep.refresh()

    assert prompts.house().text == "Second."


def test_old_logs_of_a_folder_expire(folder_store, alice, settings):
    old, new = solved(alice), solved(alice)
    for solution in (old, new):
        archive.archive(solution.pk)
    then = time.time() - timedelta(days=settings.LOG_DAYS, hours=1).total_seconds()
    for path in (folder_store / "logs").rglob(f"{old.pk}.json"):
        os.utime(path, (then, then))

    assert upkeep.expire_logs() == 1
    assert [name.split("/")[1] for name in names("logs")] == [f"{new.pk}.json"]


def test_logs_of_a_bucket_are_left_to_its_lifecycle(rclone_store):
    assert upkeep.expire_logs() == 0
