"""A notification: one sentence to one person, on the site and, if they wish, by e-mail.

Made by `solver.running.notify` alone.
"""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class NotificationKind(models.TextChoices):
    REVIEWED = "reviewed", _("Reviewed")
    REGRADED = "regraded", _("Graded again")
    CORRECTED = "corrected", _("Corrected")
    APPEALED = "appealed", _("Appeal")
    APPEAL_ANSWERED = "appeal_answered", _("Appeal answered")
    ASSIGNED = "assigned", _("New assignment")
    DUE = "due", _("Due soon")
    CLASS = "class", _("Class")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> Self:
        """Their own, whoever they are: a letter is its receiver's."""
        return self.filter(person=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=16, choices=NotificationKind.choices)
    text = models.CharField(max_length=500)
    # A path of this site.
    address = models.CharField(max_length=200, blank=True)
    # What it is about: the same thing is told once.
    about = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    # Decided when it is made, so that switching mail on sends nothing old.
    is_mail_owed = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notification_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(
                fields=["created_at"], condition=Q(is_mail_owed=True), name="notification_mail"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "about"], condition=~Q(about=""), name="told_once"
            ),
        ]

    def __str__(self) -> str:
        return self.text
