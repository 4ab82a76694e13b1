"""What is wrong with a bucket is told in words, quickly, and without a secret."""

import time

import pytest

from solver.store import alerts, bucket
from solver.store.faults import FaultKind, StorageFault
from solver.store.tests import servers
from solver.store.tests.shelf import body
from tests.ports import free_port

ANSWERS = [
    (403, "InvalidAccessKeyId", FaultKind.CREDENTIALS),
    (403, "SignatureDoesNotMatch", FaultKind.CREDENTIALS),
    (400, "ExpiredToken", FaultKind.CREDENTIALS),
    (403, "RequestTimeTooSkewed", FaultKind.CLOCK),
    (403, "AccessDenied", FaultKind.DENIED),
    (404, "NoSuchBucket", FaultKind.NO_BUCKET),
    (400, "AuthorizationHeaderMalformed", FaultKind.REGION),
    (301, "PermanentRedirect", FaultKind.REGION),
    (503, "SlowDown", FaultKind.BUSY),
    (429, "TooManyRequests", FaultKind.BUSY),
    (500, "InternalError", FaultKind.SERVER),
    (418, "<script>", FaultKind.OTHER),
]


def use(settings, url: str, **changes: object) -> None:
    settings.STORAGES = servers.aliases(servers.options(url, "bucket", **changes))


@pytest.mark.parametrize(("status", "code", "kind"), ANSWERS)
def test_answer_of_the_server_becomes_a_kind(settings, status, code, kind):
    with servers.scripted(lambda verb, path: servers.error(status, code)) as server:
        use(settings, server.url)
        for act in (
            lambda: bucket.storage("prompts").fetch("x.txt"),
            lambda: bucket.storage("prompts").put("x.txt", b"x", "text/plain"),
            lambda: list(bucket.storage("prompts").names()),
        ):
            with pytest.raises(StorageFault) as caught:
                act()
            assert caught.value.kind is kind
            assert servers.SECRET not in str(caught.value) + caught.value.cause


def test_redirect_that_names_a_region_is_told_too(settings):
    def answer(verb: str, path: str) -> servers.Reply:
        status, headers, body = servers.error(301, "PermanentRedirect")
        return status, {**headers, "x-amz-bucket-region": "eu-west-1"}, body

    with servers.scripted(answer) as server:
        use(settings, server.url)
        with pytest.raises(StorageFault) as caught:
            bucket.storage("prompts").fetch("x.txt")
        assert caught.value.kind is FaultKind.REGION
        assert len(server.requests) < 5


def test_list_alone_denied_lets_objects_be_read(settings):
    def answer(verb: str, path: str) -> servers.Reply:
        if "list-type" in path:
            return servers.error(403, "AccessDenied")
        return 200, {"ETag": '"1"'}, b"text"

    with servers.scripted(answer) as server:
        use(settings, server.url)
        assert body("prompts", "x.txt") == b"text"
        with pytest.raises(StorageFault) as caught:
            list(bucket.storage("prompts").names())
        assert caught.value.kind is FaultKind.DENIED


def test_busy_server_is_asked_four_times_in_all(settings):
    with servers.scripted(lambda verb, path: servers.error(503, "SlowDown")) as server:
        use(settings, server.url, total_attempts=4)
        with pytest.raises(StorageFault):
            bucket.storage("prompts").fetch("x.txt")
        assert len(server.requests) == 4


def test_wrong_secret_and_missing_bucket_on_a_real_server(settings, rclone):
    use(settings, rclone.url, secret_key="wrong")
    with pytest.raises(StorageFault) as caught:
        bucket.storage("prompts").fetch("x.txt")
    assert caught.value.kind is FaultKind.CREDENTIALS
    use(settings, rclone.url)
    with pytest.raises(StorageFault) as caught:
        bucket.storage("prompts").fetch("x.txt")
    assert caught.value.kind is FaultKind.NO_BUCKET


def test_nobody_listening_is_unreachable(settings):
    use(settings, f"http://127.0.0.1:{free_port()}")

    with pytest.raises(StorageFault) as caught:
        bucket.storage("prompts").fetch("x.txt")

    assert caught.value.kind is FaultKind.UNREACHABLE


def test_dripping_body_is_left_after_its_time(settings):
    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"x" * 1000)) as server:
        server.drip_s = 0.1
        use(settings, server.url, body_timeout_s=0.5)
        started = time.monotonic()
        with pytest.raises(StorageFault) as caught:
            bucket.storage("prompts").fetch("x.txt")

    assert caught.value.kind is FaultKind.SLOW
    assert time.monotonic() - started < 3


def test_silent_server_is_left_after_the_read_timeout(settings):
    with servers.scripted(lambda verb, path: (200, {"ETag": '"1"'}, b"xy")) as server:
        server.drip_s = 30.0
        use(settings, server.url, read_timeout_s=0.3)
        with pytest.raises(StorageFault) as caught:
            bucket.storage("prompts").fetch("x.txt")

    assert caught.value.kind in {FaultKind.SLOW, FaultKind.UNREACHABLE}


def test_body_cut_short_is_no_prompt(settings):
    def answer(verb: str, path: str) -> servers.Reply:
        return 200, {"ETag": '"1"', "Content-Length": "100", "Connection": "close"}, b"You are"

    with servers.scripted(answer) as server:
        use(settings, server.url)
        with pytest.raises(StorageFault):
            bucket.storage("prompts").fetch("x.txt")


@pytest.mark.parametrize(
    "changes", [{"endpoint_url": "no address"}, {"bucket_name": "no bucket name"}]
)
def test_options_that_make_no_sense(settings, changes):
    use(settings, "http://127.0.0.1:1", **changes)

    with pytest.raises(StorageFault) as caught:
        bucket.storage("prompts").fetch("x.txt")

    assert caught.value.kind is FaultKind.OPTIONS


def test_fault_raises_an_alert_and_success_ends_it(settings, rclone, rclone_store):
    good = settings.STORAGES
    use(settings, rclone.url)
    with pytest.raises(StorageFault):
        bucket.fetch("prompts", "x.txt")
    assert [alert.topic for alert in alerts.active()] == ["prompts"]
    assert "does not exist" in alerts.active()[0].message

    settings.STORAGES = good
    bucket.resume()
    bucket.fetch("prompts", "x.txt")
    assert alerts.active() == []


def test_storage_is_left_alone_after_a_fault(settings):
    with servers.scripted(lambda verb, path: servers.error(500, "InternalError")) as server:
        use(settings, server.url)
        for _ in range(20):
            with pytest.raises(StorageFault):
                bucket.fetch("logs", "x.json")
        assert len(server.requests) == 1


def test_alert_stands_while_redis_is_away(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    from solver.store import shared

    shared.client.cache_clear()
    try:
        alerts.report("logs", "The storage is away.")
        assert [alert.topic for alert in alerts.active()] == ["logs"]
        alerts.clear("logs")
        assert alerts.active() == []
    finally:
        shared.client.cache_clear()
