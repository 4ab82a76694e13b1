"""Freshness, the last good value, and how little the bucket is asked."""

import pytest

from solver.running.tests.conftest import in_threads
from solver.store import alerts, bucket, shared
from solver.store.cached import CachedObject, Kind
from solver.store.tests import servers
from solver.store.tests.shelf import put


def parse(body: bytes) -> str:
    if body == b"bad":
        raise ValueError("The object is bad: mend it.")
    return body.decode()


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def worker(clock: Clock | None = None) -> CachedObject[str]:
    """The object as one more process would hold it."""
    kind = Kind("prompts", "house.txt", "house prompt", parse, lambda old, new: {"chars": 1})
    return CachedObject(kind, clock or Clock())


def expire(clock: Clock, cache_s: float = 61.0) -> None:
    """The time limit is over, here and in Redis."""
    clock.now += cache_s
    shared.client().delete(shared.key("object", "prompts", "house.txt", "fresh"))


def test_missing_object_is_none_and_no_alert(store):
    assert worker().current() is None
    assert alerts.active() == []


def test_edit_is_seen_after_the_time_limit_and_not_before(store):
    clock = Clock()
    one = worker(clock)
    put("prompts", "house.txt", "first")
    assert one.current() == "first"

    put("prompts", "house.txt", "second")
    clock.now += 30
    assert one.current() == "first"
    expire(clock)
    assert one.current() == "second"


def test_removed_object_is_none_again(store):
    clock = Clock()
    one = worker(clock)
    put("prompts", "house.txt", "first")
    assert one.current() == "first"

    bucket.storage("prompts").remove("house.txt")
    expire(clock)
    assert one.current() is None


def test_second_process_takes_the_first_ones_answer_from_redis(settings):
    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"text")) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        assert [worker().current() for _ in range(5)] == ["text"] * 5
        assert len(server.requests) == 1


def test_refresh_by_the_scheduler_saves_solutions_the_request(settings):
    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"text")) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        worker().refresh()
        asked = len(server.requests)
        assert worker().current() == "text"
        assert len(server.requests) == asked


def test_crowd_of_threads_asks_once(settings):
    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"text")) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        one = worker()
        assert in_threads(16, lambda _: one.current()) == ["text"] * 16
        assert len(server.requests) == 1


def test_fault_keeps_the_last_good_value_and_alerts(settings, folder_store):
    clock = Clock()
    one = worker(clock)
    put("prompts", "house.txt", "good")
    assert one.current() == "good"

    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    expire(clock)
    assert one.current() == "good"
    assert [alert.topic for alert in alerts.active()] == ["prompts"]


def test_process_that_starts_in_an_outage_takes_the_last_good_from_redis(settings, folder_store):
    put("prompts", "house.txt", "good")
    worker().current()
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    expire(Clock())

    assert worker().current() == "good"


def test_bad_content_keeps_the_last_good_until_it_is_mended(store):
    clock = Clock()
    one = worker(clock)
    put("prompts", "house.txt", "good")
    one.current()

    put("prompts", "house.txt", "bad")
    expire(clock)
    assert one.current() == "good"
    assert [(alert.topic, alert.message) for alert in alerts.active()] == [
        ("house prompt", "The object is bad: mend it.")
    ]
    assert worker().current() == "good"

    put("prompts", "house.txt", "mended")
    expire(clock)
    assert one.current() == "mended"
    assert alerts.active() == []


def test_bad_content_that_was_never_good_is_none(store):
    put("prompts", "house.txt", "bad")

    assert worker().current() is None


def test_slow_bucket_holds_a_solution_up_for_a_moment_only(settings):
    settings.STORE_FIRST_WAIT_S = 0.2
    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"slow text")) as server:
        server.drip_s = 0.1
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        one = worker()
        assert one.current() is None
        flight = one._flight
        assert flight is not None
        flight.join(60)
        assert one.current() == "slow text"


def test_two_processes_agree_without_redis(settings, folder_store, valkey_server):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    shared.client.cache_clear()
    try:
        put("prompts", "house.txt", "text")
        assert (worker().current(), worker().current()) == ("text", "text")
    finally:
        shared.client.cache_clear()


@pytest.mark.parametrize("back_end", ["folder", "moto"])  # rclone keeps no metadata
def test_change_is_logged_with_its_author(back_end, request, caplog):
    request.getfixturevalue(f"{back_end}_store")
    clock = Clock()
    one = worker(clock)
    bucket.storage("prompts").put("house.txt", b"first", "text/plain", "root")
    one.current()
    bucket.storage("prompts").put("house.txt", b"second", "text/plain", "root")
    expire(clock)
    with caplog.at_level("INFO"):
        one.current()

    logged = [record.getMessage() for record in caplog.records]
    changed = [line for line in logged if "stored_object_changed" in line]
    assert len(changed) == 1
    assert "'author': 'unknown'" not in changed[0]


@pytest.mark.parametrize("packed", [b'{"etag": "x", "good": "YmFk", "problem": ""}'])
def test_value_of_another_release_in_redis_is_no_crash(folder_store, packed):
    shared.client().set(shared.key("object", "prompts", "house.txt", "seen"), packed)
    shared.client().set(shared.key("object", "prompts", "house.txt", "fresh"), "1", px=10_000)

    assert worker().current() is None
