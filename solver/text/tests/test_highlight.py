"""Colours of code: in the style sheet as in the palette, and readable."""

from pathlib import Path

import pytest

from solver.text.highlight import BACKGROUND, PALETTE, highlight_code, style_sheet

STYLE_SHEET = Path(__file__).resolve().parents[3] / "static" / "css" / "code.css"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_style_sheet_is_the_one_in_static():
    assert STYLE_SHEET.read_text(encoding="utf-8") == style_sheet()


@pytest.mark.parametrize("kind", PALETTE)
def test_every_colour_reaches_contrast_aa(kind):
    for colour, paper in zip(PALETTE[kind][:2], BACKGROUND, strict=True):
        dark, light = sorted((luminance(colour), luminance(paper)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_highlight_code_marks_syntax_by_classes():
    spans, language = highlight_code("def f(): return '<b>'", "python title=x")
    assert language == "Python"
    assert '<span class="k">def</span>' in spans
    assert "<b>" not in spans
    assert "style" not in spans


@pytest.mark.parametrize("language", ["", "nosuch", "text", "x" * 500, '"><script>'])
def test_highlight_code_shows_unknown_languages_plain(language):
    assert highlight_code("<x> & y", language) == ("&lt;x&gt; &amp; y", "")


def test_highlight_code_leaves_long_code_plain():
    spans, language = highlight_code("x = 1\n" * 10_000, "py")
    assert "<span" not in spans
    assert language == "Python"
