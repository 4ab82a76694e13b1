import pytest

from solver.store.lines import line_of

TEXT = """{
  "a": 1,
  "b": {
    "c": [1,
      {"d": "x, } \\" y"}],
    "e": true
  }
}"""


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 1), (("a",), 2), (("b",), 3), (("b", "c"), 4), (("b", "c", 0), 4), (("b", "c", 1), 5),
     (("b", "c", 1, "d"), 5), (("b", "e"), 6), (("b", "gone"), 3), (("a", "deeper"), 2)],
)  # fmt: skip
def test_line_of_a_value(path, line):
    assert line_of(TEXT, path) == line
