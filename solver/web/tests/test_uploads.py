from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from solver.models.problem import Problem
from solver.models.upload import Upload
from solver.store import uploads

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def upload(alice, settings, tmp_path: Path, valkey: redis.Redis) -> Upload:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "solver.store.folder.FolderStorage",
            "OPTIONS": {"location": tmp_path / "uploads"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    problem = Problem.objects.create(owner=alice, text="1 + 1")
    return uploads.keep(alice, SimpleUploadedFile('a";evil.html', PNG), problem)


@pytest.mark.parametrize("name", ["alice", "bob", "root"])
def test_who_sees_the_problem_gets_the_file_as_an_attachment(client: Client, upload, name, request):
    client.force_login(request.getfixturevalue(name))

    answer = client.get(reverse("upload", args=[upload.pk]))

    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == f'attachment; filename="{upload.pk}.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_stranger_gets_404_and_nobody_the_login_page(client: Client, upload, charlie):
    assert client.get(reverse("upload", args=[upload.pk])).status_code == 302
    client.force_login(charlie)
    assert client.get(reverse("upload", args=[upload.pk])).status_code == 404
    assert client.get(reverse("upload", args=[uuid4()])).status_code == 404


def test_object_that_is_gone_is_not_found(client: Client, upload, alice, tmp_path: Path):
    (tmp_path / "uploads" / upload.key).unlink()
    client.force_login(alice)

    assert client.get(reverse("upload", args=[upload.pk])).status_code == 404


def test_bucket_away_is_a_page_that_says_so(
    client: Client, upload, alice, tmp_path: Path, settings
):
    (tmp_path / "uploads" / upload.key).unlink()
    (tmp_path / "uploads" / upload.key).symlink_to(upload.key.rsplit("/", 1)[1])
    client.force_login(alice)
    client.raise_request_exception = False

    answer = client.get(reverse("upload", args=[upload.pk]))

    assert answer.status_code == 503
    assert "Traceback" not in answer.content.decode()
