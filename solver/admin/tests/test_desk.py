"""The desk: teachers read what is theirs to see, administrators everything, others nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import Feedback, Problem, Report, Solution, State, Thumb, Verdict
from solver.web.tests.pages import check_page

pytestmark = pytest.mark.django_db

LISTS = ("admin:solver_problem_changelist", "admin:solver_solution_changelist")
TEXT = "### Step 1: Factor\n\n$(x-2)(x-3)=0$\n\nSo $\\boxed{2}$."


def make(owner: User, problem: str = "Solve $x^2=4$", **fields: object) -> Solution:
    return Solution.objects.create(
        problem=Problem.objects.create(owner=owner, text=problem),
        owner=owner,
        **{"state": State.DONE, "text": TEXT, "answer": "2", **fields},
    )


def visit(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def addresses(solution: Solution) -> list[str]:
    problem_id, solution_id = solution.problem_id, solution.pk
    return [
        reverse("admin:solver_problem_change", args=[problem_id]),
        reverse("admin:solver_problem_history", args=[problem_id]),
        reverse("admin:solver_solution_change", args=[solution_id]),
        reverse("admin:solver_solution_history", args=[solution_id]),
    ]


@pytest.fixture
def carol(db: None) -> User:
    """A teacher of another class."""
    carol = User.objects.create_user("carol", role="teacher")
    classroom = Classroom.objects.create(name="Chemistry")
    Membership.objects.create(classroom=classroom, user=carol, role=MemberRole.TEACHER)
    return carol


def test_a_teacher_sees_their_students_work(alice: User, bob: User) -> None:
    solution = make(alice)
    client = visit(bob)
    for name in LISTS:
        assert "alice" in check_page(client.get(reverse(name)))
    for address in addresses(solution):
        check_page(client.get(address))


def test_a_solution_is_rendered_as_students_see_it(alice: User, bob: User) -> None:
    solution = make(alice, verdict=Verdict.CHECKED)
    shown = check_page(visit(bob).get(addresses(solution)[2]))
    for part in ('data-step="0"', "<math", "Factor", 'data-verdict="checked"'):
        assert part in shown


def test_another_teacher_finds_nothing(alice: User, carol: User) -> None:
    solution = make(alice)
    client = visit(carol)
    for name in LISTS:
        assert "alice" not in client.get(reverse(name)).content.decode()
    for address in addresses(solution):
        assert client.get(address).status_code == 404


def test_students_have_no_desk(alice: User, charlie: User) -> None:
    solution = make(alice)
    for person in (alice, charlie):
        client = visit(person)
        for address in ["/admin/", *map(reverse, LISTS), *addresses(solution)]:
            response = client.get(address, follow=True)
            assert response.status_code == 403
            assert "You may not do that" in response.content.decode()


def test_visitors_log_in_on_the_site(alice: User) -> None:
    solution = make(alice)
    for address in ["/admin/", *addresses(solution)]:
        response = visit(None).get(address, follow=True)
        assert response.redirect_chain[-1][0].startswith("/accounts/login/")


def test_an_administrator_sees_everything(alice: User, root: User) -> None:
    solution = make(alice)
    client = visit(root)
    for address in addresses(solution):
        assert client.get(address).status_code == 200
    for name in ("accounts_user", "accounts_classroom"):
        check_page(client.get(reverse(f"admin:{name}_changelist")))
        check_page(client.get(reverse(f"admin:{name}_add")))


@pytest.mark.parametrize("verb", ["change", "delete"])
def test_history_is_never_written(verb: str, alice: User, bob: User, root: User) -> None:
    solution = make(alice)
    address = reverse(f"admin:solver_solution_{verb}", args=[solution.pk])
    for person in (bob, root):
        response = visit(person).post(address, {"post": "yes", "answer": "3"})
        assert response.status_code == 403
    assert Solution.objects.get().answer == "2"


def test_nothing_is_added_by_hand(bob: User, root: User) -> None:
    for person in (bob, root):
        for model in ("problem", "solution"):
            assert visit(person).get(f"/admin/solver/{model}/add/").status_code == 403


@pytest.mark.parametrize("object_id", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_ids_that_are_none_are_not_found(object_id: str, bob: User) -> None:
    for model in ("problem", "solution"):
        for page in ("change", "history"):
            response = visit(bob).get(f"/admin/solver/{model}/{object_id}/{page}/")
            assert response.status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=trains", {"trains"}),
        ("?q=alice", {"trains", "primes"}),
        ("?q=forty-two", {"primes"}),
        ("?state__exact=failed", {"trains"}),
        ("?verdict__exact=checked", {"primes"}),
        ("?said=reported", {"trains"}),
        ("?said=down", {"primes"}),
        ("?said=shared", set()),
    ],
)
def test_search_and_filters(query: str, found: set[str], alice: User, bob: User) -> None:
    trains = make(alice, "When do the trains leave?", state=State.FAILED)
    primes = make(alice, "Do primes end?", answer="forty-two", verdict=Verdict.CHECKED)
    Report.objects.create(solution=trains, person=alice, step_index=0)
    Feedback.objects.create(solution=primes, person=alice, thumb=Thumb.DOWN)
    address = reverse("admin:solver_solution_changelist") + query
    shown = visit(bob).get(address).content.decode().partition('id="result_list"')[2]
    assert {word for word in ("trains", "primes") if word in shown} == found


def test_reports_are_read_with_their_note(alice: User, bob: User) -> None:
    solution = make(alice)
    Report.objects.create(solution=solution, person=alice, step_index=0, note="Sign <b>error</b>")
    shown = check_page(visit(bob).get(addresses(solution)[2]))
    assert "step 1 is wrong" in shown
    assert "Sign &lt;b&gt;error" in shown


@pytest.mark.parametrize("name", LISTS)
def test_queries_do_not_grow_with_the_list(name: str, alice: User, bob: User) -> None:
    client = visit(bob)
    address = reverse(name)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    now = timezone.now()
    for day in range(2):
        make(alice, created_at=now - timedelta(days=day))
    few = queries()
    for day in range(12):
        make(alice, created_at=now - timedelta(days=day))
    assert queries() == few <= 15
