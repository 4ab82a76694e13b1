"""Users and classrooms in the admin: for administrators alone."""

import pytest
from django.test import Client

from accounts.models import Classroom, MemberRole, Membership, Role, User

pytestmark = pytest.mark.django_db

ADDRESSES = (
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/classroom/",
    "/admin/accounts/classroom/add/",
)


def visit(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("address", ADDRESSES)
def test_teachers_are_refused(address: str, bob: User) -> None:
    assert visit(bob).get(address).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_administrators_need_no_superuser_flag(address: str, db: None) -> None:
    admin = User.objects.create_user("dora", role=Role.ADMINISTRATOR)
    assert not admin.is_superuser
    assert visit(admin).get(address).status_code == 200


def test_a_teacher_cannot_promote_anybody(alice: User, bob: User) -> None:
    response = visit(bob).post(f"/admin/accounts/user/{alice.pk}/change/", {"role": "teacher"})
    assert response.status_code == 403
    alice.refresh_from_db()
    assert alice.role == Role.STUDENT


def test_an_administrator_makes_a_teacher(root: User) -> None:
    form = {
        "username": "erin",
        "email": "erin@example.org",
        "role": "teacher",
        "usable_password": "true",
        "password1": "a long enough phrase",
        "password2": "a long enough phrase",
    }
    response = visit(root).post("/admin/accounts/user/add/", form)
    assert response.status_code == 302
    erin = User.objects.get(username="erin")
    assert (erin.role, erin.is_staff) == (Role.TEACHER, True)


def test_an_administrator_puts_a_student_into_a_class(root: User, alice: User) -> None:
    form = {
        "name": "Geometry",
        "join_code": "ABCD2345",
        "is_open": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": str(alice.pk),
        "memberships-0-role": "student",
    }
    response = visit(root).post("/admin/accounts/classroom/add/", form)
    assert response.status_code == 302
    membership = Membership.objects.get(classroom=Classroom.objects.get(name="Geometry"))
    assert (membership.user, membership.role) == (alice, MemberRole.STUDENT)
