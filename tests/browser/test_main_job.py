"""A student submits a problem and watches the demonstration model solve it."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

PROBLEM = "Solve for x: x^2 - 5x + 6 = 0"
FIRST_WORDS_MS = 10_000
WHOLE_SOLUTION_MS = 120_000

Visit = Callable[..., Page]


def submit(page: Page, problem: str) -> str:
    """Submit through the form; returns the address of the solution's page."""
    page.goto("/problems/new/")
    page.get_by_label("Problem", exact=True).fill(problem)
    page.get_by_role("button", name="Solve", exact=True).click()
    page.wait_for_url(re.compile(r"/solutions/[0-9a-f-]{36}/"))
    return page.url


def test_alice_sees_steps_arrive_over_the_websocket(visit: Visit) -> None:
    page = visit("alice")
    frames: list[dict[str, object]] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda raw: frames.append(json.loads(raw))),
    )
    submit(page, PROBLEM)
    steps = page.locator("[data-step]")
    expect(steps.first).to_contain_text(re.compile(r"\w{2,}"), timeout=FIRST_WORDS_MS)
    expect(page.locator("[data-state]").first).to_have_attribute(
        "data-state", "done", timeout=WHOLE_SOLUTION_MS
    )
    assert steps.count() >= 2
    assert any(frame["kind"] == "delta" for frame in frames)
    expect(page.locator("body")).to_contain_text("SmolLM2")


def test_a_reload_and_a_second_tab_show_the_same_text(visit: Visit) -> None:
    page = visit("alice")
    address = submit(page, "What is 12 + 30? Explain in steps.")
    second = page.context.new_page()
    second.goto(address)
    page.reload()
    for tab in (page, second):
        expect(tab.locator("[data-state]").first).to_have_attribute(
            "data-state", "done", timeout=WHOLE_SOLUTION_MS
        )
    live = page.locator("[data-step]").all_inner_texts()
    assert live
    assert second.locator("[data-step]").all_inner_texts() == live
    page.reload()
    assert page.locator("[data-step]").all_inner_texts() == live


def test_cancel_stops_the_generation(visit: Visit) -> None:
    page = visit("alice")
    submit(page, "Write a very long essay in steps about every prime number below 1000.")
    expect(page.locator("[data-step]").first).to_be_visible(timeout=FIRST_WORDS_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-state]").first).to_have_attribute(
        "data-state", "cancelled", timeout=FIRST_WORDS_MS
    )


def test_charlie_is_refused_everywhere(visit: Visit) -> None:
    address = submit(visit("alice"), PROBLEM)
    solution_id = address.rstrip("/").rsplit("/", 1)[-1]
    page = visit("charlie")
    assert _status(page, f"/solutions/{solution_id}/") == 404
    assert _status(page, f"/admin/solver/solution/{solution_id}/change/") in {302, 403, 404}
    page.goto("/history/")
    code = page.evaluate(
        """id => new Promise(resolve => {
            const socket = new WebSocket(`ws://${location.host}/ws/solutions/${id}/`);
            socket.onmessage = message => resolve(`got ${message.data}`);
            socket.onclose = event => resolve(event.code);
        })""",
        solution_id,
    )
    assert code == 4404


def _status(page: Page, path: str) -> int:
    return page.request.get(path, max_redirects=0).status
