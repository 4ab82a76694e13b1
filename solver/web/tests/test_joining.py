"""Into a class and out of it; codes that are guessed."""

import pytest
from django.core import mail
from django.core.cache import cache

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import Notification
from solver.web import joining
from solver.web.tests.conftest import Visit

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def algebra(alice: User, bob: User) -> Classroom:
    return Classroom.objects.get(name="Algebra")


def is_in(person: User, classroom: Classroom) -> bool:
    return classroom.memberships.filter(user=person).exists()


def test_joining_by_a_code_as_it_is_read_aloud(
    algebra: Classroom, charlie: User, visit: Visit
) -> None:
    code = algebra.join_code.lower()
    response = visit(charlie).post("/classes/join/", {"code": f"{code[:4]}-{code[4:]} "})
    assert response["Location"] == f"/classes/{algebra.pk}/"
    assert algebra.memberships.get(user=charlie).role == MemberRole.STUDENT


def test_joining_by_link_asks_first(algebra: Classroom, charlie: User, visit: Visit) -> None:
    link = f"/classes/join/{algebra.join_code}/"
    assert "Join Algebra" in visit(charlie).get(link).content.decode()
    assert not is_in(charlie, algebra)
    visit(charlie).post(link)
    visit(charlie).post(link)
    assert algebra.memberships.filter(user=charlie).count() == 1
    assert visit(None).get(link).status_code == 302


def test_a_teacher_who_follows_the_link_stays_a_teacher(
    algebra: Classroom, bob: User, visit: Visit
) -> None:
    visit(bob).post(f"/classes/join/{algebra.join_code}/")
    assert algebra.memberships.get(user=bob).role == MemberRole.TEACHER


@pytest.mark.parametrize("do", ["close", "rotate", "archive"])
def test_an_old_code_opens_nothing(
    algebra: Classroom, bob: User, charlie: User, visit: Visit, do: str
) -> None:
    code = algebra.join_code
    if do == "archive":
        visit(bob).post(f"/classes/{algebra.pk}/archive/")
    else:
        visit(bob).post(f"/classes/{algebra.pk}/code/", {"do": do})
    assert visit(charlie).get(f"/classes/join/{code}/").status_code == 404
    assert visit(charlie).post("/classes/join/", {"code": code}).status_code == 400
    visit(bob).post(f"/classes/{algebra.pk}/code/", {"do": "open"})
    assert visit(bob).post(f"/classes/{algebra.pk}/code/", {"do": "x"}).status_code == 404


def test_guessing_ends(algebra: Classroom, charlie: User, visit: Visit) -> None:
    client = visit(charlie)
    for guess in range(joining.WRONG_CODES):
        assert client.post("/classes/join/", {"code": f"ABCD{guess:04}"}).status_code == 400
    # Now the right one is not told from a wrong one.
    assert client.post("/classes/join/", {"code": algebra.join_code}).status_code == 429
    assert client.get(f"/classes/join/{algebra.join_code}/").status_code == 429
    cache.clear()
    assert client.post("/classes/join/", {"code": algebra.join_code}).status_code == 302


def test_leaving_and_removing(algebra: Classroom, alice: User, bob: User, visit: Visit) -> None:
    visit(alice).post(f"/classes/{algebra.pk}/leave/")
    assert not is_in(alice, algebra)
    member = Membership.objects.create(classroom=algebra, user=alice)
    visit(bob).post(f"/classes/{algebra.pk}/remove/", {"member": member.pk})
    assert not is_in(alice, algebra)


def test_the_last_teacher_stays(algebra: Classroom, bob: User, carol: User, visit: Visit) -> None:
    bobs = algebra.memberships.get(user=bob)
    visit(bob).post(f"/classes/{algebra.pk}/remove/", {"member": bobs.pk})
    visit(bob).post(f"/classes/{algebra.pk}/leave/")
    assert is_in(bob, algebra)
    visit(bob).post(f"/classes/{algebra.pk}/teachers/", {"username": "Carol"})
    assert algebra.memberships.get(user=carol).role == MemberRole.TEACHER
    assert Notification.objects.filter(person=carol).count() == 1
    visit(carol).post(f"/classes/{algebra.pk}/remove/", {"member": bobs.pk})
    assert not is_in(bob, algebra)


def test_only_teachers_become_teachers(
    algebra: Classroom, bob: User, charlie: User, visit: Visit
) -> None:
    for name in ("charlie", "nobody"):
        response = visit(bob).post(f"/classes/{algebra.pk}/teachers/", {"username": name})
        assert response.status_code == 400
        assert "no teacher of this name" in response.content.decode()
    assert not is_in(charlie, algebra)
    assert mail.outbox == []
