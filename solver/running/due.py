"""A reminder to every student who has something left to hand in by tomorrow."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import MemberRole, User
from solver.models.assignment import Assignment
from solver.models.attempt import Attempt
from solver.models.notification import NotificationKind
from solver.running.notify import notify

AHEAD = timedelta(hours=24)


def tell_due() -> int:
    """Tell each of them once for each due time; gives how many were told."""
    now = timezone.now()
    soon = Assignment.objects.filter(
        due_at__gt=now,
        due_at__lte=now + AHEAD,
        opens_at__lte=now,
        archived_at=None,
        classroom__archived_at=None,
    )
    return sum(map(_remind, soon))


def _remind(assignment: Assignment) -> int:
    due = assignment.due_at
    if due is None:
        return 0
    local = due.astimezone(assignment.zone)
    words = {"title": assignment.title, "when": f"{local:%a %d %b, %H:%M} ({assignment.time_zone})"}
    text = _("Due soon: %(title)s, %(when)s") % words
    address = reverse("assignment", args=[assignment.pk])
    about = f"due:{assignment.pk}:{due.isoformat()}"
    told = [
        notify(person, NotificationKind.DUE, text, address, about)
        for person in _unfinished(assignment)
    ]
    return sum(row is not None for row in told)


def _unfinished(assignment: Assignment) -> list[User]:
    problems = assignment.assigned.count()
    students = User.objects.filter(
        memberships__classroom=assignment.classroom, memberships__role=MemberRole.STUDENT
    )
    pairs = Attempt.objects.filter(assigned__assignment=assignment).handed_in()
    done: dict[int, int] = {}
    for owner_id, _assigned in pairs.values_list("owner", "assigned").order_by().distinct():
        done[owner_id] = done.get(owner_id, 0) + 1
    return [person for person in students if done.get(person.pk, 0) < problems]
