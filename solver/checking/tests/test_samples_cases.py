import io
import json

import pytest

from solver.checking.samples_cases import MAX_CASE_BYTES, Case, read_cases


def test_read_cases():
    lines = b'{"input": "1", "expected": "2"}\n\n{"expected": "3"}\n'
    assert list(read_cases(io.BytesIO(lines))) == [Case("1", "2"), Case("", "3")]


@pytest.mark.parametrize(
    "line", [b"x", b"[]", b"{}", b'{"input": 1, "expected": "2"}', b"[" * 9999]
)
def test_read_cases_names_the_bad_line(line):
    cases = read_cases(io.BytesIO(b'{"expected": "1"}\n' + line))
    assert next(cases) == Case("", "1")
    with pytest.raises(ValueError, match="line 2"):
        next(cases)


def test_read_cases_refuses_a_huge_case():
    line = b'{"expected": "' + b"x" * MAX_CASE_BYTES
    with pytest.raises(ValueError, match="line 1: a case may have at most 16 MiB"):
        next(read_cases(io.BytesIO(line)))


def test_read_cases_streams_and_refuses_a_huge_file():
    line = json.dumps({"input": "x" * (10 << 20), "expected": "1"}).encode() + b"\n"

    class Endless(io.BytesIO):
        """More lines than anybody could hold."""

        asked = 0

        def readline(self, most: int | None = -1) -> bytes:
            self.asked += 1
            return line

    file = Endless()
    cases = read_cases(file)
    for _ in range(4):
        next(cases)
    assert file.asked == 4
    with pytest.raises(ValueError, match="at most 50 MiB"):
        next(cases)
