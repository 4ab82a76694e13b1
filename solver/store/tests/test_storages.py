"""What every back end does alike."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from solver.store import bucket
from solver.store.faults import FaultKind, StorageFault
from solver.store.stored import Answer, Stored
from solver.store.tests import servers
from solver.store.tests.shelf import body, s3, stored

HOSTILE = ["../outside.txt", "/etc/passwd", "a/../../b.txt", "v1/../../x", ""]


def test_put_then_fetch_gives_the_same_bytes(store):
    prompts = bucket.storage("prompts")
    prompts.put("v1/x.txt", "Löse √2 \n".encode(), "text/plain")

    found = prompts.fetch("v1/x.txt")

    assert isinstance(found, Stored)
    assert found.body == "Löse √2 \n".encode()
    assert found.etag
    assert found.modified is not None
    assert datetime.now(UTC) - found.modified < timedelta(minutes=5)


def test_fetch_tells_missing_from_there(store):
    assert bucket.storage("prompts").fetch("nothing.txt") is Answer.MISSING
    assert bucket.storage("prompts").fetch("no/such/folder.txt") is Answer.MISSING


def test_known_etag_is_not_sent_again(store):
    prompts = bucket.storage("prompts")
    prompts.put("house.txt", b"one", "text/plain")
    etag = stored("prompts", "house.txt").etag

    assert prompts.fetch("house.txt", etag) is Answer.SAME
    prompts.put("house.txt", b"two!", "text/plain")
    found = prompts.fetch("house.txt", etag)
    assert isinstance(found, Stored)
    assert found.body == b"two!"


def test_empty_object_is_no_missing_one(store):
    bucket.storage("logs").put("empty.json", b"", "application/json")

    assert body("logs", "empty.json") == b""


def test_larger_object_than_asked_for_is_refused(store):
    bucket.storage("configs").put("big.json", b"x" * 2000, "application/json")

    with pytest.raises(StorageFault) as caught:
        bucket.storage("configs").fetch("big.json", max_bytes=1000)

    assert caught.value.kind is FaultKind.TOO_BIG


def test_names_lists_one_alias_alone(store):
    bucket.storage("logs").put("20261121/a.json", b"1", "application/json")
    bucket.storage("logs").put("20261122/b.json", b"2", "application/json")
    bucket.storage("prompts").put("p.txt", b"3", "text/plain")

    assert [name for name, _ in bucket.storage("logs").names()] == [
        "20261121/a.json",
        "20261122/b.json",
    ]
    assert [name for name, _ in bucket.storage("logs").names("20261122/")] == ["20261122/b.json"]


def test_remove_is_final_and_repeatable(store):
    bucket.storage("logs").put("a.json", b"1", "application/json")

    bucket.storage("logs").remove("a.json")
    bucket.storage("logs").remove("a.json")

    assert bucket.storage("logs").fetch("a.json") is Answer.MISSING


@pytest.mark.parametrize("name", HOSTILE)
def test_name_from_outside_leaves_its_folder_alone(store, name):
    with pytest.raises(StorageFault):
        bucket.storage("logs").put(name, b"x", "text/plain")
    if name:
        with pytest.raises(StorageFault):
            bucket.storage("logs").fetch(name)


def test_django_file_interface_keeps_and_deletes(store):
    name = default_storage.save("a/b.txt", ContentFile(b"bytes"))

    with default_storage.open(name) as file:
        assert file.read() == b"bytes"
    assert default_storage.save("a/b.txt", ContentFile(b"other")) != name
    default_storage.delete(name)
    assert not default_storage.exists(name)


@pytest.mark.parametrize("server", ["rclone", "moto"])
def test_link_works_without_a_key_and_expires(server, request):
    request.getfixturevalue(f"{server}_store")
    bucket.storage("default").put("pic.png", b"picture", "image/png")

    url = bucket.storage("default").link("pic.png", 60, "shown.png", "image/png")

    assert url is not None
    assert servers.SECRET not in url
    assert "X-Amz-Expires=60" in url
    answer = httpx.get(url)
    assert answer.content == b"picture"


def test_rclone_gives_nothing_without_a_signature(rclone_store, rclone):
    bucket.storage("default").put("pic.png", b"picture", "image/png")

    # rclone calls a request without a signature a bad one.
    assert httpx.get(f"{rclone.url}/{rclone_store}/uploads/pic.png").status_code >= 400


def test_folder_files_are_the_sites_alone(folder_store: Path):
    bucket.storage("default").put("202611/pic.png", b"picture", "image/png")

    mode = (folder_store / "uploads" / "202611" / "pic.png").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert bucket.storage("default").link("202611/pic.png", 60, "a", "image/png") is None


def test_folder_put_leaves_no_draft_where_the_disk_refuses(folder_store: Path):
    (folder_store / "logs").mkdir(parents=True)
    (folder_store / "logs" / "taken").mkdir()

    with pytest.raises(StorageFault):
        bucket.storage("logs").put("taken", b"x", "text/plain")

    assert [path.name for path in (folder_store / "logs").iterdir()] == ["taken"]


def test_encryption_header_goes_with_each_object(settings, moto_url, moto_store):
    headers = {"ServerSideEncryption": "AES256"}
    shared = servers.options(moto_url, moto_store, object_parameters=headers)
    settings.STORAGES = servers.aliases(shared)

    bucket.storage("logs").put("a.json", b"1", "application/json")

    head = s3("logs").client.head_object(**s3("logs").at("a.json"))
    assert head["ServerSideEncryption"] == "AES256"


def test_client_says_all_of_its_settings(rclone_store):
    config = s3("logs").client.meta.config

    assert config.signature_version == "s3v4"
    assert config.s3["addressing_style"] == "path"
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"
    assert (config.connect_timeout, config.read_timeout) == (10.0, 20.0)


def test_aliases_share_one_client(rclone_store):
    assert s3("logs").client is s3("prompts").client
