"""Everything of a person in a zip, and everything deleted."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Classroom, User
from solver.models import Feedback, Problem, Solution, State, Thumb
from solver.models.batch import ApiFile, Batch
from solver.store import batches
from solver.web.tests.conftest import PROBLEM, TEXT, MakeSolution, Visit


def exported(visit: Visit, person: User) -> zipfile.ZipFile:
    response: Any = visit(person).post("/history/data/export/")
    assert response["Content-Type"] == "application/zip"
    content = b"".join(response.streaming_content)
    response.close()
    return zipfile.ZipFile(io.BytesIO(content))


def test_the_export_holds_everything_of_the_person(
    alice: User, bob: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make()
    make(owner=bob, problem="Bob's own")
    Feedback.objects.create(solution=solution, person=alice, thumb=Thumb.UP)
    Feedback.objects.create(solution=solution, person=bob, thumb=Thumb.DOWN)
    archive = exported(visit, alice)
    whole = json.loads(archive.read("everything.json"))
    assert whole["person"]["username"] == "alice"
    assert whole["person"]["classes"] == [{"name": "Algebra", "role": "student"}]
    [row] = whole["solutions"]
    assert (row["problem"]["text"], row["text"]) == (PROBLEM, TEXT)
    assert row["thumbs"] == [1]
    sheets = [name for name in archive.namelist() if name.endswith(".md")]
    assert len(sheets) == 1
    assert "Bob" not in archive.read("everything.json").decode()


def test_a_person_keeps_their_texts_out_of_the_log(alice: User, visit: Visit) -> None:
    client = visit(alice)
    client.post("/history/data/privacy/", {})
    alice.refresh_from_db()
    assert not alice.log_text
    assert " checked" not in client.get("/history/data/").content.decode()
    client.post("/history/data/privacy/", {"log_text": "on"})
    alice.refresh_from_db()
    assert alice.log_text


def test_the_export_of_nothing_is_valid(charlie: User, visit: Visit) -> None:
    assert json.loads(exported(visit, charlie).read("everything.json"))["solutions"] == []


def test_deleting_everything_needs_the_name(alice: User, make: MakeSolution, visit: Visit) -> None:
    make()
    response = visit(alice).post("/history/data/delete/", {"username": "bob"}, follow=True)
    assert "Nothing was deleted" in response.content.decode()
    assert Solution.objects.exists()


def test_deleting_everything_leaves_others_alone(
    alice: User, bob: User, make: MakeSolution, visit: Visit
) -> None:
    make()
    make(state=State.QUEUED, started_at=None)
    make(owner=bob)
    visit(alice).post("/history/data/delete/", {"username": "alice"})
    assert [problem.owner for problem in Problem.objects.all()] == [bob]
    assert User.objects.filter(pk=alice.pk).exists()
    assert Classroom.objects.exists()


def keep_batch(owner: User, content: bytes) -> ApiFile:
    file = ApiFile.objects.create(owner=owner, name="in.jsonl", purpose="batch", size_bytes=3)
    batches.write(file.pk, io.BytesIO(content))
    Batch.objects.create(owner=owner, endpoint="/v1", input_id=file.pk, expires_at=timezone.now())
    return file


@pytest.mark.django_db(transaction=True)
def test_batches_and_their_files_are_exported_and_erased(
    alice: User, bob: User, visit: Visit
) -> None:
    mine, bobs = keep_batch(alice, b"one"), keep_batch(bob, b"two")
    archive = exported(visit, alice)
    whole = json.loads(archive.read("everything.json"))
    assert [one["id"] for one in whole["files"]] == [mine.pk]
    assert [one["input_id"] for one in whole["batches"]] == [mine.pk]
    assert archive.read(f"files/{mine.pk}.jsonl") == b"one"
    assert bobs.pk not in str(archive.namelist())

    visit(alice).post("/history/data/delete/", {"username": "alice"})
    assert (Batch.objects.get().owner, ApiFile.objects.get().owner) == (bob, bob)
    assert batches.opened(mine.pk) is None
    with batches.opened(bobs.pk) or io.BytesIO() as left:
        assert left.read() == b"two"
