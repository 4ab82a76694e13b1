"""The list, the bell, and the choice of mail."""

import pytest
from django.test import Client

from accounts.models import Mail, User
from solver.models import Notification, NotificationKind
from solver.running.notify import notify, off_token
from solver.web.tests.conftest import Visit

pytestmark = pytest.mark.usefixtures("valkey")


def tell(person: User) -> Notification:
    row = notify(person, NotificationKind.REVIEWED, "Your work: $x^2$", "/history/")
    assert row is not None
    return row


def test_reading_one_goes_where_it_points(alice: User, visit: Visit) -> None:
    row, client = tell(alice), visit(alice)
    assert '<span class="visually-hidden"> new</span>' in client.get("/").content.decode()
    assert "Your work" in client.get("/notifications/").content.decode()
    assert client.post(f"/notifications/{row.pk}/open/")["Location"] == "/history/"
    row.refresh_from_db()
    assert row.read_at
    assert '<span class="visually-hidden"> new</span>' not in client.get("/").content.decode()


def test_reading_all(alice: User, visit: Visit) -> None:
    for _time in range(3):
        tell(alice)
    visit(alice).post("/notifications/read/")
    assert not Notification.objects.unread().exists()


def test_nobody_elses(alice: User, charlie: User, bob: User, root: User, visit: Visit) -> None:
    row = tell(alice)
    for person in (charlie, bob, root):
        assert "Your work" not in visit(person).get("/notifications/").content.decode()
        assert visit(person).post(f"/notifications/{row.pk}/open/").status_code == 404
    for path in ("", "read/", "mail/", f"{row.pk}/open/"):
        method = visit(None).post if path else visit(None).get
        assert method(f"/notifications/{path}").status_code == 302


def test_choosing_mail(alice: User, visit: Visit) -> None:
    tell(alice)
    assert visit(alice).post("/notifications/mail/", {"mail": "hourly"}).status_code == 404
    visit(alice).post("/notifications/mail/", {"mail": Mail.OFF})
    alice.refresh_from_db()
    assert alice.mail == Mail.OFF
    assert not Notification.objects.filter(is_mail_owed=True).exists()


def test_the_link_of_a_mail_needs_no_login_and_no_cookie(alice: User, visit: Visit) -> None:
    address = f"/notifications/off/{off_token(alice)}/"
    assert "Stop the mail" in visit(None).get(address).content.decode()
    alice.refresh_from_db()
    assert alice.mail == Mail.AT_ONCE
    # As mail programs do it: no page, no token of a form.
    Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    alice.refresh_from_db()
    assert alice.mail == Mail.OFF
    assert visit(None).get(f"{address[:-2]}x/").status_code == 404
