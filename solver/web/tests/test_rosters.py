"""The page of the import: preview, then exactly that."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Classroom, User
from solver.models import Notification
from solver.running import invitations
from solver.web.tests.conftest import Visit

pytestmark = pytest.mark.usefixtures("valkey")
LIST = "email,name\ncharlie@example.org,=HYPERLINK(1)\n"


def test_nothing_happens_before_it_was_seen(
    alice: User, bob: User, charlie: User, visit: Visit, mailoutbox: list[object]
) -> None:
    found = Classroom.objects.get()
    address = f"/classes/{found.pk}/roster/"
    client = visit(bob)
    file = SimpleUploadedFile("list.csv", LIST.encode())
    shown = client.post(address, {"file": file}).content.decode()
    assert "1 will be added" in shown
    assert "=HYPERLINK(1)" in shown
    assert not found.memberships.filter(user=charlie).exists()
    digest = re.search(r'name="agreed" value="(\w+)"', shown)
    assert digest
    # What was previewed is not what is sent now: it is shown again.
    other = client.post(address, {"text": LIST + "x@example.org\n", "agreed": digest[1]})
    assert "Something changed" in other.content.decode()
    assert not found.memberships.filter(user=charlie).exists()
    client.post(address, {"text": LIST, "agreed": digest[1]})
    assert found.memberships.get(user=charlie).role == "student"
    assert Notification.objects.get(person=charlie).text.startswith("bob added you")
    assert invitations.invite(found.pk, ["new@example.org"]) == 1
    assert found.join_code in str(getattr(mailoutbox[-1], "body", ""))


def test_refusals_keep_what_was_typed(alice: User, bob: User, visit: Visit) -> None:
    address = f"/classes/{Classroom.objects.get().pk}/roster/"
    response = visit(bob).post(address, {"text": "no,addresses"})
    assert response.status_code == 400
    assert "no,addresses" in response.content.decode()
    assert visit(bob).post(address, {}).status_code == 400
    assert visit(alice).post(address, {"text": LIST}).status_code == 403
