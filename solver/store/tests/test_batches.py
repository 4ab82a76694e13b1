"""Large files of the API: read and written a piece at a time, erased with their owner."""

import io
from datetime import timedelta

import pytest

from accounts.models import User
from solver.models.batch import ApiFile
from solver.store import batches, orphans, s3
from solver.store.faults import FaultKind, StorageFault
from solver.store.tests.shelf import names

CONTENT = b"{}\n" * 100_000


def keep(owner: User) -> ApiFile:
    file = ApiFile.objects.create(owner=owner, name="in", purpose="batch", size_bytes=3)
    batches.write(file.pk, io.BytesIO(CONTENT))
    return file


def test_a_file_is_read_as_it_was_written(store, alice, monkeypatch):
    monkeypatch.setattr(s3, "PIECE_BYTES", 10_000)
    content = batches.opened(keep(alice).pk)
    assert content is not None
    with content:
        assert content.readline() == b"{}\n"
        assert b"{}\n" + content.read() == CONTENT


def test_what_is_gone_or_too_large_is_told(store, alice, settings):
    assert batches.opened("file-none") is None
    settings.API_FILE_MAX_BYTES = len(CONTENT) - 1
    file = keep(alice)
    with pytest.raises(StorageFault) as told:
        batches.opened(file.pk)
    assert told.value.kind == FaultKind.TOO_BIG


@pytest.mark.django_db(transaction=True)
def test_one_persons_files_are_erased(store, alice, bob):
    keep(alice)
    left = keep(bob)
    batches.erase_of(alice)
    assert names("batches") == [f"{left.pk}.jsonl"]
    assert list(ApiFile.objects.all()) == [left]


def test_sweep_removes_what_went_with_its_owner(store, alice, bob, monkeypatch):
    keep(alice)
    left = keep(bob)
    alice.delete()
    assert batches.sweep() == 0
    monkeypatch.setattr(orphans, "ORPHAN_AFTER", timedelta(seconds=-5))
    assert batches.sweep() == 1
    assert names("batches") == [f"{left.pk}.jsonl"]
