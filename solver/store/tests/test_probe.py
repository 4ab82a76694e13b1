"""What `manage.py storage check` says of each back end."""

import pytest

from solver.store import probe, setup
from solver.store.tests import servers
from solver.store.tests.shelf import names

NEEDED = ["back end", "put", "get", "conditional get", "list", "missing object", "delete"]


def findings() -> dict[str, probe.Finding]:
    return {found.what: found for found in probe.probe()}


def test_everything_needed_works_and_nothing_is_left(store):
    found = findings()

    assert [what for what in NEEDED if not found[what].is_ok] == []
    assert names("logs") == []


def test_rclone_serves_links_and_is_private(rclone_store):
    found = findings()

    assert found["presigned link"].is_ok
    assert found["private"].is_ok
    assert found["clock"].is_ok
    # rclone ignores If-None-Match: the site must not, and does not, rely on it.
    assert not found["conditional put"].is_needed


def test_set_up_bucket_is_seen_as_such(moto_store):
    assert not findings()["lifecycle"].is_ok

    setup.set_up()

    found = findings()
    assert found["lifecycle"].message == "logs expire after 30 days"
    assert found["conditional put"].is_ok


def test_wrong_secret_is_told_for_what_it_is(settings, rclone):
    settings.STORAGES = servers.aliases(servers.options(rclone.url, "b", secret_key="wrong"))

    found = findings()

    assert "S3_SECRET_ACCESS_KEY" in found["put"].message
    assert not found["delete"].is_ok


def test_where_names_no_key(rclone_store):
    assert servers.KEY not in probe.where()
    assert servers.SECRET not in probe.where()
    assert rclone_store in probe.where()


def test_public_bucket_is_told_in_capitals(settings):
    def answer(verb: str, path: str) -> servers.Reply:
        return 200, {"ETag": '"1"'}, probe._BODY if verb == "GET" else b""

    with servers.scripted(answer) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        found = findings()

    assert not found["private"].is_ok
    assert "ANYONE" in found["private"].message
    assert not found["list"].is_ok


@pytest.mark.parametrize("status", [403])
def test_missing_that_looks_denied_is_explained(settings, status):
    def answer(verb: str, path: str) -> servers.Reply:
        if verb == "GET":
            return servers.error(status, "AccessDenied")
        return 200, {"ETag": '"1"'}, b""

    with servers.scripted(answer) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        found = findings()

    assert "allow ListBucket" in found["missing object"].message
