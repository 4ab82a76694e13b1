"""Teachers, students and their classes."""

from dataclasses import dataclass
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import (
    JOIN_CODE_ALPHABET,
    Classroom,
    MemberRole,
    Membership,
    Role,
    User,
)

SUBJECTS = ("Algebra", "Analysis", "Geometry", "Statistics", "Programming", "Physics")
STUDENTS_A_CLASS = 16
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class School:
    """`taught` and `attended` say who, by the class's key."""

    teachers: list[User]
    students: list[User]
    classrooms: list[Classroom]
    taught: dict[int, list[User]]
    attended: dict[int, list[User]]


def make_school(classes: int, chance: Random) -> School:
    teachers = _people("teacher", max(2, classes // 2), Role.TEACHER)
    students = _people("student", max(4, classes * 12), Role.STUDENT)
    classrooms = Classroom.objects.bulk_create(
        [
            Classroom(
                name=f"{chance.choice(SUBJECTS)} {5 + place % 8}{'abcdef'[place % 6]}, {place + 1}",
                join_code="".join(chance.choices(JOIN_CODE_ALPHABET, k=10)),
            )
            for place in range(classes)
        ],
        batch_size=BATCH,
    )
    taught = {
        one.pk: [teachers[place % len(teachers)], *_second(teachers, place)]
        for place, one in enumerate(classrooms)
    }
    attended = {
        one.pk: chance.sample(students, min(STUDENTS_A_CLASS, len(students))) for one in classrooms
    }
    rows = [(key, user, MemberRole.TEACHER) for key, found in taught.items() for user in found]
    rows += [(key, user, MemberRole.STUDENT) for key, found in attended.items() for user in found]
    Membership.objects.bulk_create(
        [Membership(classroom_id=key, user=user, role=role) for key, user, role in rows],
        batch_size=BATCH,
    )
    return School(teachers, students, classrooms, taught, attended)


def _second(teachers: list[User], place: int) -> list[User]:
    """Every fourth class has two."""
    return [teachers[(place + 1) % len(teachers)]] if place % 4 == 0 else []


def _people(name: str, count: int, role: Role) -> list[User]:
    nobody = make_password(None)
    return User.objects.bulk_create(
        [
            User(
                username=f"{name}-{number:05}",
                email=f"{name}-{number:05}@example.org",
                role=role,
                is_staff=role == Role.TEACHER,
                password=nobody,
            )
            for number in range(1, count + 1)
        ],
        batch_size=BATCH,
    )
