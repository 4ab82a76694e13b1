"""Reviews: one result of two saves, points that count, a history, and a student who is told."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import (
    Appeal,
    AppealState,
    AssignedProblem,
    Attempt,
    AttemptState,
    Decision,
    Notification,
    Report,
    Result,
    Review,
    RubricItem,
    Solution,
    State,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from solver.running.corrections import correct
from solver.running.grading import regrade
from solver.running.review_draft import Draft, Note
from solver.running.reviewing import ReviewConflict, accept_all, save_review
from solver.running.tests.conftest import in_threads

pytestmark = pytest.mark.django_db

Assign = Callable[..., AssignedProblem]


@pytest.fixture
def attempt(assign: Assign, alice: User) -> Attempt:
    return hand_in(assign("Which number do I mean?"), alice)


def hand_in(assigned: AssignedProblem, owner: User, **fields: object) -> Attempt:
    now = timezone.now()
    return Attempt.objects.create(
        **{
            "assigned": assigned,
            "owner": owner,
            "state": AttemptState.GRADED,
            "text": "4",
            "submitted_at": now,
            "result": Result.RIGHT,
            "raw_points": Decimal(10),
            "points": Decimal(10),
            "graded_against": assigned.reference_sha256,
            **fields,
        }
    )


def test_given_points_count_and_the_student_is_told(attempt: Attempt, bob: User) -> None:
    review = save_review(attempt, bob, Draft(0, points=Decimal("6.5"), comment=" Show how. "))
    attempt.refresh_from_db()
    assert (attempt.points, review.decision) == (Decimal("6.5"), Decision.CHANGED)
    assert review.comment == "Show how."
    told = Notification.objects.get(person=attempt.owner)
    assert "reviewed" in told.text
    assert str(attempt.pk) in told.address


def test_accepted_points_stay_the_machines(attempt: Attempt, bob: User) -> None:
    for draft in (Draft(0, Decision.ACCEPTED), Draft(1, points=Decimal(10))):
        review = save_review(attempt, bob, draft)
        assert (review.decision, review.points) == (Decision.ACCEPTED, None)
    assert correct(attempt.assigned.problem, "5", bob) is not None
    regrade(attempt.assigned)
    attempt.refresh_from_db()
    assert attempt.points == 0


def test_given_points_outlive_a_correction(attempt: Attempt, bob: User) -> None:
    save_review(attempt, bob, Draft(0, points=Decimal(3)))
    correct(attempt.assigned.problem, "5", bob)
    regrade(attempt.assigned)
    attempt.refresh_from_db()
    assert attempt.points == 3


@pytest.mark.parametrize("points", [Decimal("-0.01"), Decimal("10.01"), None])
def test_points_out_of_range_are_refused(
    points: Decimal | None, attempt: Attempt, bob: User
) -> None:
    with pytest.raises(ValidationError) as refused:
        save_review(attempt, bob, Draft(0, points=points))
    assert set(refused.value.message_dict) == {"points"}
    assert not Review.objects.exists()


def test_what_the_machine_cannot_tell_is_not_accepted_without_points(
    assign: Assign, alice: User, bob: User
) -> None:
    attempt = hand_in(assign(), alice, result=Result.CANNOT_TELL, raw_points=None, points=None)
    with pytest.raises(ValidationError, match="The machine gave no points"):
        save_review(attempt, bob, Draft(0, Decision.ACCEPTED))
    assert accept_all([attempt], bob) == (0, 1)


def test_rubric_lines_add_up_within_the_problems_points(attempt: Attempt, bob: User) -> None:
    for points, clicked, expected in (
        ((4, 2), (0, 1), 6),
        ((8, 7), (0, 1), None),
        ((2, -5), (0, 1), 0),
        ((2, -5), (0,), 2),
    ):
        RubricItem.objects.all().update(position=9)
        items = [
            RubricItem.objects.create(assigned=attempt.assigned, text="line", points=one)
            for one in points
        ]
        Review.objects.all().delete()
        chosen = frozenset(items[place].pk for place in clicked)
        review = save_review(attempt, bob, Draft(0, items=chosen))
        assert review.points == expected
        assert review.marks.count() == len(clicked)


def test_rubric_lines_of_other_problems_count_nothing(
    attempt: Attempt, assign: Assign, bob: User
) -> None:
    other = RubricItem.objects.create(assigned=assign("Other?"), text="line", points=5)
    review = save_review(attempt, bob, Draft(0, points=Decimal(1), items=frozenset({other.pk})))
    assert review.marks.count() == 0


def test_the_second_of_two_teachers_is_told(attempt: Attempt, bob: User, carol: User) -> None:
    Membership.objects.create(
        classroom=attempt.assigned.assignment.classroom, user=carol, role=MemberRole.TEACHER
    )
    first = save_review(attempt, bob, Draft(0, points=Decimal(4)))
    with pytest.raises(ReviewConflict) as told:
        save_review(attempt, carol, Draft(0, points=Decimal(9)))
    assert told.value.current.reviewer == bob
    second = save_review(attempt, carol, Draft(first.revision, points=Decimal(9)))
    assert (second.pk, second.revision, second.reviewer) == (first.pk, 2, carol)
    with pytest.raises(ReviewConflict):
        save_review(attempt, bob, Draft(first.revision, points=Decimal(1)))
    attempt.refresh_from_db()
    assert attempt.points == 9


@pytest.mark.django_db(transaction=True)
def test_two_reviews_at_once_are_one(attempt: Attempt, bob: User) -> None:
    def save(points: int) -> str:
        try:
            save_review(attempt, bob, Draft(0, points=Decimal(points)))
        except ReviewConflict:
            return "told"
        return "saved"

    assert sorted(in_threads(2, save)) == ["saved", "told"]
    assert Review.objects.get().points == Attempt.objects.get().points


def test_each_change_is_remembered(attempt: Attempt, bob: User) -> None:
    note = Note("line", 0, "Why?")
    save_review(attempt, bob, Draft(0, points=Decimal(4), comment="Good", notes=[note]))
    review = save_review(attempt, bob, Draft(1, points=Decimal(5), comment="Good"))
    changes = list(review.changes.values_list("what", "before", "after"))
    assert ("points", "", "4") in changes
    assert ("points", "4", "5") in changes
    assert ("line 1", "", "Why?") in changes
    assert ("line 1", "Why?", "") in changes
    assert {change.by for change in review.changes.all()} == {bob}


def test_strangers_and_students_may_not_review(
    attempt: Attempt, alice: User, charlie: User, carol: User
) -> None:
    for person in (alice, charlie, carol):
        with pytest.raises(PermissionDenied):
            save_review(attempt, person, Draft(0, points=Decimal(10)))


def test_nobody_reviews_a_draft_or_their_own(assign: Assign, alice: User, bob: User) -> None:
    draft = hand_in(assign(), alice, state=AttemptState.DRAFT, submitted_at=None)
    own = hand_in(assign("Mine?"), bob)
    for attempt in (draft, own):
        with pytest.raises(PermissionDenied):
            save_review(attempt, bob, Draft(0, points=Decimal(1)))


def test_a_review_answers_the_appeal(attempt: Attempt, bob: User) -> None:
    appeal = Appeal.objects.create(attempt=attempt, reason="It is right.")
    with pytest.raises(ValidationError) as refused:
        save_review(attempt, bob, Draft(0, Decision.ACCEPTED))
    assert set(refused.value.message_dict) == {"appeal_answer"}
    assert not Review.objects.exists()
    save_review(attempt, bob, Draft(0, Decision.ACCEPTED, appeal_answer="No: look again."))
    appeal.refresh_from_db()
    assert (appeal.state, appeal.answer) == (AppealState.ANSWERED, "No: look again.")


def test_a_solutions_review_settles_its_reports(alice: User, bob: User, charlie: User) -> None:
    solution = Solution.objects.create(
        problem=alice.problems.create(text="What is 1+1?"), owner=alice, state=State.DONE
    )
    Report.objects.create(solution=solution, person=alice, step_index=0)
    review = save_review(solution, bob, Draft(0, comment="Step 1 is fine."))
    assert (review.decision, review.points) == (Decision.ACCEPTED, None)
    assert solution.reports.get().settled_at is not None
    with pytest.raises(PermissionDenied):
        save_review(solution, charlie, Draft(0))


def test_partners_hear_of_it(attempt: Attempt, bob: User) -> None:
    endpoint = WebhookEndpoint(
        owner=attempt.owner, url="https://example.org/", events=[WebhookEvent.REVIEW_CREATED]
    )
    endpoint.new_secret()
    endpoint.save()
    save_review(attempt, bob, Draft(0, Decision.ACCEPTED))
    body = WebhookDelivery.objects.get().body
    assert str(attempt.pk) in body


def test_texts_have_limits(attempt: Attempt, bob: User) -> None:
    long = [Note("line", place, "x") for place in range(101)]
    for draft in (
        Draft(0, points=Decimal(1), comment="x" * 4_001),
        Draft(0, points=Decimal(1), notes=long),
        Draft(0, points=Decimal(1), notes=[Note("line", 0, "x" * 1_001)]),
    ):
        with pytest.raises(ValidationError):
            save_review(attempt, bob, draft)


def test_a_student_who_left_the_class_keeps_their_review(
    attempt: Attempt, alice: User, bob: User
) -> None:
    Membership.objects.filter(user=alice).delete()
    save_review(attempt, bob, Draft(0, points=Decimal(2)))
    assert Review.objects.visible_to(alice).count() == 1
    assert Classroom.objects.visible_to(alice).count() == 0
    assert attempt.submitted_at is not None
    assert attempt.submitted_at > timezone.now() - timedelta(minutes=5)
