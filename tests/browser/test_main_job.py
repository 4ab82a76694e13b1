"""A student submits a problem and watches the demonstration model solve it."""

import json
import os
import re
import signal
import urllib.request
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import submit, wait_for_state
from tests.site import Site

PROBLEM = "Solve for x: x^2 - 5x + 6 = 0"
LONG_PROBLEM = "Write a very long essay in steps about every prime number below 1000."
FIRST_WORDS_MS = 10_000
# Starting a worker anew takes a while where several tests share two cores.
FIRST_WORDS_UNDER_LOAD_MS = 60_000
AFTER_A_KILL_MS = 90_000

Visit = Callable[..., Page]


def written(page: Page) -> list[str]:
    """Titles and bodies of the steps; their buttons come when they are near the window."""
    return page.locator("[data-step] :is(.step-title, .step-body)").all_inner_texts()


def test_alice_sees_steps_arrive_over_the_websocket(visit: Visit) -> None:
    page = visit("alice")
    frames: list[dict[str, object]] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda raw: frames.append(json.loads(raw))),
    )
    steps = page.locator("[data-step]")
    # The model is real and draws its words: once in some ten times it says all in one step.
    for _ in range(4):
        submit(page, PROBLEM)
        expect(steps.first).to_contain_text(re.compile(r"\w{2,}"), timeout=FIRST_WORDS_MS)
        wait_for_state(page, "done")
        if steps.count() >= 2:
            break
    assert steps.count() >= 2
    assert any(frame["kind"] == "delta" for frame in frames)
    expect(page.locator("main")).to_contain_text("SmolLM2")


def test_a_reload_and_a_second_tab_show_the_same_text(visit: Visit) -> None:
    page = visit("alice")
    path = submit(page, "What is 12 + 30? Explain in steps.")
    second = page.context.new_page()
    second.goto(path)
    page.reload()
    for tab in (page, second):
        wait_for_state(tab, "done")
    live = written(page)
    assert live
    assert written(second) == live
    page.reload()
    assert written(page) == live


def test_cancel_stops_the_generation_and_the_next_one_starts(visit: Visit) -> None:
    page = visit("alice")
    submit(page, LONG_PROBLEM)
    expect(page.locator("[data-step]").first).to_be_visible(timeout=FIRST_WORDS_UNDER_LOAD_MS)
    page.get_by_role("button", name="Cancel").click()
    wait_for_state(page, "cancelled", timeout_ms=FIRST_WORDS_MS)
    assert page.locator("[data-step]").count() >= 1


def test_ten_problems_are_solved_together_in_one_batch(visit: Visit, site: Site) -> None:
    page = visit("alice")
    paths = [submit(page, f"{LONG_PROBLEM} Begin with {number}.") for number in range(10)]
    together = 0
    for path in paths:
        page.goto(path)
        expect(page.locator("[data-step]").first).to_be_visible(timeout=FIRST_WORDS_UNDER_LOAD_MS)
        together = max(together, _batch_size(site))
    assert together >= 8
    for path in paths:
        page.goto(path)
        cancel = page.get_by_role("button", name="Cancel")
        if cancel.is_visible():
            cancel.click()
        wait_for_state(page, "cancelled", "done")


def test_a_killed_worker_costs_time_but_no_text(visit: Visit, site: Site) -> None:
    page = visit("alice")
    submit(page, LONG_PROBLEM)
    expect(page.locator("[data-step]").first).to_be_visible(timeout=FIRST_WORDS_UNDER_LOAD_MS)
    os.kill(site.pid_of("inference"), signal.SIGKILL)
    wait_for_state(page, "interrupted", "queued", timeout_ms=30_000)
    wait_for_state(page, "running", "done", timeout_ms=AFTER_A_KILL_MS)
    wait_for_state(page, "done")
    shown = written(page)
    page.reload()
    assert written(page) == shown


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux has it.")
def test_no_process_of_the_site_interrupts_the_model(site: Site) -> None:
    processes = psutil.Process(site.pid).children(recursive=True)
    policies = [_policy(one.pid) for one in processes]
    assert policies.count(os.SCHED_BATCH) >= 3
    assert set(policies) <= {os.SCHED_BATCH, None}


def test_charlie_is_refused_everywhere(visit: Visit, solved: str) -> None:
    solution_id = solved.strip("/").rsplit("/", 1)[-1]
    page = visit("charlie")
    assert _status(page, solved) == 404
    assert _status(page, f"/admin/solver/solution/{solution_id}/change/") in {302, 403, 404}
    page.goto("/history/")
    code = page.evaluate(
        """id => new Promise(resolve => {
            const socket = new WebSocket(`ws://${location.host}/ws/solutions/${id}/`);
            socket.onmessage = ({data}) =>
                JSON.parse(data).kind === "notice" || resolve(`got ${data}`);
            socket.onclose = event => resolve(event.code);
        })""",
        solution_id,
    )
    assert code == 4404


def _policy(pid: int) -> int | None:
    """How it is scheduled; None when it has ended meanwhile."""
    try:
        return os.sched_getscheduler(pid)
    except ProcessLookupError:
        return None


def _status(page: Page, path: str) -> int:
    return page.request.get(path, max_redirects=0).status


def _batch_size(site: Site) -> int:
    with urllib.request.urlopen(f"{site.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    sizes = re.findall(r"^vibesite:num_requests_running\{.*\} (\S+)$", text, re.MULTILINE)
    return max((int(float(size)) for size in sizes), default=0)
