"""The thin page of classes."""

from accounts.models import Classroom, User
from solver.web.tests.conftest import Visit


def test_a_teacher_sees_the_members(alice: User, bob: User, visit: Visit) -> None:
    shown = visit(bob).get("/classes/").content.decode()
    assert "Algebra" in shown
    assert "<td>alice" in shown
    assert Classroom.objects.get().join_code in shown


def test_a_student_sees_the_teachers_and_not_the_class(
    alice: User, bob: User, visit: Visit
) -> None:
    dora = User.objects.create_user("dora")
    Classroom.objects.get().members.add(dora)
    shown = visit(alice).get("/classes/").content.decode()
    assert "<strong>bob</strong>" in shown
    assert "dora" not in shown
    assert Classroom.objects.get().join_code not in shown


def test_charlie_is_in_none(charlie: User, bob: User, alice: User, visit: Visit) -> None:
    shown = visit(charlie).get("/classes/").content.decode()
    assert "You are in no class yet" in shown
    assert "Algebra" not in shown


def test_queries_do_not_grow_with_the_class(
    alice: User, bob: User, visit: Visit, django_assert_max_num_queries: object
) -> None:
    classroom = Classroom.objects.get()
    for number in range(20):
        classroom.members.add(User.objects.create_user(f"student{number}"))
    client = visit(bob)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        client.get("/classes/")
