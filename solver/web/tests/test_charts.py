"""Charts: right geometry, no style, every number also in the table."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape

from solver.web.charts import Bar, Bars, Chart, Series, Shape, Tone, percent, seconds, ticks


def chart(shape: Shape = Shape.COLUMNS, **changes: object) -> Chart:
    series = [
        Series("read", Tone.FIRST, [1, 3, 0]),
        Series("written", Tone.SECOND, [2, None, 4]),
    ]
    given = {"labels": ["a<b", "b", "c"], "series": series, **changes}
    return Chart("Tokens", shape, "Day", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 0.25, 0.5, 0.75, 1]),
        (4, [0, 1, 2, 3, 4]),
        (97, [0, 25, 50, 75, 100]),
        (1_234, [0, 500, 1_000, 1_500]),
        (0.003, [0, 0.001, 0.002, 0.003]),
    ],
)
def test_ticks_are_round_and_reach_the_top(top: float, expected: list[float]) -> None:
    assert ticks(top) == pytest.approx(expected)


@pytest.mark.parametrize("top", [0.07, 1.1, 3, 7, 12, 99, 101, 12_345])
def test_there_are_few_ticks(top: float) -> None:
    found = ticks(top)
    assert found[-1] >= top * (1 - 1e-9)
    assert len(found) <= 6


def test_columns_stand_on_each_other() -> None:
    drawn = chart().plot()
    rects = re.findall(
        r'<rect class="tone-(\w+)".* y="([\d.]+)".* height="([\d.]+)"', drawn.replace("><", ">\n<")
    )
    (_one, top, height), (_two, above, over) = rects[0], rects[1]
    assert float(above) + float(over) == pytest.approx(float(top), abs=0.11)
    assert float(over) == pytest.approx(2 * float(height), rel=0.01)


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    assert chart().plot().count("<rect") == 4
    lines = chart(Shape.LINES).plot()
    assert lines.count("<circle") == 5
    assert lines.count('<line class="tone-second"') == 0


def test_charts_hold_no_style_and_escape_labels() -> None:
    for shape in Shape:
        shown = render_to_string("charts/_chart.html", {"chart": chart(shape)})
        assert "style" not in shown
        assert escape("a<b") in shown
        assert "a<b" not in shown


def test_every_number_is_in_the_table() -> None:
    assert list(chart().rows()) == [("a<b", ["1", "2"]), ("b", ["3", "–"]), ("c", ["0", "4"])]


def test_labels_of_a_long_row_do_not_overlap() -> None:
    labels = [str(day) for day in range(90)]
    long = chart(labels=labels, series=[Series("all", Tone.FIRST, [1] * 90)])
    assert 4 <= long.plot().count("<text") <= 6


def test_a_series_has_a_value_for_each_label() -> None:
    with pytest.raises(ValueError, match="one value for each label"):
        chart(labels=["a"])


def test_bars_are_shares_of_the_full_one() -> None:
    bars = Bars("Hardest", ("Problem", "Wrong"), [Bar("x", 0.5), Bar("y", 2)], percent, full=1.0)
    widths = [re.findall(r'width="([\d.]+%)"', drawn)[1] for _bar, _value, drawn in bars.rows()]
    assert widths == ["50.00%", "100.00%"]
    assert "style" not in render_to_string("charts/_bars.html", {"chart": bars})


def test_an_empty_chart_says_so() -> None:
    empty = chart(labels=[], series=[])
    for template, one in (("_chart", empty), ("_bars", Bars("None", (), []))):
        assert "Nothing to show" in render_to_string(f"charts/{template}.html", {"chart": one})


def test_times_are_read_at_a_glance() -> None:
    assert (seconds(3.21), seconds(150)) == ("3.2 s", "2.5 min")
