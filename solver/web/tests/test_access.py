"""Every address of the pages, tried by everybody: the stranger finds nothing, nowhere."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, reverse

from accounts.models import Classroom, MemberRole, Membership, User
from solver.models import Solution, State
from solver.web import urls
from solver.web.tests.conftest import MakeSolution, Visit
from solver.web.tests.pages import check_page

# name: (method, form, answer for the owner). Teachers and administrators are tried below.
OF_A_SOLUTION = {
    "solution": ("get", {}, 200),
    "solution_parts": ("get", {}, 200),
    "solution_reasoning": ("get", {}, 200),
    "solution_source": ("get", {}, 200),
    "solution_download": ("get", {}, 200),
    "solution_delete": ("get", {}, 200),
    "solution_cancel": ("post", {}, 302),
    "solution_again": ("post", {}, 302),
    "solution_thumb": ("post", {"thumb": "1"}, 302),
    "solution_report": ("post", {"step": "1"}, 302),
    "solution_explain": ("post", {"step": "1"}, 302),
    "solution_share": ("post", {"classroom": "0"}, 404),
}
CHANGES = {"solution_delete", "solution_cancel", "solution_again", "solution_explain"}
OF_A_PERSON = {
    "problem_new": "get",
    "problem_preview": "post",
    "history": "get",
    "data": "get",
    "export": "post",
    "data_delete": "post",
    "classes": "get",
}
FOR_EVERYBODY = {"home"}
# Tried in solver/live/tests/test_sse.py, in test_uploads.py and where they belong.
ELSEWHERE = {"solution_events", "upload", "solution_sample", "data_privacy"}
# Tried in test_attempts.py, test_joining.py, test_classes.py and test_notifications.py; the whole
# map with every stranger in tests/test_strangers.py.
OF_A_CLASS = {
    "class_archive", "class_change_code", "class_code", "class_dashboard", "class_join",
    "class_leave", "class_new", "class_remove", "class_rename", "class_roster", "class_teacher",
    "classroom", "assignment", "assignment_archive", "assignment_copy", "assignment_delete",
    "assignment_edit", "assignment_new", "assigned", "assigned_draft", "assigned_hand_in",
    "assigned_hint", "assigned_prepare_hints", "assigned_solve", "attempt", "attempt_appeal",
    "attempt_ask", "attempt_result", "problem_correct", "notification_open", "notifications",
    "notifications_mail", "notifications_off", "notifications_read",
}  # fmt: skip


def names() -> Iterator[str]:
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        assert pattern.name
        yield pattern.name


def test_every_address_is_tried_here() -> None:
    assert set(names()) == ({*OF_A_SOLUTION, *OF_A_PERSON} | FOR_EVERYBODY | ELSEWHERE | OF_A_CLASS)


def ask(visit: Visit, person: User | None, name: str, solution: Solution) -> int:
    method, form, _ = OF_A_SOLUTION[name]
    client = visit(person)
    response = getattr(client, method)(reverse(name, args=[solution.pk]), form)
    status: int = response.status_code
    if status == 302 and response["Location"].startswith("/accounts/login/"):
        return 401
    return status


@pytest.mark.parametrize("name", OF_A_SOLUTION)
def test_owner_gets_their_own(name: str, alice: User, make: MakeSolution, visit: Visit) -> None:
    assert ask(visit, alice, name, make()) == OF_A_SOLUTION[name][2]


@pytest.mark.parametrize("name", OF_A_SOLUTION)
def test_charlie_gets_404(name: str, charlie: User, make: MakeSolution, visit: Visit) -> None:
    solution = make()
    assert ask(visit, charlie, name, solution) == 404
    assert Solution.objects.count() == 1


@pytest.mark.parametrize("name", OF_A_SOLUTION)
def test_a_visitor_is_asked_to_log_in(name: str, make: MakeSolution, visit: Visit) -> None:
    assert ask(visit, None, name, make()) == 401


@pytest.mark.parametrize("name", OF_A_SOLUTION)
def test_a_teacher_reads_and_does_not_act(
    name: str, bob: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make()
    expected = 403 if name in CHANGES | {"solution_share"} else OF_A_SOLUTION[name][2]
    assert ask(visit, bob, name, solution) == expected
    assert Solution.objects.get(pk=solution.pk).state == State.DONE


@pytest.mark.parametrize("name", OF_A_SOLUTION)
def test_a_teacher_of_another_class_gets_404(name: str, make: MakeSolution, visit: Visit) -> None:
    carol = User.objects.create_user("carol", role="teacher")
    classroom = Classroom.objects.create(name="Chemistry")
    Membership.objects.create(classroom=classroom, user=carol, role=MemberRole.TEACHER)
    assert ask(visit, carol, name, make()) == 404


@pytest.mark.parametrize("name", OF_A_SOLUTION)
def test_an_administrator_may_do_everything(
    name: str, root: User, make: MakeSolution, visit: Visit
) -> None:
    assert ask(visit, root, name, make()) == OF_A_SOLUTION[name][2]


@pytest.mark.parametrize("name", OF_A_PERSON)
def test_pages_of_a_person_need_a_person(
    name: str, alice: User, visit: Visit, valkey: object
) -> None:
    method = OF_A_PERSON[name]
    refused = getattr(visit(None), method)(reverse(name))
    assert refused.status_code == 302
    assert refused["Location"].startswith("/accounts/login/?next=")
    allowed = getattr(visit(alice), method)(reverse(name))
    assert allowed.status_code in {200, 302}
    allowed.close()


@pytest.mark.parametrize(
    "name", [name for name, (method, *_) in OF_A_SOLUTION.items() if method == "post"]
)
def test_changes_need_a_post(name: str, alice: User, make: MakeSolution, visit: Visit) -> None:
    assert visit(alice).get(reverse(name, args=[make().pk])).status_code == 405


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("who", ["alice", "bob", "root"])
def test_pages_keep_to_the_policy(
    state: State, who: str, make: MakeSolution, visit: Visit, root: User, bob: User
) -> None:
    solution = make(state=state)
    client = visit(User.objects.get(username=who))
    text = check_page(client.get(reverse("solution", args=[solution.pk])))
    assert f'data-state="{state}"' in re.findall(r"<section class=\"status\"[^>]*>", text)[0]


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "root"])
def test_other_pages_keep_to_the_policy(
    who: str, alice: User, bob: User, charlie: User, root: User, make: MakeSolution, visit: Visit
) -> None:
    make()
    client = visit(User.objects.get(username=who))
    for name in ("home", "problem_new", "history", "data", "classes"):
        check_page(client.get(reverse(name)))


def test_the_start_page_keeps_to_the_policy_for_visitors(visit: Visit, db: None) -> None:
    check_page(visit(None).get("/"))
