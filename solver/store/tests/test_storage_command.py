from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from solver.store import releases
from solver.store.tests import servers
from solver.store.tests.shelf import put


def storage(*arguments: str) -> str:
    out = StringIO()
    call_command("storage", *arguments, stdout=out)
    return out.getvalue()


def test_check_lists_what_works(store):
    said = storage("check")

    assert "ok  put" in said
    assert "NO " not in said


def test_check_fails_with_the_reason_and_no_secret(settings):
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    out = StringIO()

    with pytest.raises(CommandError, match="does not work"):
        call_command("storage", "check", stdout=out)

    assert "cannot be reached" in out.getvalue()
    assert servers.SECRET not in out.getvalue()
    assert servers.KEY not in out.getvalue()


def test_setup_prints_the_policy(moto_store, settings):
    settings.S3_BUCKET = moto_store

    said = storage("setup")

    assert f"arn:aws:s3:::{moto_store}" in said
    assert "expire after 30 days" in said


def test_sync_says_what_it_did(folder_store, bob):
    put("prompts", "v1/grading.txt", "Grade.")
    assert "imported v1/grading.txt" in storage("sync")

    version = releases.write("hint", "One.", bob)
    put("prompts", version.key, "Tampered.")
    with pytest.raises(CommandError, match="needs a look"):
        storage("sync")
    assert "written anew" in storage("sync", "--repair")
