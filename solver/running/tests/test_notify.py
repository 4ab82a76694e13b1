"""Told once, mailed as chosen, never lost."""

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.models import Mail, User
from conftest import Assign
from solver.models import Notification, NotificationKind
from solver.running import attempts, due, notify

pytestmark = pytest.mark.usefixtures("valkey")
Outbox = list[EmailMessage]


def tell(person: User, about: str = "") -> Notification | None:
    return notify.notify(person, NotificationKind.REVIEWED, "Reviewed", "/attempts/1/", about)


def test_the_same_thing_is_told_once(alice: User, bob: User) -> None:
    assert tell(alice, "review:1")
    assert tell(alice, "review:1") is None
    assert tell(bob, "review:1")
    assert tell(alice)
    assert tell(alice)
    assert Notification.objects.filter(person=alice).count() == 3


def test_a_mail_for_each_at_once(alice: User, mailoutbox: Outbox) -> None:
    tell(alice)
    assert notify.send_owed() == 1
    assert notify.send_owed() == 0
    assert mailoutbox[0].to == ["alice@example.org"]
    assert "/attempts/1/" in mailoutbox[0].body
    off = mailoutbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    assert off in mailoutbox[0].body
    assert notify.person_of_token(off.rstrip("/").rsplit("/", 1)[1]) == alice


@pytest.mark.parametrize(
    ("mail", "email", "owed"),
    [(Mail.OFF, "a@example.org", False), (Mail.AT_ONCE, "", False), (Mail.DAILY, "a@x.org", True)],
)
def test_what_is_owed_follows_the_choice(
    alice: User, mail: Mail, email: str, owed: bool, mailoutbox: Outbox
) -> None:
    alice.mail, alice.email = mail, email
    alice.save()
    row = tell(alice)
    assert row is not None
    assert row.is_mail_owed is owed
    assert notify.send_owed() == 0
    assert mailoutbox == []


def test_a_digest_is_one_mail_a_day(alice: User, bob: User, mailoutbox: Outbox) -> None:
    User.objects.update(mail=Mail.DAILY)
    for person in (User.objects.get(pk=alice.pk), User.objects.get(pk=bob.pk)):
        tell(person)
        tell(person)
    assert notify.send_digests() == 0
    first = Notification.objects.filter(person=alice).first()
    assert first is not None
    Notification.objects.filter(pk=first.pk).update(created_at=timezone.now() - notify.DIGEST_AFTER)
    assert notify.send_digests() == 1
    assert mailoutbox[0].subject == "VibeSite: 2 notifications"
    assert notify.send_digests() == 0


def test_a_mail_server_that_is_away_loses_nothing(
    alice: User, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(alice)

    def away(self: EmailBackend, messages: object) -> int:
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", away)
        assert notify.send_owed() == 0
    assert Notification.objects.get().mailed_at is None
    assert notify.send_owed() == 1
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("due_in", "told"), [(timedelta(hours=20), 1), (timedelta(hours=30), 0), (-timedelta(1), 0)]
)
def test_due_tomorrow_is_told_once(
    assign: Assign, alice: User, due_in: timedelta, told: int
) -> None:
    due_at: datetime = timezone.now() + due_in
    assign(due_at=due_at, time_zone="Asia/Tokyo")
    assert due.tell_due() == told
    assert due.tell_due() == 0
    assert Notification.objects.filter(person=alice, kind="due").count() == told


def test_who_has_handed_in_is_left_alone(assign: Assign, alice: User) -> None:
    assigned = assign(due_at=timezone.now() + timedelta(hours=2))
    attempts.hand_in(assigned, alice, 1, attempts.Given("4"))
    assert due.tell_due() == 0
