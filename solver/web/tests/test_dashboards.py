"""The dashboards' pages: who sees them, and what stands on them."""

import pytest
import redis
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Classroom, User
from solver.models import Result
from solver.running.tests.test_reviewing import Assign, hand_in
from solver.web.tests.pages import check_page

pytestmark = pytest.mark.django_db


def visit(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_teachers_see_their_class(
    assign: Assign, alice: User, bob: User, charlie: User, carol: User, valkey: object
) -> None:
    classroom = Classroom.objects.get(name="Algebra")
    address = reverse("class_dashboard", args=[classroom.pk])
    assert "No wrong answers yet" in check_page(visit(bob).get(address))
    hand_in(assign("Which <number>?"), alice, text="$\\frac{1}{2}$", result=Result.WRONG)
    shown = check_page(visit(bob).get(address))
    for part in (
        "alice",
        "Sheet 1",
        "Which &lt;number&gt;?",
        "<math",
        "<svg",
        "still being compared",
    ):
        assert part in shown, part
    for person, status in ((alice, 403), (charlie, 404), (carol, 404)):
        assert visit(person).get(address).status_code == status


def test_administrators_see_the_usage(
    alice: User, bob: User, root: User, valkey: redis.Redis
) -> None:
    address = reverse("admin:usage")
    assert "Nothing to show" in check_page(visit(root).get(address))
    call_command("seed", solutions=60, attempts=0, classes=1, verbosity=0)
    # The days without anything are known by now.
    valkey.flushall()
    for days in ("7", "90", "-1", "many", "²"):
        shown = check_page(visit(root).get(address, {"days": days}))
        assert "Verdicts by day" in shown
    assert "VibeThinker-1.5B" in shown
    assert visit(bob).get(address).status_code == 403
