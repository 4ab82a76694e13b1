"""Students' files: what is taken, who gets at it, and that it goes with its problem."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from solver.models.problem import Problem
from solver.models.upload import Upload, UploadKind
from solver.store import archive, bucket, orphans, removal, uploads
from solver.store.faults import StorageFault
from solver.store.tests import servers
from solver.store.tests.shelf import names, solved
from solver.store.uploads import UploadRefused

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def given(body: bytes = PNG, name: str = "work.png") -> "SimpleUploadedFile":
    return SimpleUploadedFile(name, body, content_type="text/html")


@pytest.fixture
def problem(alice) -> Problem:
    return Problem.objects.create(owner=alice, text="1 + 1")


def test_upload_is_kept_under_a_name_of_ours(store, alice, problem):
    upload = uploads.keep(alice, given(name="../../etc/passwd.png"), problem)

    assert upload.key == f"{upload.created_at:%Y%m}/{upload.pk}.png"
    assert names("default") == [upload.key]
    assert uploads.read(upload) == PNG
    assert upload.shown_name == "passwd.png"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PNG, UploadKind.PNG),
        (b"\xff\xd8\xff\xe0rest", UploadKind.JPEG),
        (b"RIFF\x00\x00\x00\x00WEBPrest", UploadKind.WEBP),
        (b"%PDF-1.7 rest", UploadKind.PDF),
    ],
)
def test_kind_is_told_by_the_first_bytes(body, kind):
    assert uploads.kind_of(body) is kind


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"<svg onload=alert(1)>", "no picture or PDF"),
        (b"MZ\x90\x00", "no picture or PDF"),
        (b"RIFF\x00\x00\x00\x00WAVE", "no picture or PDF"),
        (PNG + b"0" * 2_000_000, "larger than 1 MB"),
    ],
)
def test_file_that_is_refused_says_why(folder_store, settings, alice, body, says):
    settings.UPLOAD_MAX_BYTES = 1_000_000

    with pytest.raises(UploadRefused, match=says):
        uploads.keep(alice, given(body))
    assert names("default") == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b\\c.png", "c.png"),
        ("x\u202egnp.exe", "xgnp.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("", "file"),
        ("é" * 300, "é" * 100),
        ("数学.png", "数学.png"),
    ],
)
def test_shown_name_is_harmless(name, shown):
    assert uploads.shown_name(name) == shown


def test_problem_takes_a_few_files_only(folder_store, settings, alice, problem):
    settings.UPLOADS_PER_PROBLEM = 1
    uploads.keep(alice, given(), problem)

    with pytest.raises(UploadRefused, match="takes 1 files"):
        uploads.keep(alice, given(), problem)


def test_upload_is_seen_by_owner_teacher_and_root_alone(
    folder_store, alice, bob, charlie, root, problem
):
    attached = uploads.keep(alice, given(), problem)
    draft = uploads.keep(alice, given())

    assert set(Upload.objects.visible_to(alice)) == {attached, draft}
    assert set(Upload.objects.visible_to(bob)) == {attached}
    assert set(Upload.objects.visible_to(root)) == {attached, draft}
    assert set(Upload.objects.visible_to(charlie)) == set()


def test_link_is_short_and_says_the_kind_we_found(rclone_store, alice):
    upload = uploads.keep(alice, given())

    link = uploads.link(upload)

    assert link is not None
    assert "X-Amz-Expires=300" in link
    assert "response-content-type=image%2Fpng" in link
    assert "attachment" in link


def test_folder_back_end_has_no_link(folder_store, alice):
    assert uploads.link(uploads.keep(alice, given())) is None


def test_bucket_away_keeps_no_row(settings, alice):
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))

    with pytest.raises(StorageFault):
        uploads.keep(alice, given())
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deletion_of_a_problem_takes_files_and_logs_along(store, alice):
    solution = solved(alice)
    upload = uploads.keep(alice, given(), solution.problem)
    archive.archive(solution.pk)
    assert len(names("default")) == len(names("logs")) == 1

    removal.delete_problem(solution.problem)

    assert names("default") == names("logs") == []
    assert not Upload.objects.filter(pk=upload.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_single_upload_can_be_deleted(folder_store, alice):
    uploads.delete(uploads.keep(alice, given()))

    assert names("default") == []


def test_sweep_removes_old_objects_without_a_row(folder_store, alice, problem, monkeypatch):
    kept = uploads.keep(alice, given())
    gone = uploads.keep(alice, given(), problem)
    problem.delete()
    assert uploads.sweep() == 0

    monkeypatch.setattr(orphans, "ORPHAN_AFTER", timedelta(0))
    assert uploads.sweep() == 1
    assert names("default") == [kept.key]
    assert gone.key != kept.key


@pytest.mark.django_db(transaction=True)
def test_object_left_behind_in_an_outage_is_swept_later(settings, folder_store, alice, monkeypatch):
    good = settings.STORAGES
    upload = uploads.keep(alice, given())
    settings.STORAGES = servers.aliases(servers.options("http://127.0.0.1:1", "bucket"))
    uploads.delete(upload)

    settings.STORAGES = good
    bucket.resume()
    monkeypatch.setattr(orphans, "ORPHAN_AFTER", timedelta(seconds=-1))
    assert uploads.sweep() == 1
    assert timezone.now() > upload.created_at


@pytest.mark.django_db(transaction=True)
def test_deletion_of_the_last_solution_takes_the_problem_along(folder_store, alice):
    first = solved(alice)
    problem = first.problem
    again = solved(alice, problem=problem)
    uploads.keep(alice, given(), problem)
    for solution in (first, again):
        archive.archive(solution.pk)
        solution.refresh_from_db()

    removal.delete_solution(first)
    assert len(names("logs")) == len(names("default")) == 1
    removal.delete_solution(again)
    assert names("logs") == names("default") == []
    assert not Problem.objects.exists()
