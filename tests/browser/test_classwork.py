"""Bob sets work to his class, alice answers it, both are graded; a review follows."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.classwork import classwork, join_class, make_class, set_work

Visit = Callable[..., Page]


def test_alice_answers_what_bob_sets(visit: Visit) -> None:
    done = classwork(visit, "Arithmetic")
    done.alice.goto(done.assignment)
    expect(done.alice.locator("main")).to_contain_text("2 of 2 handed in, 4 of 10 points.")


def test_a_draft_survives_a_reload(visit: Visit) -> None:
    bob, alice = visit("bob"), visit("alice")
    join_class(alice, make_class(bob, "Drafts"), "Drafts")
    assignment = set_work(bob, "Sheet 2")
    alice.goto(assignment)
    alice.get_by_role("link", name="What is").click()
    answer = alice.get_by_label("Your answer")
    answer.fill("I think $x^2$")
    expect(alice.locator("#preview-text math")).to_be_visible()
    expect(alice.locator("#draft-note")).to_contain_text("Draft saved")
    alice.reload()
    expect(answer).to_have_value("I think $x^2$")
