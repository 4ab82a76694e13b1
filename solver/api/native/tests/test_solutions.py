from typing import Any

import pytest
from django.test import Client

from accounts.authentication import Caller
from accounts.models import User
from accounts.throttling import admit, settle
from solver.api.native.tests.conftest import CallWith, make_solution
from solver.live.connection import redis_client
from solver.models import Attempt, Problem, Solution, State, Thumb
from solver.running import announce, states
from solver.running.charges import charge_at_end
from solver.running.outcomes import Ending, Written

JSON = "application/json"


@pytest.fixture
def client_of_alice(alice: User, call_with: CallWith, valkey: Any) -> Client:
    return call_with(alice)


def post(client: Client, body: object, address: str = "/api/v1/solutions/") -> Any:
    return client.post(address, body, content_type=JSON)


def test_a_problem_goes_in_and_a_solution_is_made(client_of_alice: Client, alice: User) -> None:
    response = post(client_of_alice, {"text": "2 + 3?", "sampling": {"temperature": 0, "seed": 7}})
    assert response.status_code == 201
    made = Solution.objects.get()
    assert response["Location"].endswith(f"/api/v1/solutions/{made.pk}/")
    assert response.json()["state"] == State.QUEUED
    assert (made.owner, made.problem.text, made.sampling["seed"]) == (alice, "2 + 3?", 7)
    assert made.partner_key is not None
    assert response["x-ratelimit-limit-requests"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"text": NaN}',
        "[" * 100_000,
        '{"text": "a\\u0000"}',
        '{"text": "\\ud800"}',
        b"\xff",
        {},
        {"text": ""},
        {"text": 7},
        {"text": " \n"},
        {"text": "x" * 9_000},
        {"text": "2?", "kind": "chat"},
        {"text": "2?", "colour": "red"},
        {"text": "2?", "sampling": {"temperature": -1}},
        {"text": "2?", "sampling": {"temperature": True}},
        {"text": "2?", "sampling": {"max_tokens": 10**12}},
        {"text": "2?", "sampling": {"luck": 1}},
        {"text": "2?", "sampling": []},
        {"text": "2?", "system_prompt": "Be a poet."},
    ],
)
def test_bad_bodies_are_refused_with_what_to_do(client_of_alice: Client, body: Any) -> None:
    response = post(client_of_alice, body)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]
    assert not Problem.objects.exists()


def test_other_kinds_of_bodies_are_refused(client_of_alice: Client) -> None:
    assert client_of_alice.post("/api/v1/solutions/", {"text": "2?"}).status_code == 415
    assert post(client_of_alice, {"text": "x" * 10_000_000}).status_code == 413


def test_there_is_a_most_of_solutions_at_work(
    client_of_alice: Client, alice: User, settings: Any
) -> None:
    settings.API_CONCURRENT_RUNS = 1
    assert post(client_of_alice, {"text": "2?"}).status_code == 201
    refused = post(client_of_alice, {"text": "3?"})
    assert refused.status_code == 429
    assert refused["Retry-After"]


def test_the_limit_of_requests_holds(client_of_alice: Client, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    answers = [client_of_alice.get("/api/v1/problems/").status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def solve(tokens: int) -> Solution:
    """What a worker does with the next one."""
    claim = states.claim_next(["maths"], "w1")
    assert claim is not None
    written = Written("5", completion_tokens=tokens - 40)
    states.finish(claim, written, Ending(State.DONE, prompt_tokens=40))
    return claim


@pytest.mark.django_db(transaction=True)
def test_a_run_is_charged_when_it_ends(client_of_alice: Client, settings: Any) -> None:
    settings.API_TOKENS_PER_DAY = 1_000
    address = "/api/v1/solutions/"

    def left() -> str:
        return str(client_of_alice.get(address)["x-ratelimit-remaining-tokens-day"])

    post(client_of_alice, {"text": "2 + 3?"})
    assert left() == "1000"
    solved = solve(tokens=340)
    assert left() == "660"
    announce.tell_ending(solved.pk)
    assert left() == "660", "told twice, charged once"
    again = f"{address}{solved.pk}/again/"
    unwanted = post(client_of_alice, {}, again).json()["id"]
    post(client_of_alice, {}, f"{address}{unwanted}/cancel/")
    assert left() == "660", "it never ran"
    post(client_of_alice, {}, again)
    solve(tokens=660)
    refused = post(client_of_alice, {"text": "3 + 4?"})
    assert (refused.status_code, refused.json()["param"]) == (429, "tokens_per_day")


def test_a_run_that_ended_at_once_is_charged_too(
    alice: User, solution: Solution, settings: Any, valkey: Any
) -> None:
    solution.completion_tokens = 300
    solution.save()
    charge_at_end(solution, Caller(alice))
    remaining = admit(valkey, Caller(alice)).headers["x-ratelimit-remaining-tokens-day"]
    assert int(remaining) == settings.API_TOKENS_PER_DAY - 300


def test_the_words_of_a_request_count(client_of_alice: Client, settings: Any) -> None:
    settings.API_TOKENS_PER_MINUTE = 100
    post(client_of_alice, {"text": "2 + 3?"})
    settle(redis_client(), str(Solution.objects.get().pk), 50)
    refused = post(client_of_alice, {"text": "word " * 90})
    assert (refused.status_code, refused.json()["param"]) == (429, "tokens_per_minute")
    assert post(client_of_alice, {"text": "4 + 5?"}).status_code == 201


def test_pages_follow_each_other_while_new_ones_come(client_of_alice: Client, alice: User) -> None:
    made = [str(make_solution(alice).pk) for _ in range(5)]
    seen, address = [], "/api/v1/solutions/?page_size=2"
    while address:
        page = client_of_alice.get(address).json()
        seen += [one["id"] for one in page["results"]]
        address = page["next"]
        make_solution(alice)
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=done", 1),
        ("state=queued", 1),
        ("verdict=checked", 2),
        ("kind=code", 0),
        ("created_after=2100-01-01T00:00:00Z", 0),
        ("created_before=2100-01-01T00:00:00Z", 2),
    ],
)
def test_lists_can_be_narrowed(
    client_of_alice: Client, alice: User, query: str, count: int
) -> None:
    make_solution(alice)
    make_solution(alice, state=State.QUEUED)
    response = client_of_alice.get(f"/api/v1/solutions/?{query}")
    assert len(response.json()["results"]) == count


