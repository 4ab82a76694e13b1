"""A file that somebody gave with a problem; the bytes lie in the bucket under a name of ours."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, students_of, taught_by
from solver.models.problem import Problem


class UploadKind(models.TextChoices):
    """What the bytes are, whatever the file was called."""

    PNG = "image/png", _("PNG picture")
    JPEG = "image/jpeg", _("JPEG picture")
    WEBP = "image/webp", _("WebP picture")
    PDF = "application/pdf", _("PDF")

    @property
    def extension(self) -> str:
        return {"image/jpeg": "jpg"}.get(self.value, self.value.rsplit("/", 1)[1])


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: User) -> Self:
        """As the problem or attempt that it belongs to; before it has one, its owner's alone."""
        if user.is_administrator:
            return self
        mine = Q(owner=user)
        if user.is_teacher:
            mine |= Q(problem__isnull=False, owner__in=students_of(user).values("pk"))
            # Not while the attempt is a draft.
            mine |= Q(
                pk__in=self.model._default_manager.filter(
                    attempts__submitted_at__isnull=False,
                    attempts__assigned__assignment__classroom__in=taught_by(user),
                ).values("pk")
            )
        return self.filter(mine)


class Upload(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    # None while the student still looks at what was read from it.
    problem = models.ForeignKey(
        Problem, models.CASCADE, null=True, blank=True, related_name="uploads"
    )
    kind = models.CharField(max_length=20, choices=UploadKind.choices)
    # As the student knows it: for the eye only, never part of a key.
    shown_name = models.CharField(max_length=100)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def key(self) -> str:
        """Where the bucket keeps it, below uploads/."""
        return f"{self.created_at:%Y%m}/{self.id}.{UploadKind(self.kind).extension}"
