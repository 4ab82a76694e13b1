"""Every page: accessible, narrow enough for a phone, obeying its own content policy."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, expect

Visit = Callable[..., Page]
Worked = list[tuple[str, str]]

OF_ALICE = [
    "/",
    "/problems/new/",
    "/history/",
    "/classes/",
    "/classes/join/",
    "/notifications/",
    "/keys/",
    "/webhooks/",
]
OF_EVERYBODY = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OF_THE_DESK = [
    "/admin/",
    "/admin/solver/solution/",
    "/admin/solver/problem/",
    "/admin/solver/review/queue/",
    "/admin/solver/attempt/",
]
PAGES = (
    [("", path) for path in OF_EVERYBODY]
    + [("alice", path) for path in OF_ALICE]
    + [("bob", path) for path in OF_THE_DESK]
    + [("root", "/admin/solver/solution/usage/")]
)
PEOPLE = ("", "alice", "bob", "root")
WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
RULES = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
# The links of the admin's filters are Django's own template, smaller than WCAG 2.2 asks.
RULES_OF_THE_DESK = {**RULES, "rules": {"target-size": {"enabled": False}}}
# All that another colour scheme can change.
RULES_OF_COLOUR = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
COLOURS_HAVE_CHANGED = """() => Promise.all(document.getAnimations()
    .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""


def test_pages_pass_axe_light_and_dark(visit: Visit, solved: str, worked: Worked) -> None:
    pages = {name: visit(name, color_scheme="light") for name in PEOPLE}
    found = {}
    for name, path in [*PAGES, ("alice", solved), ("bob", solved), *worked]:
        page = pages[name]
        page.goto(path)
        page.evaluate(AXE_SCRIPT)
        rules = RULES_OF_THE_DESK if path.startswith("/admin/") else RULES
        found[f"{name} {path}"] = _violations(page, rules)
        page.emulate_media(color_scheme="dark")
        page.evaluate(COLOURS_HAVE_CHANGED)
        found[f"{name} {path} dark"] = _violations(page, RULES_OF_COLOUR)
        page.emulate_media(color_scheme="light")
    assert {page: violations for page, violations in found.items() if violations} == {}


def test_pages_fit_a_phone_and_keep_their_content_policy(
    visit: Visit, solved: str, worked: Worked
) -> None:
    size = {"width": 360, "height": 740}
    pages = {name: visit(name, viewport=size) for name in PEOPLE}
    complaints: list[str] = []
    for page in pages.values():
        page.on("console", lambda line: _note(complaints, line))
        page.on("pageerror", lambda error: complaints.append(str(error)))
    wide = {}
    for name, path in [*PAGES, ("alice", solved), *worked]:
        page = pages[name]
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"] and not path.startswith("/admin/"):
            wide[f"{name} {path}"] = width
    assert wide == {}
    assert complaints == []


def test_the_list_of_calls_keeps_its_content_policy(visit: Visit) -> None:
    """Its widgets come whole from a package, axe's complaints about them with it."""
    page = visit("alice", viewport={"width": 360, "height": 740})
    complaints: list[str] = []
    page.on("console", lambda line: _note(complaints, line))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/api/docs/")
    page.locator("#operations-Solutions-solutions_create .opblock-summary-control").click()
    expect(page.locator("#operations-Solutions-solutions_create .opblock-body")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []


def _note(complaints: list[str], line: ConsoleMessage) -> None:
    if line.type == "error":
        complaints.append(line.text)


def _violations(page: Page, rules: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [
        (rule["id"], [node["target"] for node in rule["nodes"]][:3])
        for rule in page.evaluate("async rules => (await axe.run(rules)).violations", rules)
    ]
