"""A class list as a CSV file: what each row would do, said before anything is done."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import Classroom, Membership, Role, User

MAX_ROWS = 500
MAX_CHARS = 200_000
MAX_CELL_CHARS = 320
EMAIL_COLUMNS = frozenset({"email", "e-mail", "mail", "email address", "e-mail address"})
NAME_COLUMNS = frozenset({"name", "full name", "student", "first name", "last name"})
# What a spreadsheet would run when somebody opens the file again.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "|")


class Step(StrEnum):
    ADD = "add"
    INVITE = "invite"
    NOTHING = "nothing"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, counted from 1, and what becomes of it."""

    line: int
    email: str
    name: str
    step: Step
    why: str
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    rows: tuple[Row, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    digest: str = ""

    def count(self, step: Step) -> int:
        return sum(row.step == step for row in self.rows)

    @property
    def adding(self) -> int:
        return self.count(Step.ADD)

    @property
    def inviting(self) -> int:
        return self.count(Step.INVITE)


@dataclass(slots=True)
class _Table:
    emails: int
    names: list[int] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    lines: list[tuple[int, list[str]]] = field(default_factory=list)


def decoded(body: bytes) -> str:
    """As spreadsheets write it: UTF-8 with or without its mark, or else Windows' own."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def plan(classroom: Classroom, text: str) -> Plan:
    """What the file would do now. Raises ValidationError for a file that cannot be read."""
    table = _read(text)
    rows = tuple(_rows(classroom, table))
    said = repr([(row.line, row.email, row.step, row.user_id) for row in rows])
    digest = hashlib.sha256(f"{classroom.pk}:{said}".encode()).hexdigest()
    return Plan(rows, table.unknown, digest)


@transaction.atomic
def apply(classroom: Classroom, agreed: Plan) -> list[User]:
    """Add who is to be added; gives the people who are new. Invitations are the caller's."""
    wanted = [row.user_id for row in agreed.rows if row.user_id is not None]
    known = set(classroom.memberships.values_list("user_id", flat=True))
    people = [one for one in User.objects.filter(pk__in=wanted) if one.pk not in known]
    Membership.objects.bulk_create(
        (Membership(classroom=classroom, user=person) for person in people), ignore_conflicts=True
    )
    return people


def _read(text: str) -> _Table:
    if len(text) > MAX_CHARS:
        raise ValidationError(_("The list is too long. Send it in several files."))
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = [
            (number, [cell.strip() for cell in cells])
            for number, cells in enumerate(
                csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter), start=1
            )
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise ValidationError(_("The list cannot be read as CSV: %s.") % error) from None
    if not lines:
        raise ValidationError(_("The list is empty. Put one student in each line."))
    if len(lines) > MAX_ROWS + 1:
        raise ValidationError(
            _("The list has more than %d lines. Send it in several files.") % MAX_ROWS
        )
    return _table(lines)


def _table(lines: list[tuple[int, list[str]]]) -> _Table:
    heads = [cell.casefold() for cell in lines[0][1]]
    emails = [at for at, head in enumerate(heads) if head in EMAIL_COLUMNS]
    if emails:
        names = [at for at, head in enumerate(heads) if head in NAME_COLUMNS]
        known = {emails[0], *names}
        unknown = tuple(
            cell[:60] for at, cell in enumerate(lines[0][1]) if at not in known and cell
        )
        return _Table(emails[0], names, unknown, lines[1:])
    # Without a head: the first column that has an address somewhere.
    widest = max(len(cells) for _number, cells in lines)
    for at in range(widest):
        if any(_is_address(cells[at]) for _number, cells in lines if at < len(cells)):
            return _Table(at, [other for other in range(widest) if other != at], (), lines)
    raise ValidationError(
        _("No column of e-mail addresses was found. Name one “email” in the first line.")
    )


def _rows(classroom: Classroom, table: _Table) -> Iterator[Row]:
    accounts = _accounts(cells[table.emails] for _n, cells in table.lines if _has(cells, table))
    members = dict(classroom.memberships.values_list("user_id", "role"))
    seen: set[str] = set()
    for number, cells in table.lines:
        email = cells[table.emails][:MAX_CELL_CHARS] if _has(cells, table) else ""
        name = " ".join(cells[at] for at in table.names if at < len(cells))[:MAX_CELL_CHARS]
        key = email.casefold()
        people = accounts.get(key, [])
        step, why = _step(email, key in seen, people, members, classroom)
        seen.add(key)
        user_id = people[0].pk if step is Step.ADD else None
        yield Row(number, email, name, step, why, user_id)


def _step(
    email: str, is_double: bool, people: list[User], members: dict[int, str], classroom: Classroom
) -> tuple[Step, str]:
    if email.startswith(FORMULA_MARKS):
        return Step.SKIP, _("A formula, not an address: taken as text and left out.")
    if not _is_address(email):
        return Step.SKIP, _("This is no e-mail address. Put it right and send the list again.")
    if is_double:
        return Step.SKIP, _("The same address stands further up.")
    if len(people) > 1:
        return Step.SKIP, _("Several accounts have this address. Give them the join code.")
    if people:
        if people[0].pk in members:
            return Step.NOTHING, _("In this class already.")
        if people[0].role != Role.STUDENT:
            return Step.SKIP, _("This is a teacher’s account. Add it under “Teachers”.")
        return Step.ADD, _("Has an account: is added to the class, and told.")
    if not classroom.is_open:
        return Step.SKIP, _("Has no account, and the class is closed. Open it to invite.")
    return Step.INVITE, _("Has no account: gets an e-mail with the link to join.")


def _accounts(emails: Iterable[str]) -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    # Case does not matter in practice, and __in cannot ignore it.
    lowered = User.objects.annotate(lowered=Lower("email"))
    for user in lowered.filter(lowered__in={email.lower() for email in emails if email}):
        found.setdefault(user.email.casefold(), []).append(user)
    return found


def _has(cells: list[str], table: _Table) -> bool:
    return table.emails < len(cells)


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
