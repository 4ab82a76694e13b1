"""Asked once, answered once, by another teacher where there is one."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Classroom, MemberRole, Membership, User
from conftest import Assign
from solver.models import Appeal, Attempt, Notification
from solver.running import appeals, attempts, grading
from solver.running.attempts import Given

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def attempt(assign: Assign, alice: User) -> Attempt:
    attempt = attempts.hand_in(assign(), alice, 1, Given("5"))
    grading.grade(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def test_alone_the_teacher_hears_it(attempt: Attempt, bob: User) -> None:
    made = appeals.appeal(attempt, "I meant 4.")
    assert made.handler is None
    assert Notification.objects.get(kind="appealed").person == bob


def test_a_second_teacher_gets_it(attempt: Attempt, bob: User, carol: User) -> None:
    Membership.objects.create(
        classroom=Classroom.objects.get(name="Algebra"), user=carol, role=MemberRole.TEACHER
    )
    assert appeals.appeal(attempt, "I meant 4.").handler == carol
    assert Notification.objects.get(kind="appealed").person == carol


def test_once(attempt: Attempt) -> None:
    appeals.appeal(attempt, "I meant 4.")
    with pytest.raises(ValidationError, match="appealed already"):
        appeals.appeal(attempt, "Again.")


def test_not_before_the_result_nor_without_a_reason(
    attempt: Attempt, assign: Assign, alice: User
) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        appeals.appeal(attempt, " ")
    with pytest.raises(ValidationError, match="1 characters too long"):
        appeals.appeal(attempt, "x" * 2_001)
    new = attempts.hand_in(assign(), alice, 1, Given("4"))
    with pytest.raises(ValidationError, match="not graded yet"):
        appeals.appeal(new, "Too slow.")


def test_the_second_answer_is_refused(attempt: Attempt, alice: User, bob: User, root: User) -> None:
    made = appeals.appeal(attempt, "I meant 4.")
    with pytest.raises(ValidationError, match="Type an answer"):
        appeals.answer(made, bob, "")
    assert appeals.answer(made, bob, "It stays.")
    assert not appeals.answer(made, root, "It goes.")
    stored = Appeal.objects.get()
    assert (stored.answer, stored.handler) == ("It stays.", bob)
    assert Notification.objects.filter(person=alice, kind="appeal_answered").count() == 1
