"""What bob and alice do in a class, one step each, for the tests that need it done."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]
GRADED_MS = 90_000


def make_class(bob: Page, name: str) -> str:
    """Bob makes a class; gives its join code."""
    bob.goto("/classes/")
    bob.get_by_label("Name of the class").fill(name)
    bob.get_by_role("button", name="Make the class").click()
    expect(bob.get_by_role("heading", level=1)).to_have_text(name)
    return bob.locator(".join-code").inner_text()


def join_class(alice: Page, code: str, name: str) -> None:
    alice.goto("/classes/join/")
    alice.get_by_label("Join code").fill(code.lower())
    alice.get_by_role("button", name="Join", exact=True).click()
    expect(alice.get_by_role("heading", level=1)).to_have_text(name)


def set_work(bob: Page, title: str) -> str:
    """Bob, on the page of his class, sets a maths and a code problem; gives the path."""
    bob.get_by_role("link", name="New assignment").click()
    bob.get_by_label("Title", exact=True).fill(title)
    first = bob.locator(".problem-row").nth(0)
    first.get_by_label("Text of the problem").fill("What is $12 \\cdot 12$?")
    first.get_by_label("Points").fill("4")
    first.get_by_label("Reference answer").fill("144")
    second = bob.locator(".problem-row").nth(1)
    second.get_by_label("Kind").select_option("code")
    second.get_by_label("Text of the problem").fill("Read a number and print its double.")
    second.get_by_label("Points").fill("6")
    second.get_by_label("Tests of a program").fill("2\n---\n4\n===\n5\n---\n10")
    bob.get_by_role("button", name="Save the assignment").click()
    expect(bob.get_by_role("heading", level=1)).to_have_text(title)
    return urlsplit(bob.url).path


def hand_in(alice: Page, assignment: str, problem: str, label: str, answer: str) -> str:
    """Alice answers one problem and waits for its result; gives the path of the attempt."""
    alice.goto(assignment)
    alice.get_by_role("link", name=problem).click()
    alice.get_by_label(label).fill(answer)
    alice.get_by_role("button", name="Hand in").click()
    alice.wait_for_url(re.compile(r"/attempts/[0-9a-f-]{36}/"))
    result = alice.locator("#result")
    expect(result).not_to_have_attribute("data-result", "waiting", timeout=GRADED_MS)
    return urlsplit(alice.url).path


@dataclass(frozen=True, slots=True)
class Classwork:
    """Up to the grading: both people's pages, and the paths of what they made."""

    bob: Page
    alice: Page
    classroom: str
    assignment: str
    right: str
    wrong: str


def classwork(visit: Visit, name: str) -> Classwork:
    """Bob sets two problems to a new class, alice answers one right and one wrong."""
    bob, alice = visit("bob"), visit("alice")
    code = make_class(bob, name)
    classroom = urlsplit(bob.url).path
    join_class(alice, code, name)
    assignment = set_work(bob, "Sheet 1")
    right = hand_in(alice, assignment, "What is", "Your answer", "12 times 12 is\n\n$144$")
    _graded_as(alice, "Right", "4 of 4 points")
    wrong = hand_in(alice, assignment, "Read a number", "Your program", "print(int(input()) ** 2)")
    _graded_as(alice, "Wrong", "0 of 6 points")
    return Classwork(bob, alice, classroom, assignment, right, wrong)


def _graded_as(page: Page, word: str, points: str) -> None:
    expect(page.locator(".result-word")).to_contain_text(word)
    expect(page.locator(".result-word")).to_contain_text(points)
    expect(page.locator(".receipt")).to_have_text(re.compile(r"^\w{5}-\w{5}$"))
    page.locator("#result .evidence summary").click()
    expect(page.locator("#result .exhibit").first).to_be_visible()
