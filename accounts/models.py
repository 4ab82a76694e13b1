"""People, and the classrooms that decide what a teacher may see."""

import secrets
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.keys import PartnerKey

__all__ = [
    "Classroom",
    "Mail",
    "MemberRole",
    "Membership",
    "PartnerKey",
    "Role",
    "User",
    "students_of",
    "taught_by",
]

# Without the letters and digits that are mistaken for each other when read aloud.
JOIN_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Role(models.TextChoices):
    STUDENT = "student", _("Student")
    TEACHER = "teacher", _("Teacher")
    ADMINISTRATOR = "administrator", _("Administrator")


class Mail(models.TextChoices):
    """When notifications go out by e-mail; on the site they always are."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day")
    OFF = "off", _("Never")


class PeopleManager(UserManager["User"]):
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: object
    ) -> "User":
        extra.setdefault("role", Role.ADMINISTRATOR)
        return super().create_superuser(username, email, password, **extra)


class User(AbstractUser):
    """A person. `role` decides what they may do; `is_staff` follows from it."""

    email = models.EmailField(_("e-mail address"), blank=True)
    role = models.CharField(
        _("role"), max_length=16, choices=Role.choices, default=Role.STUDENT, db_index=True
    )

    log_text = models.BooleanField(
        _("keep my problems in the inference log"),
        default=True,
        help_text=_("When off, the log has the run's figures alone: no problem, no solution."),
    )

    mail = models.CharField(_("mail"), max_length=8, choices=Mail.choices, default=Mail.AT_ONCE)

    objects: ClassVar[PeopleManager] = PeopleManager()

    def save(self, *args: object, **kwargs: object) -> None:
        # The admin lets in whoever is_staff: one source of truth, the role, decides it.
        self.is_staff = self.is_superuser or self.role in {Role.TEACHER, Role.ADMINISTRATOR}
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def is_teacher(self) -> bool:
        return self.role == Role.TEACHER

    @property
    def is_administrator(self) -> bool:
        return self.is_superuser or self.role == Role.ADMINISTRATOR

    @property
    def may_set_system_prompt(self) -> bool:
        return self.is_teacher or self.is_administrator


def new_join_code() -> str:
    return "".join(secrets.choice(JOIN_CODE_ALPHABET) for _ in range(8))


class ClassroomQuerySet(models.QuerySet["Classroom"]):
    def taught_by(self, user: User) -> Self:
        """Archived ones too. Being a teacher of the class counts only while one is a teacher."""
        if not user.is_teacher:
            return self.none()
        return self.filter(pk__in=_classrooms_of(user, MemberRole.TEACHER))

    def attended_by(self, user: User) -> Self:
        return self.filter(pk__in=_classrooms_of(user, MemberRole.STUDENT))

    def visible_to(self, user: User) -> Self:
        """Those they teach or are in; all for administrators."""
        if user.is_administrator:
            return self
        return self.taught_by(user) | self.attended_by(user)


class Classroom(models.Model):
    name = models.CharField(_("name"), max_length=120)
    join_code = models.CharField(_("join code"), max_length=16, unique=True, default=new_join_code)
    is_open = models.BooleanField(_("open to join"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    members = models.ManyToManyField(
        "accounts.User", through="accounts.Membership", related_name="classrooms"
    )

    objects = ClassroomQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def join_path(self) -> str:
        return reverse("class_join", args=[self.join_code])


class MemberRole(models.TextChoices):
    TEACHER = "teacher", _("Teacher")
    STUDENT = "student", _("Student")


class Membership(models.Model):
    """One person in one classroom."""

    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=MemberRole.choices, default=MemberRole.STUDENT)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["classroom", "user"], name="one_membership_a_classroom")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.classroom} ({self.role})"


def _classrooms_of(user: User, role: MemberRole) -> models.QuerySet[Membership, int]:
    return Membership.objects.filter(user=user, role=role).values_list("classroom_id", flat=True)


def taught_by(user: User) -> models.QuerySet[Classroom, int]:
    """Keys of the classrooms that `user` teaches, for the rules of what they may see."""
    return Classroom.objects.taught_by(user).values_list("pk", flat=True)


def students_of(teacher: User) -> models.QuerySet[User]:
    """Students of the classrooms that `teacher` teaches; archived classrooms still count."""
    taught = Membership.objects.filter(user=teacher, role=MemberRole.TEACHER)
    return User.objects.filter(
        memberships__role=MemberRole.STUDENT,
        memberships__classroom__in=taught.values("classroom"),
    ).distinct()
