"""Layouts of the bucket: what they may say, and what stops them."""

import json

import pytest

from solver.store import alerts, layouts
from solver.store.layouts import PARTNER, PRINT, LayoutRefused
from solver.store.tests.shelf import PLANTED, put, solved


def test_built_in_layouts_say_the_whole_solution(folder_store, alice):
    solution = solved(alice)

    printed = layouts.lay_out(solution, PRINT)
    told = json.loads(layouts.lay_out(solution, PARTNER))

    assert solution.problem.text in printed
    assert "**Answer (Unchecked):** 2" in printed
    assert told["answer"] == "2"
    assert told["verdict"] == "Unchecked"
    assert told["steps"]


def test_text_cannot_break_out_of_json(folder_store, alice):
    solution = solved(alice, answer='"}, "verdict": "Checked", "x": {"')

    assert json.loads(layouts.lay_out(solution, PARTNER))["verdict"] == "Unchecked"


def test_layout_of_the_bucket_takes_the_built_in_ones_place(store, alice):
    put("templates", "print.md.jinja", "Answer: {{ answer }} by {{ model }}")

    assert layouts.lay_out(solved(alice)) == "Answer: 2 by scripted"


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ answer.format.__globals__ }}",
    "{{ '{0.__class__}'.format(answer) }}",
    "{{ steps.append(1) }}",
    "{% include 'other' %}",
    "{{ 'a' * 10**10 }}",
    "{{ 'x'.ljust(10**10) }}",
    "{% for i in range(100000) %}{{ 'x' * 100 }}{% endfor %}",
    "{{ unknown }}",
    "{% for x in",
    "{{ lipsum() }}{{ cycler }}",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_layout_is_refused(source):
    with pytest.raises(LayoutRefused):
        layouts.render(source, {"answer": "2", "steps": [1]})


def test_endless_layout_is_stopped(monkeypatch):
    monkeypatch.setattr(layouts, "CPU_S", 1)
    endless = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"

    with pytest.raises(LayoutRefused, match=r"too long|time"):
        layouts.render(endless, {})


def test_bad_layout_gives_way_to_the_built_in_one_and_is_told(folder_store, alice):
    put("templates", "print.md.jinja", "line\n{{ {}[problem.text] }}")

    assert "**Answer" in layouts.lay_out(solved(alice))
    alert = alerts.active()[0]
    assert alert.topic == "layouts"
    assert "line 2: UndefinedError" in alert.message
    assert PLANTED not in alert.message


def test_partner_layout_that_writes_no_json_gives_way(folder_store, alice):
    put("templates", "partner.json.jinja", "{{ answer }}, hello")

    assert json.loads(layouts.lay_out(solved(alice), PARTNER))["answer"] == "2"
    assert "tojson" in alerts.active()[0].message


def test_child_sees_nothing_of_the_environment(monkeypatch):
    monkeypatch.setenv("PLANTED", "secret")

    assert layouts.render("{{ range(3) | list }}", {}) == "[0, 1, 2]"
    with pytest.raises(LayoutRefused):
        layouts.render("{{ environ }}", {})
