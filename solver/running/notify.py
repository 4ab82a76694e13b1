"""Telling people: on the site at once, and by e-mail as they chose.

The row is the truth: a mail that could not go out stays owed, and the sweep sends it.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail, User
from solver.models.notification import Notification, NotificationKind
from solver.running import tickets

logger = structlog.get_logger(__name__)

DIGEST_AFTER = timedelta(hours=24)
AT_ONCE = 200
OFF_SALT = "solver.running.notify.off"
TEXT_MAX_CHARS = 500


def notify(
    person: User, kind: NotificationKind, text: str, address: str = "", about: str = ""
) -> Notification | None:
    """Tell one person one thing; None where the same thing (`about`) was told before.

    Call it in the transaction that makes the thing true: the mail goes out after the commit.
    """
    row = Notification(
        person=person,
        kind=kind,
        text=text[:TEXT_MAX_CHARS],
        address=address,
        about=about,
        is_mail_owed=bool(person.email) and person.mail != Mail.OFF,
    )
    # Not get_or_create: two that tell at once must not fail each other's transaction.
    made = Notification.objects.bulk_create([row], ignore_conflicts=True)
    if about and not Notification.objects.filter(pk=made[0].pk).exists():
        return None
    if row.is_mail_owed and person.mail == Mail.AT_ONCE:
        transaction.on_commit(tickets.mail)
    return row


def choose_mail(person: User, choice: Mail) -> None:
    """When mail goes to this person from now on; nothing old is sent after switching it on."""
    User.objects.filter(pk=person.pk).update(mail=choice)
    if choice == Mail.OFF:
        person.notifications.filter(is_mail_owed=True).update(is_mail_owed=False)


def off_token(person: User) -> str:
    """What the opt-out link of a mail carries. It opens nothing but this person's choice."""
    return signing.dumps(person.pk, salt=OFF_SALT)


def person_of_token(token: str) -> User | None:
    try:
        return User.objects.filter(pk=signing.loads(token, salt=OFF_SALT)).first()
    except signing.BadSignature:
        return None


def send_owed() -> int:
    """A mail for each owed notification of those who want them at once; gives how many went."""
    owed = Notification.objects.filter(is_mail_owed=True, person__mail=Mail.AT_ONCE)
    rows = list(owed.select_related("person").order_by("created_at")[:AT_ONCE])
    return sum(_send(row.person, [row]) for row in rows)


def send_digests() -> int:
    """One mail for all that waited a day, for those who want one a day; gives how many went."""
    owed = Notification.objects.filter(is_mail_owed=True, person__mail=Mail.DAILY)
    before = timezone.now() - DIGEST_AFTER
    ripe = owed.filter(created_at__lte=before).values("person")
    rows = owed.filter(person__in=ripe).select_related("person").order_by("person", "created_at")
    people = groupby(rows, key=lambda row: row.person)
    return sum(_send(person, list(theirs)) for person, theirs in people)


def _send(person: User, rows: Iterable[Notification]) -> bool:
    mine = [row for row in rows if _claim(row.pk)]
    if not mine:
        return False
    try:
        _message(person, mine).send()
    except OSError as error:
        # SMTP's own errors are OSErrors, too. Owed again: the sweep comes back.
        Notification.objects.filter(pk__in=[row.pk for row in mine]).update(
            is_mail_owed=True, mailed_at=None
        )
        logger.warning("mail_not_sent", person=person.pk, error=str(error))
        return False
    return True


def _claim(row_id: uuid.UUID) -> bool:
    """Whoever changes the row sends it: two workers send one mail."""
    owed = Notification.objects.filter(pk=row_id, is_mail_owed=True)
    return bool(owed.update(is_mail_owed=False, mailed_at=timezone.now()))


def _message(person: User, rows: list[Notification]) -> EmailMessage:
    off = settings.SITE_URL + reverse("notifications_off", args=[off_token(person)])
    context = {"person": person, "rows": rows, "site": settings.SITE_URL, "off": off}
    subject = rows[0].text if len(rows) == 1 else f"{len(rows)} notifications"
    return EmailMessage(
        subject=" ".join(f"VibeSite: {subject}".split())[:150],
        body=render_to_string("mail/notifications.txt", context),
        to=[person.email],
        headers={
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
