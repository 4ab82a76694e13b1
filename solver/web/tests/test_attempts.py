"""The pages of an answer: written, handed in, graded, appealed; and who may not see them."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Membership, User
from conftest import Assign
from solver.models import (
    Appeal,
    Assignment,
    Attempt,
    Decision,
    Help,
    Kind,
    Review,
    Solution,
    Upload,
)
from solver.running import attempts, grading
from solver.running.attempts import Given
from solver.web.tests.conftest import Visit

pytestmark = pytest.mark.usefixtures("valkey")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
JSON = {"Accept": "application/json"}


def graded(attempt: Attempt) -> Attempt:
    grading.grade(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def test_rules_stand_before_the_button(assign: Assign, alice: User, visit: Visit) -> None:
    now = timezone.now()
    assigned = assign(
        due_at=now - timedelta(hours=1),
        late_policy="penalty",
        late_percent_per_day=20,
        tries_allowed=3,
        time_zone="Europe/Berlin",
    )
    shown = visit(alice).get(f"/assigned/{assigned.pk}/").content.decode()
    assert "It is late" in shown
    assert "20 % of the points" in shown
    assert "3 of 3 tries left" in shown
    assert "Europe/Berlin" in shown


def test_a_draft_survives_and_is_handed_in_once(assign: Assign, alice: User, visit: Visit) -> None:
    assigned = assign()
    client, address = visit(alice), f"/assigned/{assigned.pk}/"
    answer = {"text": "So it is $4$", "attempt": "1"}
    saved = client.post(f"{address}draft/", answer, headers=JSON)
    assert saved.json()["saved"] is True
    assert "So it is $4$" in client.get(address).content.decode()
    assert client.post(f"{address}draft/", answer).status_code == 302
    first = client.post(f"{address}hand-in/", answer)
    again = client.post(f"{address}hand-in/", answer)
    attempt = Attempt.objects.get()
    assert first["Location"] == again["Location"] == f"/attempts/{attempt.pk}/"
    late_save = client.post(f"{address}draft/", answer, headers=JSON)
    assert late_save.json()["saved"] is False
    shown = client.get(f"/attempts/{attempt.pk}/").content.decode()
    assert attempt.receipt in shown
    assert "So it is" in shown


def test_refusals_keep_the_answer(assign: Assign, alice: User, visit: Visit) -> None:
    assigned = assign(tries_allowed=1)
    address, client = f"/assigned/{assigned.pk}/hand-in/", visit(alice)
    empty = client.post(address, {"text": " ", "attempt": "1"})
    assert empty.status_code == 400
    assert "There is no answer yet" in empty.content.decode()
    stale = client.post(address, {"text": "4", "attempt": "5"})
    assert "out of date" in stale.content.decode()
    picture = SimpleUploadedFile("a.png", b"GIF89a")
    refused = client.post(address, {"text": "my words", "attempt": "1", "file": picture})
    assert "my words" in refused.content.decode()
    assert "PNG, JPEG" in refused.content.decode()
    bad = client.post(
        f"/assigned/{assigned.pk}/draft/", {"text": "\0", "attempt": "1"}, headers=JSON
    )
    assert bad.status_code == 400
    assert "control character" in bad.json()["why"]


def test_a_file_is_seen_by_the_teacher_once_handed_in(
    assign: Assign, alice: User, bob: User, carol: User, visit: Visit
) -> None:
    assigned = assign()
    picture = SimpleUploadedFile("work.png", PNG)
    answer = {"text": "", "attempt": "1", "file": picture}
    visit(alice).post(f"/assigned/{assigned.pk}/draft/", answer)
    address = f"/uploads/{Upload.objects.get().pk}/"
    assert visit(bob).get(address).status_code == 404
    visit(alice).post(f"/assigned/{assigned.pk}/hand-in/", {"text": "", "attempt": "1"})
    attempt = graded(Attempt.objects.get())
    assert (attempt.result, attempt.points) == ("cannot_tell", None)
    assert visit(bob).get(address).status_code == 200
    assert visit(carol).get(address).status_code == 404
    assert "work.png" in visit(bob).get(f"/attempts/{attempt.pk}/").content.decode()


def test_a_wrong_answer_does_not_give_the_right_one_away(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    due = timezone.now() + timedelta(days=1)
    assigned = assign(text="What is $2+40$?", reference="42", due_at=due)
    attempt = graded(attempts.hand_in(assigned, alice, 1, Given("41")))
    address = f"/attempts/{attempt.pk}/"
    shown = visit(alice).get(address).content.decode()
    assert "speaks against your answer" in shown
    assert "Computed" not in shown
    assert "Computed" in visit(bob).get(address).content.decode()
    Assignment.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert "Computed" in visit(alice).get(address).content.decode()


def test_hidden_tests_stay_hidden(assign: Assign, alice: User, visit: Visit) -> None:
    tests = [{"input": "2\n", "expected": "1234567\n"}]
    assigned = assign(text="Guess.", kind=Kind.CODE, reference="", tests=tests)
    attempt = graded(attempts.hand_in(assigned, alice, 1, Given("print(7654321)", "python")))
    shown = visit(alice).get(f"/attempts/{attempt.pk}/result/").content.decode()
    assert "wrong answer" in shown
    assert "1234567" not in shown
    assert 'data-result="wrong"' in shown


def test_the_review_is_shown_to_the_student(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    attempt = graded(attempts.hand_in(assign(), alice, 1, Given("5")))
    review = Review.objects.create(
        attempt=attempt, reviewer=bob, decision=Decision.CHANGED, points=3, comment="Nearly"
    )
    review.notes.create(target="line", index=0, text="Add again")
    shown = visit(alice).get(f"/attempts/{attempt.pk}/").content.decode()
    assert "Nearly" in shown
    assert "Line 1" in shown
    assert "3 points" in shown


def test_an_appeal_is_made_once(assign: Assign, alice: User, visit: Visit) -> None:
    attempt = graded(attempts.hand_in(assign(), alice, 1, Given("5")))
    address, client = f"/attempts/{attempt.pk}/", visit(alice)
    assert client.post(f"{address}appeal/", {"reason": ""}).status_code == 400
    client.post(f"{address}appeal/", {"reason": "I meant 4"})
    assert client.post(f"{address}appeal/", {"reason": "Again"}).status_code == 400
    assert Appeal.objects.get().reason == "I meant 4"
    assert "I meant 4" in client.get(address).content.decode()
    client.post(f"{address}ask/")
    assert Attempt.objects.get().asked_for_person


def test_the_model_helps_where_the_rule_allows(assign: Assign, alice: User, visit: Visit) -> None:
    assigned = assign(text="Find all primes $p$ with $p+2$ prime below 20.")
    client = visit(alice)
    address = f"/assigned/{assigned.pk}/"
    assert "solved step by step" not in client.get(address).content.decode()
    refused = client.post(f"{address}solve/", follow=True)
    assert "Work on it yourself" in refused.content.decode()
    typed = {"text": "find all primes p with  p + 2 prime below 20", "kind": "maths"}
    assert "Work on it yourself" in client.post("/problems/new/", typed).content.decode()
    assert not Solution.objects.exists()
    Assignment.objects.update(help=Help.OPEN)
    assert "solved step by step" in client.get(address).content.decode()
    client.post(f"{address}solve/")
    solution = Solution.objects.get()
    assert (solution.owner, solution.problem) == (alice, assigned.problem)


def test_deleting_the_solution_keeps_the_problem(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    assigned = assign(help=Help.OPEN)
    visit(alice).post(f"/assigned/{assigned.pk}/solve/")
    visit(alice).post(f"/solutions/{Solution.objects.get().pk}/delete/")
    assert not Solution.objects.exists()
    visit(bob).post("/history/data/delete/", {"username": "bob"})
    assigned.problem.refresh_from_db()


def test_who_left_the_class_keeps_what_was_handed_in(
    assign: Assign, alice: User, bob: User, visit: Visit
) -> None:
    assigned = assign()
    attempt = graded(attempts.hand_in(assigned, alice, 1, Given("4")))
    Membership.objects.filter(user=alice).delete()
    assert visit(alice).get(f"/attempts/{attempt.pk}/").status_code == 200
    assert visit(alice).get(f"/assigned/{assigned.pk}/").status_code == 404
    shown = visit(bob).get(f"/assignments/{assigned.assignment_id}/").content.decode()
    assert "alice" in shown


def test_a_correction_from_the_page(assign: Assign, alice: User, bob: User, visit: Visit) -> None:
    assigned = assign(text="Which number?", reference="5")
    address = f"/problems/{assigned.problem_id}/correct/"
    back = f"/assigned/{assigned.pk}/"
    assert visit(bob).post(address, {"answer": "4", "back": back})["Location"] == back
    assigned.refresh_from_db()
    assert assigned.reference_answer == "4"
    away = visit(bob).post(address, {"answer": "4", "back": "https://evil.example/"})
    assert away["Location"] == "/classes/"
    assert visit(alice).post(address, {"answer": "9"}).status_code == 403


OF_THE_CLASS = {
    "get": [
        "/classes/{classroom}/", "/assignments/{assignment}/", "/assigned/{assigned}/",
        "/attempts/{attempt}/", "/attempts/{attempt}/result/",
        "/classes/{classroom}/roster/", "/classes/{classroom}/assignments/new/",
        "/assignments/{assignment}/edit/",
    ],
    "post": [
        "/classes/{classroom}/rename/", "/classes/{classroom}/archive/",
        "/classes/{classroom}/code/", "/classes/{classroom}/leave/",
        "/classes/{classroom}/teachers/", "/classes/{classroom}/remove/",
        "/classes/{classroom}/roster/", "/classes/{classroom}/assignments/new/",
        "/assignments/{assignment}/edit/", "/assignments/{assignment}/copy/",
        "/assignments/{assignment}/archive/", "/assignments/{assignment}/delete/",
        "/assigned/{assigned}/draft/", "/assigned/{assigned}/hand-in/",
        "/assigned/{assigned}/solve/", "/assigned/{assigned}/hint/",
        "/assigned/{assigned}/hints/", "/attempts/{attempt}/appeal/",
        "/attempts/{attempt}/ask/", "/problems/{problem}/correct/",
    ],
}  # fmt: skip
OF_THE_STUDENT = ("hint/", "draft/", "hand-in/", "solve/", "appeal/", "ask/", "leave/")


def test_strangers_find_nothing(
    assign: Assign, alice: User, charlie: User, carol: User, visit: Visit
) -> None:
    keys = _keys(assign, alice)
    strangers, nobody = [visit(charlie), visit(carol)], visit(None)
    for method, addresses in OF_THE_CLASS.items():
        for address in (one.format(**keys) for one in addresses):
            for client in strangers:
                found = getattr(client, method)(address).status_code
                assert found == 404, f"{method} {address}: {found}"
            anonymous = getattr(nobody, method)(address)
            assert "/accounts/login/" in anonymous["Location"]


def test_students_of_the_class_change_nothing_of_it(
    assign: Assign, alice: User, visit: Visit
) -> None:
    keys = _keys(assign, alice)
    dora = User.objects.create_user("dora")
    Membership.objects.create(classroom_id=int(keys["classroom"]), user=dora)
    client = visit(alice)
    for address in (one.format(**keys) for one in OF_THE_CLASS["post"]):
        if address.endswith(OF_THE_STUDENT):
            continue
        assert client.post(address).status_code == 403, address
    # A classmate's answer is nobody's business.
    for part in ("", "result/"):
        assert visit(dora).get(f"/attempts/{keys['attempt']}/{part}").status_code == 404
    assert visit(dora).post(f"/attempts/{keys['attempt']}/ask/").status_code == 404


def _keys(assign: Assign, alice: User) -> dict[str, str]:
    assigned = assign()
    attempt = attempts.hand_in(assigned, alice, 1, Given("4"))
    return {
        "classroom": str(assigned.assignment.classroom_id),
        "assignment": str(assigned.assignment_id),
        "assigned": str(assigned.pk),
        "attempt": str(attempt.pk),
        "problem": str(assigned.problem_id),
    }


def test_the_export_holds_the_answers(assign: Assign, alice: User, visit: Visit) -> None:
    attempt = attempts.hand_in(assign(), alice, 1, Given("my own words"))
    response = visit(alice).post("/history/data/export/")
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:  # type: ignore[attr-defined]
        everything = json.loads(archive.read("everything.json"))
    assert everything["attempts"][0]["text"] == "my own words"
    assert everything["attempts"][0]["receipt"] == attempt.receipt
