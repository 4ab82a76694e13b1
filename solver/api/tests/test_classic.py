"""The contract of the three classic calls: these key sets do not change."""

import json

import pytest

from accounts.keys import make_key
from solver.api.tests.conftest import MODEL, Site, only_solution, states_now
from solver.models.solution import Priority
from solver.running.tests.conftest import until

HOUSE = "You are a programming assistant."


def test_inference_answers_with_exactly_these_keys(site: Site) -> None:
    site.scripts["add"] = "<think>\nEasy.\n</think>\n\nUse a + b."
    told = site.post("/v1/inference", {"prompt": "How do I add in Python?"})
    assert told.status_code == 200
    assert told.headers["content-type"] == "application/json"
    assert told.json() == {"success": True, "result": "Use a + b.", "model": MODEL}
    system, question = site.asked[0].messages
    assert (system.content, question.content) == (HOUSE, "How do I add in Python?")
    assert only_solution().priority == Priority.INTERACTIVE


def test_predict_answers_with_exactly_these_keys(site: Site) -> None:
    site.scripts["add"] = "Use a + b."
    told = site.post("/predict", {"question": "How do I add?", "system_prompt": "Be brief."})
    assert told.status_code == 200
    assert told.json() == {
        "input": "How do I add?",
        "system_prompt": "Be brief.",
        "response": "Use a + b.",
        "success": True,
    }
    assert site.post("/predict", {"question": "How to add?"}).json()["system_prompt"] == HOUSE


def test_health_needs_no_key_and_says_when_no_worker_answers(site: Site, valkey) -> None:
    told = site.http.get("/v1/health")
    assert (told.status_code, told.json()) == (200, {"status": "healthy", "model": MODEL})
    site.process.close()
    valkey.delete("vs:workers")
    until(lambda: site.http.get("/v1/health").status_code == 503)
    told = site.http.get("/v1/health")
    assert told.json().keys() == {"status", "model"}
    assert told.json()["status"] != "healthy"


MISSING_PROMPT = {"success": False, "error": "Missing 'prompt' field"}
MISSING_QUESTION = {"error": "Question is required"}


def test_a_missing_prompt(site: Site) -> None:
    for body in (b"", b"{}", b'{"prompt": null}', b'{"prompt": "  "}'):
        told = site.post("/v1/inference", body)
        assert (told.status_code, told.json()) == (400, MISSING_PROMPT), body
        told = site.post("/predict", body.replace(b"prompt", b"question"))
        assert (told.status_code, told.json()) == (400, MISSING_QUESTION), body


DEEP = b'{"prompt": ' + b"[" * 100 + b"]" * 100 + b"}"


BAD_BODIES = [
    (b'{"prompt": 5}', "'prompt'"),
    (b'{"prompt": "a", "prompts": 1}', "'prompts'"),
    (b'{"prompt": "a", "system_prompt": []}', "'system_prompt'"),
    (b"[]", "JSON object"),
    (b'{"prompt": "a"', "not valid JSON"),
    (b'{"prompt": NaN}', "not valid JSON"),
    (b'{"prompt": "\xff"}', "UTF-8"),
    (DEEP, "nested deeper"),
    (b'{"prompt": ' + b"[" * 100_000, "nested deeper"),
    (b'{"prompt": "a\\u0000b"}', "NUL"),
    (b'{"prompt": "a\\ud800b"}', "surrogate"),
    (b'{"prompt": "a\\u0007b"}', "control character"),
    (b'{"prompt": "' + b"x" * 2_400_000 + b'"}', "larger than"),
    (b'{"prompt": "' + b"x" * 10_000_000 + b'"}', "larger than"),
]


def test_bad_bodies_are_400_in_the_shape_of_the_call(site: Site) -> None:
    for body, says in BAD_BODIES:
        told = site.post("/v1/inference", body)
        assert told.status_code == 400, says
        assert told.json().keys() == {"success", "error"}
        assert told.json()["success"] is False
        assert says in told.json()["error"]
        assert told.headers["x-request-id"]
        told = site.post("/predict", body.replace(b'"prompt"', b'"question"', 1))
        assert told.status_code == 400, says
        assert told.json().keys() == {"error"}