@pytest.mark.parametrize(
    "query", ["state=lost", "state=", "problem=7", "created_after=soon", "cursor=%00"]
)
def test_filters_that_mean_nothing_are_refused(client_of_alice: Client, query: str) -> None:
    response = client_of_alice.get(f"/api/v1/solutions/?{query}")
    assert response.status_code == 400


def test_what_is_long_comes_on_request(client_of_alice: Client, solution: Solution) -> None:
    address = f"/api/v1/solutions/{solution.pk}/"
    sparse = client_of_alice.get(address).json()
    assert {"text", "rendered_html", "evidence"} & sparse.keys() == set()
    whole = client_of_alice.get(f"{address}?include=text,rendered_html").json()
    assert whole["text"] == solution.text
    assert "<math" in whole["rendered_html"]
    assert "<think>" not in whole["rendered_html"]
    assert client_of_alice.get(f"{address}?include=owner").status_code == 400
    problem = client_of_alice.get(
        f"/api/v1/problems/{solution.problem_id}/?include=rendered_html"
    ).json()
    assert "<math" in problem["rendered_html"]


def test_steps_and_verdict_with_its_evidence(client_of_alice: Client, solution: Solution) -> None:
    address = f"/api/v1/solutions/{solution.pk}/"
    steps = client_of_alice.get(f"{address}steps/").json()["steps"]
    assert [one["index"] for one in steps] == [0, 1]
    assert set(steps[0]) == {"index", "title", "text", "is_open"}
    rendered = client_of_alice.get(f"{address}steps/?include=rendered_html").json()["steps"]
    assert "<math" in rendered[0]["rendered_html"]
    verdict = client_of_alice.get(f"{address}verdict/").json()
    assert verdict == {
        "state": "done",
        "verdict": "checked",
        "answer": "x = 2",
        "evidence": solution.evidence,
    }


def test_thumb_and_report(client_of_alice: Client, solution: Solution) -> None:
    address = f"/api/v1/solutions/{solution.pk}/"
    given = client_of_alice.put(f"{address}thumb/", {"thumb": -1}, content_type=JSON)
    assert given.json() == {"thumb": -1}
    assert client_of_alice.get(f"{address}thumb/").json() == {"thumb": -1}
    assert (
        client_of_alice.put(f"{address}thumb/", {"thumb": "1"}, content_type=JSON).status_code
        == 400
    )
    assert solution.feedback.get().thumb == Thumb.DOWN
    assert (
        post(client_of_alice, {"step": 1, "note": "No."}, f"{address}reports/").status_code == 201
    )
    assert post(client_of_alice, {"step": 2}, f"{address}reports/").status_code == 404
    assert solution.reports.get().step_index == 1


def test_cancel_and_again_and_delete(
    client_of_alice: Client, alice: User, solution: Solution
) -> None:
    queued = make_solution(alice, state=State.QUEUED)
    assert post(client_of_alice, {}, f"/api/v1/solutions/{queued.pk}/again/").status_code == 409
    cancelled = post(client_of_alice, {}, f"/api/v1/solutions/{queued.pk}/cancel/")
    assert cancelled.json()["state"] == State.CANCELLED
    address = f"/api/v1/solutions/{queued.pk}/again/"
    again = post(client_of_alice, {"sampling": {"temperature": 0.3}}, address)
    assert again.status_code == 201
    assert again.json()["problem"] == str(queued.problem_id)
    assert client_of_alice.delete(f"/api/v1/solutions/{solution.pk}/").status_code == 204
    assert not Solution.objects.filter(pk=solution.pk).exists()


def test_an_attempt_is_handed_in_once(client_of_alice: Client, attempt: Attempt) -> None:
    body = {"assigned_problem": str(attempt.assigned_id), "number": 1, "text": "3"}
    first = post(client_of_alice, body, "/api/v1/attempts/")
    assert first.status_code == 201, first.json()
    again = post(client_of_alice, {**body, "text": "2"}, "/api/v1/attempts/")
    assert again.json()["id"] == first.json()["id"] == str(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.text == "3"
    assert attempt.receipt == first.json()["receipt"]
