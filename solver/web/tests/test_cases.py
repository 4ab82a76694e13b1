"""Tests of a program, typed by a teacher and shown again."""

import pytest

from solver.web.cases import cases_of, cases_text


def test_plain_cases_are_shown_in_the_easy_form():
    cases = [{"input": "2\n", "expected": "4\n"}, {"input": "5", "expected": "10"}]
    assert cases_text(cases) == "2\n---\n4\n===\n5\n---\n10\n"


@pytest.mark.parametrize("given", ["---\n", "a\n===\nb\n", "{1, 2}\n", "\n7\n", ""])
def test_what_is_shown_is_read_as_the_same_cases(given: str):
    cases = [{"input": given, "expected": "1\n"}, {"input": "6\n", "expected": "…\n"}]
    assert cases_of(cases_text(cases)) == cases


def test_no_cases_are_no_text():
    assert cases_text([]) == ""
    assert cases_of(" \n") == []
