"""The desk's pages: the queue, one page for each item, export, and who sees what."""

import csv
import io
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Classroom, MemberRole, Membership, User
from solver.admin.exports import harmless
from solver.models import (
    Attempt,
    Correction,
    Decision,
    Result,
    Review,
    RubricItem,
    SavedComment,
    Solution,
    State,
    Verdict,
)
from solver.running.review_draft import Draft
from solver.running.reviewing import save_review
from solver.running.tests.test_reviewing import Assign, hand_in
from solver.web.tests.pages import check_page

pytestmark = pytest.mark.django_db

QUEUE = "/admin/solver/review/queue/"


def visit(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(attempt: Attempt) -> str:
    return reverse("admin:review", args=["attempt", attempt.pk])


@pytest.fixture
def attempt(assign: Assign, alice: User) -> Attempt:
    return hand_in(
        assign("Which number do I mean?"),
        alice,
        text="$x<2$\nso <script>",
        result=Result.CANNOT_TELL,
        raw_points=None,
        points=None,
    )


def form(**typed: object) -> dict[str, object]:
    return {"seen": "0", "do": "save", "points": "", "comment": "", **typed}


def test_one_page_has_all_that_is_needed(attempt: Attempt, alice: User, bob: User) -> None:
    earlier = hand_in(attempt.assigned, alice, number=2, text="my first try")
    save_review(earlier, bob, Draft(0, points=Decimal(2), comment="Try again."))
    Solution.objects.create(
        problem=attempt.assigned.problem,
        owner=bob,
        state=State.DONE,
        text="### Step 1: Guess\n\nIt is $7$.",
        answer="7",
        verdict=Verdict.CONTRADICTED,
        evidence=[{"title": "compared", "lines": ["It is not 4."], "rows": []}],
    )
    RubricItem.objects.create(assigned=attempt.assigned, text="A reason is given", points=3)
    shown = check_page(visit(bob).get(address(attempt)))
    for part in (
        "Which number do I mean?",
        "alice’s attempt",
        "&lt;script&gt;",
        "Guess",
        'data-verdict="contradicted"',
        "It is not 4.",
        "my first try",
        "Try again.",
        "A reason is given",
        "Cannot tell",
    ):
        assert part in shown, part
    assert "Which number do I mean?" in check_page(visit(bob).get(QUEUE))


def test_saving_leads_to_the_next(attempt: Attempt, assign: Assign, alice: User, bob: User) -> None:
    second = hand_in(assign("And now?"), alice, result=Result.CANNOT_TELL, raw_points=None)
    client = visit(bob)
    page = client.post(address(attempt) + "?reason=cannot_tell", form(points="4", keep="1"))
    assert page["Location"] == address(second) + "?reason=cannot_tell"
    last = client.post(address(second), form(do="returned", comment="Say more.", keep="1"))
    assert last["Location"] == QUEUE
    assert Review.objects.get(attempt=attempt).points == 4
    assert Review.objects.get(attempt=second).decision == Decision.RETURNED
    assert SavedComment.objects.get().text == "Say more."
    assert "Nothing waits" in check_page(client.get(QUEUE))


def test_the_second_teacher_loses_nothing_that_they_typed(
    attempt: Attempt, bob: User, carol: User
) -> None:
    Membership.objects.create(
        classroom=Classroom.objects.get(name="Algebra"), user=carol, role=MemberRole.TEACHER
    )
    save_review(attempt, bob, Draft(0, points=Decimal(4), comment="Fine."))
    typed = form(
        points="9", comment="My long comment", note_target="line", note_number="2", note_text="Hm"
    )
    client = visit(carol)
    page = client.post(address(attempt), typed)
    assert page.status_code == 409
    shown = check_page(page)
    for part in ("bob saved a review", "Fine.", "My long comment", 'value="9"', 'value="Hm"'):
        assert part in shown, part
    assert 'name="seen" value="1"' in shown
    assert Review.objects.get().points == 4
    client.post(address(attempt), {**typed, "seen": "1"})
    assert Review.objects.get().points == 9
    assert Review.objects.get().notes.get().index == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"points": "eleven"}, "Enter a number."),
        ({"points": "11"}, "between 0 and 10"),
        ({"do": "accepted"}, "The machine gave no points"),
        ({"points": "1", "note_number": "x", "note_text": "Hm"}, "a number from 1"),
        ({"points": "1", "seen": "-1"}, "greater than or equal to 0"),
        ({"do": "rubric", "rubric_text": "", "rubric_points": "1"}, "cannot be blank"),
        ({"do": "rubric", "rubric_text": "x", "rubric_points": "many"}, "decimal number"),
        ({"do": "correct", "corrected": " "}, "Type the corrected answer first"),
    ],
)
def test_faults_are_told_and_nothing_is_lost(
    typed: dict[str, str], told: str, attempt: Attempt, bob: User
) -> None:
    page = visit(bob).post(
        address(attempt), form(comment="Kept words", note_target="line", **typed)
    )
    assert page.status_code == 400
    shown = check_page(page)
    assert told in shown
    assert "Kept words" in shown
    assert not Review.objects.exists()


