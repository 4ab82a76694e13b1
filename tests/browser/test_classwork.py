"""Bob sets work to his class, alice answers it, both are graded; a review follows."""

import threading
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.classwork import classwork
from tests.site import Site

Visit = Callable[..., Page]
MAIL_S = 60.0


def test_a_draft_survives_a_reload(visit: Visit, worked: list[tuple[str, str]]) -> None:
    alice = visit("alice")
    _classroom, assignment, assigned, *_attempts = [
        path for name, path in worked if name == "alice"
    ]
    alice.goto(assignment)
    expect(alice.locator("main")).to_contain_text("2 of 2 handed in, 4 of 10 points.")
    alice.goto(assigned)
    answer = alice.get_by_label("Your answer")
    answer.fill("I think $x^2$")
    expect(alice.locator("#preview-text math")).to_be_visible()
    expect(alice.locator("#draft-note")).to_contain_text("Draft saved")
    alice.reload()
    expect(answer).to_have_value("I think $x^2$")


def test_bob_reviews_by_keyboard_and_alice_is_told(visit: Visit, site: Site) -> None:
    done = classwork(visit, "Keyboards")
    ask_for_a_person(done.alice, done.right)
    ask_for_a_person(done.alice, done.wrong)
    bob, keys = done.bob, done.bob.keyboard
    bob.goto("/admin/solver/review/queue/")
    bob.get_by_label("Class").select_option("Keyboards")
    # What the model got wrong for alice elsewhere waits for a person, too.
    bob.get_by_label("Reason").select_option("asked")
    bob.get_by_role("button", name="Show").press("Enter")
    expect(bob.locator(".queue tbody tr")).to_have_count(2)
    bob.locator("body").press("n")
    expect(bob.locator("#problem-title")).to_be_visible()
    keys.press("?")
    expect(bob.locator("#keys")).to_be_visible()
    keys.press("Escape")
    expect(bob.locator("#keys")).to_be_hidden()
    # The right one: accepted as graded, by one key.
    keys.press("a")
    expect(bob.locator(".messagelist")).to_contain_text("Saved, and the student is told.")
    # The wrong one: a note on its first line, a comment, and points.
    keys.press("l")
    keys.type("1")
    keys.press("Tab")
    keys.type("Doubling is not squaring.")
    keys.press("Escape")
    keys.press("c")
    keys.type("Nearly: try it with 5.")
    keys.press("Escape")
    keys.press("2")
    expect(bob.locator("#points")).to_have_value("2")
    keys.press("Enter")
    expect(bob.locator(".messagelist")).to_contain_text("Saved, and the student is told.")
    expect(bob.locator("#content")).to_contain_text("Nothing waits for you here.")

    alice = done.alice
    alice.goto("/notifications/")
    expect(alice.locator("main")).to_contain_text("Your teacher reviewed your work")
    alice.goto(done.wrong)
    for said in ("2 of 6 points", "Nearly: try it with 5.", "Doubling is not squaring."):
        expect(alice.locator("main")).to_contain_text(said)
    wait_for_mail(site, "Your teacher reviewed your work: Read a number")


def ask_for_a_person(alice: Page, attempt: str) -> None:
    alice.goto(attempt)
    alice.get_by_role("button", name="Ask").click()
    alice.wait_for_load_state()


def wait_for_mail(site: Site, subject: str) -> None:
    """Without a mail server the worker prints what it would send."""
    until = time.monotonic() + MAIL_S
    while f"Subject: VibeSite: {subject}" not in site.output:
        assert time.monotonic() < until, "no mail was printed"
        threading.Event().wait(0.2)
