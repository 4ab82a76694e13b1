"""Cards of a text: the same HTML at first paint and live."""

from solver.live.cards import cards, render_card

TEXT = (
    "<think>\nHm, $x$.\n</think>\n\n## Step 1: Factor $x^2$\n\nSo $x^2 = 4$.\n\n"
    "## Step 2: Say\n\n\\boxed{2}"
)


def test_cards_have_the_page_s_partial_with_rendered_maths():
    carded = cards(TEXT, finished=True)
    first, second = carded.steps
    assert (carded.reasoning.strip(), carded.reasoning_open, carded.answer) == (
        "Hm, $x$.",
        False,
        "2",
    )
    assert 'id="step-1"' in first.html
    assert 'data-step="0"' in first.html
    assert first.html.count("<math") == 2
    assert "Hm" not in first.html + second.html
    assert TEXT[second.start : second.end].startswith("## Step 2")


def test_only_the_last_card_of_an_unfinished_text_is_open():
    carded = cards(TEXT, finished=False)
    assert [card.is_open for card in carded.steps] == [False, True]
    assert "is-open" in carded.steps[1].html
    assert "is-open" not in carded.steps[0].html


def test_closed_cards_are_rendered_once():
    assert render_card("## One\n\nBody", 0, False) is render_card("## One\n\nBody", 0, False)


def test_markup_of_the_model_stays_text():
    html = render_card("## <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>", 0, False)
    assert "<script" not in html
    assert "<img" not in html