def test_a_line_of_the_rubric_is_added_beside_what_was_typed(attempt: Attempt, bob: User) -> None:
    typed = form(do="rubric", rubric_text="Units", rubric_points="-0.5", comment="Kept words")
    shown = check_page(visit(bob).post(address(attempt), typed))
    assert "Kept words" in shown
    assert (RubricItem.objects.get().text, RubricItem.objects.get().points) == (
        "Units",
        Decimal("-0.5"),
    )
    assert "&quot;" not in RubricItem.objects.get().text


def test_a_wrong_reference_is_corrected_from_here(attempt: Attempt, bob: User) -> None:
    shown = check_page(
        visit(bob).post(address(attempt), form(do="correct", corrected="7", comment="Kept words"))
    )
    assert "Kept words" in shown
    assert Correction.objects.get().new == "7"
    attempt.assigned.refresh_from_db()
    assert attempt.assigned.reference_answer == "7"


def test_names_are_hidden_everywhere_until_reviewed(assign: Assign, alice: User, bob: User) -> None:
    attempt = hand_in(assign(is_blind=True), alice, result=Result.CANNOT_TELL, raw_points=None)
    client = visit(bob)
    lists = [QUEUE, reverse("admin:solver_attempt_changelist"), address(attempt)]
    lists.append(reverse("admin:solver_attempt_export", args=["csv"]))
    for path in lists:
        assert "alice" not in client.get(path).content.decode(), path
    assert "alice" not in client.get(f"{QUEUE}?names=hidden").content.decode()
    save_review(attempt, bob, Draft(0, points=Decimal(1)))
    for path in lists[1:]:
        assert "alice" in client.get(path).content.decode(), path


def test_several_are_accepted_at_once(
    attempt: Attempt, assign: Assign, alice: User, bob: User, carol: User
) -> None:
    graded = hand_in(assign("Graded?"), alice, asked_for_person=True)
    chosen = {"attempt": [str(attempt.pk), str(graded.pk), "nonsense"]}
    accept = reverse("admin:review_accept")
    visit(carol).post(accept, chosen)
    assert not Review.objects.exists()
    client = visit(bob)
    shown = client.post(accept, chosen, follow=True).content.decode()
    assert "1 attempt accepted." in shown
    assert "1 was left alone" in shown
    assert Review.objects.get().attempt == graded
    assert client.get(accept).status_code == 405


def test_a_review_and_an_attempt_open_on_the_page(attempt: Attempt, bob: User) -> None:
    review = save_review(attempt, bob, Draft(0, points=Decimal(1)))
    client = visit(bob)
    for name, key in (("review", review.pk), ("attempt", attempt.pk)):
        page = client.get(reverse(f"admin:solver_{name}_change", args=[key]))
        assert page["Location"] == address(attempt)


def test_long_programs_are_shown_and_reviewed(assign: Assign, alice: User, bob: User) -> None:
    text = "\n".join(f"print({number})  # <b>" for number in range(500))
    attempt = hand_in(assign(kind="code"), alice, text=text, raw_points=None)
    client = visit(bob)
    shown = check_page(client.get(address(attempt)))
    assert shown.count('class="line-number"') == 500
    notes = {
        "note_target": ["line"] * 90,
        "note_number": [str(number) for number in range(1, 91)],
        "note_text": ["x"] * 80 + [""] * 10,
    }
    assert client.post(address(attempt), form(points="1", **notes)).status_code == 302
    assert Review.objects.get().notes.count() == 80


# -- Export -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-3", "'-3"),
        ("@cmd", "'@cmd"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("x = 1", "x = 1"),
        ("a\x00b", "a�b"),
        (-3, -3),
        (None, None),
    ],
)
def test_formulas_are_text(cell: object, written: object) -> None:
    assert harmless(cell) == written


def test_tables_hold_the_rows_of_the_list_alone(
    attempt: Attempt, assign: Assign, alice: User, bob: User, carol: User
) -> None:
    hand_in(assign("Other"), alice, text="=HYPERLINK(1)")
    export = reverse("admin:solver_attempt_export", args=["csv"])
    rows = list(csv.DictReader(io.StringIO(visit(bob).get(export).content.decode())))
    assert {row["text"] for row in rows} == {"'=HYPERLINK(1)", attempt.text}
    assert {row["student"] for row in rows} == {"alice"}
    chosen = visit(bob).get(f"{export}?result__exact=right").content.decode()
    assert len(list(csv.DictReader(io.StringIO(chosen)))) == 1
    other = visit(carol).get(export).content.decode()
    assert len(list(csv.DictReader(io.StringIO(other)))) == 0


def test_spreadsheets_open(attempt: Attempt, bob: User) -> None:
    save_review(attempt, bob, Draft(0, points=Decimal(1), comment="=1+1"))
    for name in ("attempt", "review", "solution"):
        page = visit(bob).get(reverse(f"admin:solver_{name}_export", args=["xlsx"]))
        sheet = load_workbook(io.BytesIO(page.content)).active
        assert sheet is not None
        assert sheet.max_column > 5
        formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert formulas == []
    assert visit(bob).get(reverse("admin:solver_attempt_export", args=["exe"])).status_code == 404
