"""What the machine verified, as a student sees it: programs, votes, and no sandbox to be had."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import log_in, wait_for_state
from tests.site import Site

EXAMPLES = """

Sample Input 1
3 4

Sample Output 1
7

Sample Input 2
-1 1

Sample Output 2
0

Sample Input 3
10 20

Sample Output 3
30
"""
RIGHT = "```python\nprint(sum(map(int, input().split())))\n```"
WRONG = "```python\na, b = map(int, input().split())\nprint(abs(a) + abs(b))\n```"
STEPS = "## Step 1: Look\n\nThe fox moves. " + "It moves once more. " * 12
SCRIPT = {
    "rate": 150,
    "answers": [
        {"when": "add them well", "say": [RIGHT]},
        {"when": "add them badly", "say": [WRONG]},
        {
            "when": "fox",
            "say": [rf"{STEPS}So \boxed{{{answer}}}." for answer in (13, 12, 12, 12)],
        },
    ],
}
SOON_MS = 30_000


@pytest.fixture(scope="module")
def checking_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("checking")
    script, sandbox = folder / "script.json", folder / "sandbox"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    sandbox.write_text("auto", encoding="utf-8")
    site = Site(folder / "data", MODEL=f"scripted:@{script}", SANDBOX_FILE=str(sandbox))
    site.wait_until_ready()
    yield site
    site.stop()


@pytest.fixture
def no_sandbox(checking_site: Site) -> Iterator[None]:
    """The inference worker starts anew, as one that may run no code."""
    _use_sandbox(checking_site, "none")
    yield
    _use_sandbox(checking_site, "auto")


def _use_sandbox(site: Site, name: str) -> None:
    Path(site.environment["SANDBOX_FILE"]).write_text(name, encoding="utf-8")
    os.kill(site.pid_of("inference"), signal.SIGKILL)


@pytest.fixture
def alice(browser: Browser, checking_site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=checking_site.url)
    page = context.new_page()
    log_in(page, "alice")
    yield page
    context.close()


def ask(page: Page, problem: str, kind: str, care: str = "Fast") -> None:
    page.goto("/problems/new/")
    page.get_by_label("Problem", exact=True).fill(problem)
    page.get_by_label(kind).check()
    page.get_by_label(care).check()
    page.get_by_role("button", name="Solve", exact=True).click()
    page.wait_for_url("**/solutions/**")


def verdict_of(page: Page) -> str:
    return page.locator("#verdict [data-verdict]").get_attribute("data-verdict") or ""


def test_a_right_program_is_checked_and_a_wrong_one_shows_where_it_fails(alice: Page) -> None:
    ask(alice, f"Read two numbers and add them well.{EXAMPLES}", "Programming")
    wait_for_state(alice, "done", timeout_ms=SOON_MS)
    assert verdict_of(alice) == "checked"
    alice.get_by_text("Evidence").click()
    expect(alice.get_by_role("heading", name="Tests 3 of 3")).to_be_visible()
    expect(alice.get_by_text("Other inputs were not tried.")).to_be_visible()

    ask(alice, f"Read two numbers and add them badly.{EXAMPLES}", "Programming")
    wait_for_state(alice, "done", timeout_ms=SOON_MS)
    assert verdict_of(alice) == "contradicted"
    alice.get_by_text("Evidence").click()
    expect(alice.get_by_role("heading", name="Tests 2 of 3")).to_be_visible()
    failing = alice.locator(".cases tr.failing")
    expect(failing).to_have_count(1)
    expect(failing).to_contain_text("-1 1")
    expect(failing.locator("td").nth(2)).to_have_text("2")


def test_careful_shows_the_answer_that_most_samples_gave(alice: Page) -> None:
    ask(alice, "How many moves does the fox need?", "Maths", "Careful")
    expect(alice.locator("[data-step]").first).to_be_visible(timeout=SOON_MS)
    wait_for_state(alice, "done", timeout_ms=SOON_MS)
    expect(alice.locator("#verdict")).to_contain_text("Agrees 3 of 4")
    expect(alice.locator(".given-way")).to_contain_text("You watched sample 1 arrive")
    # Text and answer belong together, live and after a reload.
    for _ in range(2):
        expect(alice.locator(".answer-text annotation")).to_have_text("12")
        expect(alice.locator("#steps")).to_contain_text("12")
        expect(alice.locator("#steps")).not_to_contain_text("13")
        alice.reload()
    alice.get_by_text("Evidence").click()
    expect(alice.locator(".cases tbody tr")).to_have_count(4)
    assert Axe().run(alice).response["violations"] == []
    alice.set_viewport_size({"width": 360, "height": 740})
    assert alice.evaluate("document.documentElement.scrollWidth") <= 360
    alice.get_by_role("link", name="Read sample 1").first.click()
    expect(alice.get_by_role("heading", name="Sample 1 of 4")).to_be_visible()
    expect(alice.locator(".steps")).to_contain_text("13")
    assert Axe().run(alice).response["violations"] == []


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_a_program_is_done_unchecked_and_says_why(alice: Page) -> None:
    ask(alice, f"Read two numbers and add them well.{EXAMPLES}", "Programming")
    wait_for_state(alice, "done", timeout_ms=2 * SOON_MS)
    assert verdict_of(alice) == "unchecked"
    alice.get_by_text("Evidence").click()
    expect(alice.get_by_text("Python code is not run on this machine.")).to_be_visible()
