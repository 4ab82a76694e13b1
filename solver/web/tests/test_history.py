"""History: found by words and filters, a page at a time, in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from solver.models import Kind, State, Verdict
from solver.web.history import PAGE_SIZE
from solver.web.tests.conftest import MakeSolution, Visit


def listed(visit: Visit, person: User, query: str = "") -> str:
    response = visit(person).get(f"/history/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_history_says_what_to_do(alice: User, visit: Visit) -> None:
    assert "Nothing here yet" in listed(visit, alice)


def test_only_ones_own_are_listed(
    alice: User, bob: User, charlie: User, root: User, make: MakeSolution, visit: Visit
) -> None:
    make(problem="Alice asks")
    assert "Alice asks" in listed(visit, alice)
    for other in (bob, charlie, root):
        assert "Alice asks" not in listed(visit, other)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=trains", {"trains"}),
        ("?q=TRAINS+leave", {"trains"}),
        ("?q=trains+primes", set()),
        ("?q=lemma", {"primes"}),
        ("?q=forty-two", {"code"}),
        ("?kind=code", {"code"}),
        ("?verdict=checked", {"primes"}),
        ("?state=failed", {"trains"}),
        ("?state=failed&kind=code", set()),
        ("?since=2001-01-01&until=2001-12-31", {"code"}),
        ("?until=2001-12-31", {"code"}),
        ("?kind=nonsense", {"trains", "primes", "code"}),
        ("?since=0001-01-01&until=9999-12-31", {"trains", "primes", "code"}),
        ("?q=%00", {"trains", "primes", "code"}),
    ],
)
def test_search_and_filters(
    query: str, found: set[str], alice: User, make: MakeSolution, visit: Visit
) -> None:
    old = timezone.now().replace(year=2001)
    make(problem="When do the trains leave?", state=State.FAILED)
    make(problem="Show that the primes go on.", text="By the lemma", verdict=Verdict.CHECKED)
    make(problem="Write some code.", kind=Kind.CODE, answer="forty-two", created_at=old)
    shown = listed(visit, alice, query)
    assert {word for word in ("trains", "primes", "code") if f"{word}" in rows(shown)} == found


def rows(shown: str) -> str:
    """The list alone, without the form's words."""
    _, _, rest = shown.partition('<ol class="rows">')
    return rest.partition("</ol>")[0]


def test_what_does_not_match_says_so(alice: User, make: MakeSolution, visit: Visit) -> None:
    make()
    assert "Nothing matches" in listed(visit, alice, "?q=zebra")


def test_pages_keep_the_query(alice: User, make: MakeSolution, visit: Visit) -> None:
    for number in range(PAGE_SIZE + 1):
        make(problem=f"Problem {number}", created_at=timezone.now() - timedelta(hours=number))
    first = listed(visit, alice, "?q=problem&kind=maths")
    assert 'href="?q=problem&amp;kind=maths&amp;page=2"' in first
    second = listed(visit, alice, "?q=problem&kind=maths&page=2")
    assert f"Problem {PAGE_SIZE}" in second
    assert f"Problem {PAGE_SIZE}" in listed(visit, alice, "?page=999")
    assert "Problem 0" in listed(visit, alice, "?page=nonsense")


def test_queries_do_not_grow_with_the_list(alice: User, make: MakeSolution, visit: Visit) -> None:
    client = visit(alice)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get("/history/")
        return len(captured)

    make()
    few = queries()
    for _ in range(10):
        make()
    assert queries() == few <= 6
