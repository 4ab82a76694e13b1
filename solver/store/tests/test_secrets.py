"""Neither a key nor a student's words in logs and answers, whatever fails."""

import pytest
from django.test import Client
from django.urls import reverse

from solver.store import archive, bucket, config, layouts, prompts, releases
from solver.store.tests import servers
from solver.store.tests.shelf import PLANTED, put, solved

ANSWERS = [
    (403, "InvalidAccessKeyId"),
    (403, "AccessDenied"),
    (403, "RequestTimeTooSkewed"),
    (404, "NoSuchBucket"),
    (503, "SlowDown"),
    (500, "InternalError"),
]
FORBIDDEN = [servers.SECRET, servers.KEY, PLANTED, "X-Amz-Signature", "planted server text"]


def everything(alice, client: Client) -> str:
    """Whatever touches the bucket, once; gives what the site answered."""
    bucket.resume()
    solution = solved(alice, system_prompt=f"You know {PLANTED}.")
    prompts.choose("maths solver", alice.pk)
    config.current()
    layouts.lay_out(solution)
    archive.archive(solution.pk)
    archive.drain()
    releases.mirror_labels()
    pages = [client.get("/readyz")]
    return "".join(page.content.decode() for page in pages)


@pytest.mark.parametrize(("status", "code"), ANSWERS)
def test_faults_of_the_server_tell_no_secret(status, code, settings, alice, client, caplog, capfd):
    with servers.scripted(lambda verb, path: servers.error(status, code)) as server:
        settings.STORAGES = servers.aliases(servers.options(server.url, "bucket"))
        with caplog.at_level("DEBUG"):
            told = everything(alice, client)

    out, err = capfd.readouterr()
    logged = caplog.text + out + err
    assert "storage_alert" in logged
    for planted in FORBIDDEN:
        assert planted not in logged
        assert planted not in told


def test_unreachable_server_tells_no_secret(settings, alice, client, caplog, capfd):
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    with caplog.at_level("DEBUG"):
        told = everything(alice, client)

    out, err = capfd.readouterr()
    for planted in FORBIDDEN:
        assert planted not in caplog.text + out + err + told


def test_bad_objects_tell_their_fault_and_no_text(folder_store, alice, client, caplog, capfd):
    put("prompts", "system_prompt.txt", f"{PLANTED} {{{{who}}}}")
    put("configs", "model_config.json", f'{{"temperature": "{PLANTED}"}}')
    put("templates", "print.md.jinja", "{{ {}[problem.text] }}")
    with caplog.at_level("DEBUG"):
        told = everything(alice, client)

    out, err = capfd.readouterr()
    for planted in FORBIDDEN:
        assert planted not in caplog.text + out + err + told


def test_pages_in_an_outage_tell_no_secret(settings, bob, client):
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    client.force_login(bob)

    written = client.post(
        reverse("admin:prompt_write", args=["hint"]), {"text": "One."}, follow=True
    )
    submitted = client.post(
        reverse("problem_new"), {"text": "1 + 1 = ?", "kind": "maths"}, follow=True
    )

    for page in (written, submitted):
        assert page.status_code == 200
        for planted in (servers.SECRET, servers.KEY, "Traceback"):
            assert planted not in page.content.decode()
