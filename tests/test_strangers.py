"""Nothing of bob's class is shown to those it does not concern, at any address there is.

The address map itself is walked: whoever adds an address says here what it is, or this fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.keys import make_key
from accounts.models import Classroom, MemberRole, Membership, Role, User
from solver.live.connection import close_async_clients
from solver.live.follow import follower
from solver.live.notices import Close
from solver.live.routing import websocket_urlpatterns
from solver.live.tests.conftest import Socket
from solver.live.tests.conftest import log_in as cookie_of
from solver.models import (
    Appeal,
    AssignedProblem,
    Assignment,
    Attempt,
    AttemptState,
    Correction,
    HintSet,
    HintState,
    Notification,
    NotificationKind,
    Problem,
    Result,
    Review,
    ShownHint,
    Solution,
    State,
    Upload,
    UploadKind,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from solver.models.batch import ApiFile, Batch

# Committed for real: some answers come from threads of their own.
pytestmark = pytest.mark.django_db(transaction=True)

# Stands in every text, name and title of the class.
MARK = "quagga"

# About oneself alone: signing in, one's own password and addresses.
OWN_ACCOUNT = ("accounts/", "_allauth/")

# Nobody's data, or what its secret alone opens (a join code, the token of a mail).
OPEN = {
    "livez", "readyz", "metrics", "", "predict", "v1/inference", "v1/health", "v1/models",
    "v1/models/<path:name>", "v1/chat/completions", "v1/completions", "v1/responses",
    "api/docs/", "api/schema/", "api/v1/", "problems/preview/",
    "classes/join/<str:code>/", "notifications/off/<str:token>/",
}  # fmt: skip

# Lists and forms of one's own things: shown to everybody, with nothing of the class in them.
OWN = {
    "problems/new/", "history/", "history/data/", "history/data/export/", "history/data/delete/",
    "history/data/privacy/",
    "classes/", "classes/new/", "classes/join/", "notifications/", "notifications/read/",
    "notifications/mail/", "keys/", "webhooks/", "api/v1/problems/", "api/v1/solutions/",
    "api/v1/attempts/", "v1/batches", "v1/files",
}  # fmt: skip

# One thing of the class, or of one of its people.
OF_THE_CLASS = {
    "solutions/<uuid:solution_id>/",
    "solutions/<uuid:solution_id>/events/",
    "solutions/<uuid:solution_id>/parts/",
    "solutions/<uuid:solution_id>/reasoning/",
    "solutions/<uuid:solution_id>/cancel/",
    "solutions/<uuid:solution_id>/again/",
    "solutions/<uuid:solution_id>/delete/",
    "solutions/<uuid:solution_id>/samples/<int:number>/",
    "solutions/<uuid:solution_id>/source/",
    "solutions/<uuid:solution_id>/download/",
    "solutions/<uuid:solution_id>/explain/",
    "solutions/<uuid:solution_id>/report/",
    "solutions/<uuid:solution_id>/thumb/",
    "solutions/<uuid:solution_id>/share/",
    "uploads/<uuid:upload_id>/",
    "classes/<int:classroom_id>/",
    "classes/<int:classroom_id>/dashboard/",
    "classes/<int:classroom_id>/rename/",
    "classes/<int:classroom_id>/archive/",
    "classes/<int:classroom_id>/code/",
    "classes/<int:classroom_id>/leave/",
    "classes/<int:classroom_id>/teachers/",
    "classes/<int:classroom_id>/remove/",
    "classes/<int:classroom_id>/roster/",
    "classes/<int:classroom_id>/assignments/new/",
    "assignments/<uuid:assignment_id>/",
    "assignments/<uuid:assignment_id>/edit/",
    "assignments/<uuid:assignment_id>/copy/",
    "assignments/<uuid:assignment_id>/archive/",
    "assignments/<uuid:assignment_id>/delete/",
    "assigned/<uuid:assigned_id>/",
    "assigned/<uuid:assigned_id>/draft/",
    "assigned/<uuid:assigned_id>/hand-in/",
    "assigned/<uuid:assigned_id>/solve/",
    "assigned/<uuid:assigned_id>/hint/",
    "assigned/<uuid:assigned_id>/hints/",
    "attempts/<uuid:attempt_id>/",
    "attempts/<uuid:attempt_id>/result/",
    "attempts/<uuid:attempt_id>/appeal/",
    "attempts/<uuid:attempt_id>/ask/",
    "problems/<uuid:problem_id>/correct/",
    "notifications/<uuid:notification_id>/open/",
    "keys/<str:key_id>/rotate/",
    "keys/<str:key_id>/revoke/",
    "webhooks/<uuid:endpoint_id>/",
    "webhooks/<uuid:endpoint_id>/test/",
    "webhooks/<uuid:endpoint_id>/switch/",
    "webhooks/<uuid:endpoint_id>/delete/",
    "webhooks/<uuid:endpoint_id>/deliveries/<str:delivery_id>/again/",
    "v1/files/<str:file_id>",
    "v1/files/<str:file_id>/content",
    "v1/batches/<str:batch_id>",
    "v1/batches/<str:batch_id>/cancel",
    "api/v1/problems/<uuid:problem_id>/",
    "api/v1/solutions/<uuid:solution_id>/",
    "api/v1/solutions/<uuid:solution_id>/cancel/",
    "api/v1/solutions/<uuid:solution_id>/again/",
    "api/v1/solutions/<uuid:solution_id>/steps/",
    "api/v1/solutions/<uuid:solution_id>/verdict/",
    "api/v1/solutions/<uuid:solution_id>/events/",
    "api/v1/solutions/<uuid:solution_id>/thumb/",
    "api/v1/solutions/<uuid:solution_id>/reports/",
    "api/v1/attempts/<uuid:attempt_id>/",
    "api/v1/assigned/<uuid:assigned_id>/hints/",
}

# The admin's own: refused to students and visitors; teachers see it with nothing of the class.
DESK = {
    "admin/", "admin/login/", "admin/logout/", "admin/password_change/",
    "admin/password_change/done/", "admin/autocomplete/", "admin/jsi18n/",
    r"admin/^(?P<app_label>auth|account|accounts|solver)/$", "admin/(?P<url>.*)$",
    "admin/solver/review/queue/", "admin/solver/review/queue/accept/",
    "admin/solver/promptversion/", "admin/solver/promptversion/<slug:slug>/",
    "admin/solver/promptversion/<slug:slug>/write/",
    "admin/solver/promptversion/<slug:slug>/end-trial/",
    "admin/solver/promptversion/<slug:slug>/roll-back/",
    "admin/solver/promptversion/<slug:slug>/v<int:number>/",
    "admin/solver/promptversion/<slug:slug>/v<int:number>/try/",
    "admin/solver/promptversion/<slug:slug>/v<int:number>/trial/",
    "admin/solver/promptversion/<slug:slug>/v<int:number>/promote/",
}  # fmt: skip
DESK_LISTS = ("problem", "solution", "attempt", "correction", "review")
DESK |= {f"admin/solver/{name}/" for name in DESK_LISTS}
DESK |= {f"admin/solver/{name}/export/<str:form>/" for name in ("solution", "attempt", "review")}

# One row of the class in the admin, and what administrators alone open.
DESK_ROWS = {
    "admin/solver/solution/usage/",
    "admin/solver/review/queue/<str:kind>/<uuid:subject_id>/",
    "admin/r/<path:content_type_id>/<path:object_id>/",
    "admin/accounts/user/<id>/password/",
}
MODELS = {
    "auth/group": "group",
    "account/emailaddress": "email",
    "accounts/user": "person",
    "accounts/classroom": "classroom",
    **{f"solver/{name}": name for name in DESK_LISTS},
}
for _model in MODELS:
    DESK_ROWS |= {
        f"admin/{_model}/<path:object_id>/{page}" for page in ("", "history/", "delete/", "change/")
    }
    DESK_ROWS.add(f"admin/{_model}/add/")
    if not _model.startswith("solver/"):
        DESK_ROWS.add(f"admin/{_model}/")

SOCKETS = {"ws/solutions/<str:solution_id>/", ""}


@dataclass(frozen=True)
class TheClass:
    """The keys of what bob and his student have."""

    keys: dict[str, Any]
    rows: dict[str, Any]


@pytest.fixture
def theirs(bob: User) -> TheClass:
    student = User.objects.create_user(f"{MARK}-student", f"{MARK}@example.org")
    classroom = Classroom.objects.create(name=f"Class {MARK}")
    for person, role in ((bob, MemberRole.TEACHER), (student, MemberRole.STUDENT)):
        Membership.objects.create(classroom=classroom, user=person, role=role)
    problem = Problem.objects.create(owner=student, text=f"What is a {MARK}?")
    solution = Solution.objects.create(
        problem=problem, owner=student, state=State.DONE, text=MARK, answer=MARK
    )
    assignment = Assignment.objects.create(classroom=classroom, title=MARK, created_by=bob)
    set_problem = Problem.objects.create(owner=bob, text=MARK)
    assigned = AssignedProblem.objects.create(
        assignment=assignment, problem=set_problem, reference_answer=MARK
    )
    attempt = Attempt.objects.create(
        assigned=assigned,
        owner=student,
        text=MARK,
        state=AttemptState.GRADED,
        result=Result.CANNOT_TELL,
        submitted_at=timezone.now(),
    )
    HintSet.objects.create(
        problem=set_problem,
        expected=assigned.expected_sha256,
        state=HintState.READY,
        texts=[MARK, MARK],
    )
    ShownHint.objects.create(assigned=assigned, owner=student, level=1)
    review = Review.objects.create(attempt=attempt, reviewer=bob, decision="changed", comment=MARK)
    correction = Correction.objects.create(problem=set_problem, new=MARK, by=bob)
    Appeal.objects.create(attempt=attempt, reason=MARK)
    upload = Upload.objects.create(
        owner=student,
        problem=problem,
        kind=UploadKind.PNG,
        shown_name=MARK,
        size_bytes=1,
        sha256="0" * 64,
    )
    notification = Notification.objects.create(
        person=student, kind=NotificationKind.REVIEWED, text=MARK
    )
    key, _text = make_key(student, MARK)
    endpoint = WebhookEndpoint(owner=student, url=f"https://{MARK}.example.org/", events=[])
    endpoint.new_secret()
    endpoint.save()
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event=WebhookEvent.TEST, subject=MARK, body="{}"
    )
    file = ApiFile.objects.create(owner=student, name=MARK, purpose="batch", size_bytes=1)
    batch = Batch.objects.create(
        owner=student, endpoint=MARK, input_id=file.pk, expires_at=timezone.now()
    )
    return TheClass(
        {
            "solution_id": solution.pk,
            "problem_id": problem.pk,
            "classroom_id": classroom.pk,
            "assignment_id": assignment.pk,
            "assigned_id": assigned.pk,
            "attempt_id": attempt.pk,
            "upload_id": upload.pk,
            "notification_id": notification.pk,
            "key_id": key.pk,
            "endpoint_id": endpoint.pk,
            "delivery_id": delivery.pk,
            "file_id": file.pk,
            "batch_id": batch.pk,
            "subject_id": attempt.pk,
            "kind": "attempt",
            "number": 1,
            "form": "csv",
            "slug": "math_solver",
            "id": student.pk,
            "content_type_id": ContentType.objects.get_for_model(Solution).pk,
            "object_id": solution.pk,
        },
        {
            "solution": solution.pk,
            "problem": problem.pk,
            "attempt": attempt.pk,
            "review": review.pk,
            "correction": correction.pk,
            "person": student.pk,
            "classroom": classroom.pk,
            "group": Group.objects.create(name=MARK).pk,
            "email": EmailAddress.objects.create(user=student, email=student.email).pk,
        },
    )


# -- The map ----------------------------------------------------------------------------------


def routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, path)
        elif isinstance(one, URLPattern):
            yield path


def known() -> dict[str, set[str]]:
    return {
        "open": OPEN,
        "own": OWN,
        "of the class": OF_THE_CLASS,
        "desk": DESK,
        "desk rows": DESK_ROWS,
    }


def test_every_address_is_known() -> None:
    found = {path for path in routes() if not path.startswith(OWN_ACCOUNT)}
    listed = set().union(*known().values())
    assert found - listed == set(), "Say in this file what these addresses are."
    assert listed - found == set(), "These are gone: take them out of this file."
    assert sum(map(len, known().values())) == len(listed), "Some address is listed twice."


def test_every_socket_is_known() -> None:
    assert {str(one.pattern) for one in websocket_urlpatterns} == SOCKETS


# -- Asking -----------------------------------------------------------------------------------


def address(route: str, theirs: TheClass) -> str:
    keys = dict(theirs.keys)
    for model, name in MODELS.items():
        if route.startswith(f"admin/{model}/"):
            keys["object_id"] = theirs.rows[name]
    if route.startswith("admin/^"):
        return "/admin/solver/"
    if route.startswith("admin/(?P"):
        return "/admin/nothing/"
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(keys[found[1]]), route)


def answers(client: Client, path: str, **headers: Any) -> Iterator[Any]:
    """To reading and to changing, redirects followed to their end."""
    yield client.get(path, follow=True, **headers)
    form: dict[str, Any] = {}
    if path.startswith(("/api/", "/v1/")):
        body = {"step": 0} if path.endswith("/reports/") else {}
        form = {"content_type": "application/json", "data": body}
    yield client.post(path, follow=True, **form, **headers)


def shown(response: Any) -> str:
    if response.streaming:
        return ""
    return str(response.content.decode(errors="replace")).lower()


def log_in(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def is_login(response: Any) -> bool:
    chain = getattr(response, "redirect_chain", [])
    return bool(chain) and chain[-1][0].startswith("/accounts/login/")


@pytest.fixture(params=["charlie", "carol", "a visitor"])
def stranger(request: pytest.FixtureRequest) -> User | None:
    if request.param == "a visitor":
        return None
    person: User = request.getfixturevalue(request.param)
    return person


def test_what_is_the_classs_is_refused(
    stranger: User | None, theirs: TheClass, valkey: object
) -> None:
    client = log_in(stranger)
    wrong: list[tuple[str, object]] = []
    for route in sorted(OF_THE_CLASS | DESK_ROWS):
        path = address(route, theirs)
        statuses = []
        for response in answers(client, path):
            refused = response.status_code in {401, 403, 404, 405}
            statuses.append(response.status_code)
            if not refused and not (stranger is None and is_login(response)):
                wrong.append((route, response.status_code))
            if MARK in shown(response).replace(path.lower(), ""):
                wrong.append((route, "shows it"))
        if set(statuses) == {405}:
            wrong.append((route, "allows neither reading nor changing: ask it otherwise"))
    assert wrong == []


def test_lists_and_forms_show_nothing_of_it(
    stranger: User | None, theirs: TheClass, valkey: object
) -> None:
    client = log_in(stranger)
    wrong: list[tuple[str, object]] = []
    for route in sorted(OWN | DESK - {"admin/logout/"}):
        response = client.get(address(route, theirs), follow=True)
        if MARK in shown(response):
            wrong.append((route, "shows it"))
        may_open = stranger is not None and (route in OWN or stranger.role == Role.TEACHER)
        if may_open or response.status_code in {401, 403, 404, 405} or is_login(response):
            continue
        wrong.append((route, response.status_code))
    assert wrong == []


def test_a_strangers_key_opens_nothing_of_it(
    charlie: User, carol: User, theirs: TheClass, valkey: object
) -> None:
    wrong: list[tuple[object, ...]] = []
    for person in (charlie, carol):
        _key, text = make_key(person, "all of it")
        headers = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
        for route in sorted(one for one in OWN | OF_THE_CLASS if one.startswith(("api/", "v1/"))):
            for response in answers(Client(), address(route, theirs), **headers):
                if MARK in shown(response):
                    wrong.append((person.username, route, "shows it"))
                if route in OF_THE_CLASS and response.status_code not in {403, 404, 405}:
                    wrong.append((person.username, route, response.status_code))
    assert wrong == []


def test_the_teacher_and_the_student_do_see_it(bob: User, theirs: TheClass, valkey: object) -> None:
    """Else the tests above would pass on a site that shows nothing to anybody."""
    student = User.objects.get(username=f"{MARK}-student")
    seen = {
        bob: [
            "solutions/<uuid:solution_id>/",
            "classes/",
            "classes/<int:classroom_id>/dashboard/",
            "assignments/<uuid:assignment_id>/",
            "admin/solver/attempt/",
            "admin/solver/review/queue/",
            "admin/solver/review/queue/<str:kind>/<uuid:subject_id>/",
        ],
        student: [
            "solutions/<uuid:solution_id>/",
            "attempts/<uuid:attempt_id>/",
            "assigned/<uuid:assigned_id>/",
            "notifications/",
            "history/",
            "keys/",
        ],
    }
    for person, found in seen.items():
        client = log_in(person)
        for route in found:
            response = client.get(address(route, theirs))
            assert (route, response.status_code) == (route, 200)
            assert MARK in shown(response), route


@pytest.mark.parametrize("who", ["charlie", "carol", "a visitor"])
async def test_sockets_are_refused(
    who: str, theirs: TheClass, charlie: User, carol: User, valkey: object
) -> None:
    cookie = await sync_to_async(cookie_of)({"charlie": charlie, "carol": carol}.get(who))
    heard = []
    for name in (theirs.keys["solution_id"], uuid4()):
        socket = await Socket(f"/ws/solutions/{name}/", cookie).open()
        heard.append((await socket.frame(), await socket.close_code()))
    await follower().close()
    await close_async_clients()
    assert heard[0] == heard[1]
    assert heard[0][1] == Close.NOT_FOUND
