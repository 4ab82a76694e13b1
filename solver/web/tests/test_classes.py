"""Classes: listed, made, renamed, archived."""

from accounts.models import Classroom, Membership, User
from solver.web.tests.conftest import Visit


def page_of(visit: Visit, person: User, name: str = "Algebra") -> str:
    key = Classroom.objects.get(name=name).pk
    return visit(person).get(f"/classes/{key}/").content.decode()


def test_a_teacher_sees_the_members(alice: User, bob: User, visit: Visit) -> None:
    assert "Algebra" in visit(bob).get("/classes/").content.decode()
    shown = page_of(visit, bob)
    assert "<td>alice" in shown
    assert Classroom.objects.get().join_code in shown


def test_a_student_sees_the_teachers_and_not_the_class(
    alice: User, bob: User, visit: Visit
) -> None:
    dora = User.objects.create_user("dora")
    Classroom.objects.get().members.add(dora)
    for shown in (page_of(visit, alice), visit(alice).get("/classes/").content.decode()):
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
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        client.get("/classes/")
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(f"/classes/{classroom.pk}/")


def test_a_teacher_makes_a_class_and_teaches_it(bob: User, visit: Visit) -> None:
    response = visit(bob).post("/classes/new/", {"name": "Geometry"})
    made = Classroom.objects.get(name="Geometry")
    assert response["Location"] == f"/classes/{made.pk}/"
    assert Membership.objects.get(classroom=made).role == "teacher"
    assert visit(bob).post("/classes/new/", {"name": " "}).status_code == 400


def test_a_student_makes_none(alice: User, visit: Visit) -> None:
    assert visit(alice).post("/classes/new/", {"name": "Mine"}).status_code == 403


def test_renaming_and_archiving(alice: User, bob: User, visit: Visit) -> None:
    found = Classroom.objects.get()
    client = visit(bob)
    client.post(f"/classes/{found.pk}/rename/", {"name": "Algebra II"})
    refused = client.post(f"/classes/{found.pk}/rename/", {"name": "x" * 121})
    assert refused.status_code == 400
    client.post(f"/classes/{found.pk}/archive/")
    found.refresh_from_db()
    assert found.name == "Algebra II"
    assert found.archived_at
    client.post(f"/classes/{found.pk}/archive/")
    found.refresh_from_db()
    assert found.archived_at is None
