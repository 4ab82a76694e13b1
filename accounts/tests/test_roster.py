"""A class list: each row's fate is said first, and only that happens."""

import pytest
from django.core.exceptions import ValidationError

from accounts import roster
from accounts.models import Classroom, User
from accounts.roster import Step


@pytest.fixture
def algebra(alice: User) -> Classroom:
    return Classroom.objects.get(name="Algebra")


def steps(classroom: Classroom, text: str) -> list[tuple[str, Step]]:
    return [(row.email, row.step) for row in roster.plan(classroom, text).rows]


def test_every_kind_of_row(algebra: Classroom, charlie: User, carol: User) -> None:
    User.objects.create_user("twin1", email="twin@example.org")
    User.objects.create_user("twin2", email="TWIN@example.org")
    text = (
        "Email;Name;Shoe size\n"
        "Charlie@Example.org;Charlie;42\n"
        "charlie@example.org;Again;42\n"
        "alice@example.org;Alice;40\n"
        "carol@example.org;Carol;39\n"
        "twin@example.org;Twin;1\n"
        "new@example.org;=1+1;1\n"
        "=cmd|' /C calc'!A0;Bad;1\n"
        "not an address;Bad;1\n"
        ";Nobody;1\n"
    )
    plan = roster.plan(algebra, text)
    assert [row.step for row in plan.rows] == [
        Step.ADD,
        Step.SKIP,
        Step.NOTHING,
        Step.SKIP,
        Step.SKIP,
        Step.INVITE,
        Step.SKIP,
        Step.SKIP,
        Step.SKIP,
    ]
    assert plan.unknown_columns == ("Shoe size",)
    assert "formula" in plan.rows[6].why
    assert plan.rows[0].line == 2
    people = roster.apply(algebra, plan)
    assert people == [charlie]
    assert roster.apply(algebra, plan) == []
    assert roster.plan(algebra, text).digest != plan.digest


def test_a_list_without_a_head(algebra: Classroom, charlie: User) -> None:
    text = "Charlie,charlie@example.org\nDora,dora@example.org\n"
    assert steps(algebra, text) == [
        ("charlie@example.org", Step.ADD),
        ("dora@example.org", Step.INVITE),
    ]
    Classroom.objects.update(is_open=False)
    algebra.refresh_from_db()
    assert steps(algebra, text)[1][1] == Step.SKIP


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  \n\n", "empty"),
        ("name,size\nA,1\n", "No column of e-mail"),
        ("a@example.org\n" * 502, "more than 500"),
        ("x" * 200_001, "too long"),
        ('email\n"' + "x" * 140_000, "cannot be read|too long|left out|no e-mail"),
    ],
)
def test_what_cannot_be_read(algebra: Classroom, text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        roster.plan(algebra, text)


def test_files_of_spreadsheets_are_decoded() -> None:
    assert roster.decoded("\ufeffemail".encode()) == "email"
    assert roster.decoded("Müller".encode("cp1252")) == "Müller"
