"""Chromium against a whole site with the demonstration model."""

import re
import shutil
import signal
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.classwork import classwork
from tests.site import ROOT, Site

# `make test` has these run in the background, where a shell makes processes deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

PASSWORD = "vibesite-demo"
WHOLE_SOLUTION_MS = 150_000
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # Unpacking the model takes half a minute: once for all who use this checkout.
    models = str(ROOT / "var" / "models")
    options = {"MODEL": "demo", "MODELS_DIR": models, "DEMO_MAX_TOKENS": "128"}
    # A caller's patience is not what these tests are about, on whatever machine.
    options |= {"INFERENCE_TIMEOUT_S": "150"}
    site = Site(tmp_path_factory.mktemp("site"), **options)
    site.wait_until_ready()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    if path is None:
        raise AssertionError("The browser tests need Chromium: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """`visit("alice")` opens a page of the site with that person logged in.

    Through the form the first time, and with that time's cookies from then on.
    """
    contexts: list[BrowserContext] = []

    def _visit(name: str = "", **options: Any) -> Page:
        cookies = site.logged_in.get(name)
        context = browser.new_context(base_url=site.url, storage_state=cookies, **options)
        contexts.append(context)
        page = context.new_page()
        if name and not cookies:
            log_in(page, name)
            site.logged_in[name] = context.storage_state()
        return page

    yield _visit
    for context in contexts:
        context.close()


def log_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def submit(page: Page, problem: str) -> str:
    """Submit through the form; returns the path of the solution's page."""
    page.goto("/problems/new/")
    page.get_by_label("Problem", exact=True).fill(problem)
    page.get_by_role("button", name="Solve", exact=True).click()
    page.wait_for_url(re.compile(r"/solutions/[0-9a-f-]{36}/"))
    return urlsplit(page.url).path


def wait_for_state(page: Page, *states: str, timeout_ms: float = WHOLE_SOLUTION_MS) -> None:
    """Wait until the open page itself shows one of the states; it is not reloaded."""
    words = re.compile(f"^({'|'.join(states)})$")
    state = page.locator("[data-state]").first
    expect(state).to_have_attribute("data-state", words, timeout=timeout_ms)


@pytest.fixture
def solved(visit: Callable[..., Page], site: Site) -> str:
    """The path of one solution of alice's that is done; made once for the whole site."""
    if not site.solved_path:
        page = visit("alice")
        site.solved_path = submit(page, "Solve for x: $x^2 - 5x + 6 = 0$")
        wait_for_state(page, "done")
    return site.solved_path


@pytest.fixture
def worked(visit: Callable[..., Page], site: Site) -> list[tuple[str, str]]:
    """Who looks at which page of a class with work in it; made once for the whole site."""
    if not site.worked_pages:
        done = classwork(visit, "Pages")
        done.bob.goto(done.assignment)
        assigned = str(done.bob.locator(".row-title a").first.get_attribute("href"))
        for_both = [done.classroom, done.assignment, assigned, done.right, done.wrong]
        of_bob = [
            f"{done.classroom}dashboard/",
            f"{done.classroom}roster/",
            f"{done.classroom}assignments/new/",
            f"{done.assignment}edit/",
        ]
        people = [(name, path) for name in ("alice", "bob") for path in for_both]
        site.worked_pages = people + [("bob", path) for path in of_bob]
    return site.worked_pages