def test_callers_without_a_good_key_are_401(site: Site, alice) -> None:
    revoked, text = make_key(alice, "Old")
    revoked.revoke()
    _, narrow = make_key(alice, "Reader", scopes=["read"])
    _, elsewhere = make_key(alice, "Elsewhere", networks=["192.0.2.0/24"])
    for key in ("", "vs_live_nonsense", text, narrow, elsewhere):
        site.key = key
        told = site.post("/v1/inference", {"prompt": "Hello"})
        assert told.status_code == 401
        assert told.json().keys() == {"success", "error"}
        told = site.post("/predict", {"question": "Hello"}, X_Forwarded_For="192.0.2.7")
        assert told.status_code == 401
        assert told.json().keys() == {"error"}


def test_the_key_may_come_as_x_api_key(site: Site) -> None:
    told = site.http.post("/v1/inference", json={"prompt": "Hi"}, headers={"X-API-Key": site.key})
    assert told.status_code == 200


def test_a_person_in_a_browser_needs_the_csrf_token(site: Site, alice, client) -> None:
    client.force_login(alice)
    session = client.cookies["sessionid"].value
    cookies = {"Cookie": f"sessionid={session}; csrftoken={'a' * 32}"}
    body = {"prompt": "Hi"}
    told = site.http.post("/v1/inference", json=body, headers=cookies)
    assert told.status_code == 401
    assert "CSRF" in told.json()["error"]
    with_token = {**cookies, "X-CSRFToken": "a" * 32}
    told = site.http.post("/v1/inference", json=body, headers=with_token)
    assert told.status_code == 200


def test_a_limit_that_is_reached_is_429(site: Site, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    assert site.post("/v1/inference", {"prompt": "Hi"}).status_code == 200
    told = site.post("/v1/inference", {"prompt": "Hi"})
    assert told.status_code == 429
    assert told.json().keys() == {"success", "error"}
    assert 0 < int(told.headers["retry-after"]) <= 60
    assert told.headers["x-ratelimit-remaining-requests"] == "0"
    assert site.post("/predict", {"question": "Hi"}).json().keys() == {"error"}


@pytest.mark.parametrize("site", [{"rate": 20}], indirect=True)
@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/v1/inference", "prompt", {"success": False, "error": "Inference timed out"}),
        ("/predict", "question", {"error": "Inference timed out"}),
    ],
)
def test_a_time_out_is_504_and_cancels_the_run(site: Site, settings, path, field, body) -> None:
    settings.INFERENCE_TIMEOUT_S = settings.PREDICT_TIMEOUT_S = 0.5
    told = site.post(path, {field: "Something long"})
    assert (told.status_code, told.json()) == (504, body)
    assert told.headers["x-should-retry"] == "false"
    until(lambda: site.engine.running() == 0, 30)
    until(lambda: states_now() == ["cancelled"], 30)


def test_a_failure_of_ours_is_500(site: Site, settings) -> None:
    settings.SOLVE_DEADLINE_S = -1
    told = site.post("/v1/inference", {"prompt": "Hi"})
    assert told.status_code == 500
    assert told.json().keys() == {"success", "error"}
    assert site.post("/predict", {"question": "Ho"}).json().keys() == {"error"}


def test_an_input_above_the_limit_is_refused_before_and_by_the_worker(site: Site) -> None:
    told = site.post("/v1/inference", {"prompt": "word " * 513})
    assert (told.status_code, "limit is 512" in told.json()["error"]) == (400, True)
    assert states_now() == []
    # Certainly short for the web process; the worker's tokenizer counts each mark.
    marks = "+ " * 600
    told = site.post("/v1/inference", {"prompt": f"{marks}?"})
    assert (told.status_code, "limit is 512" in told.json()["error"]) == (400, True)
    assert states_now() == ["failed"]
    assert site.post("/v1/inference", {"prompt": "+ " * 500}).status_code == 200


def test_other_methods_are_refused_in_the_same_shape(site: Site) -> None:
    told = site.get("/v1/inference")
    assert (told.status_code, told.json().keys()) == (405, {"success", "error"})
    told = site.get("/predict")
    assert (told.status_code, told.json().keys()) == (405, {"error"})


def test_the_answer_is_what_the_model_said_to_the_last_character(site: Site) -> None:
    site.scripts["odd"] = 'Ünïcode "quotes" \\ <b>&amp; ∑ 中文 😀'
    told = site.post("/v1/inference", {"prompt": "odd"})
    assert json.loads(told.text)["result"] == site.scripts["odd"]
