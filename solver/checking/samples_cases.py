"""Test cases and the files that teachers keep them in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_CASE_BYTES = 16 * 1024 * 1024
_FORM = 'each line is {"input": "…", "expected": "…"}'


@dataclass(frozen=True, slots=True)
class Case:
    """What a program is given on standard input, and what it must write."""

    input: str
    expected: str


def read_cases(file: BinaryIO) -> Iterator[Case]:
    """Cases of a JSON-lines file, one at a time, so that a large file is never held whole.

    ValueError names the line that is wrong: no such object, a case above 16 MiB, or the point
    where the file went above 50 MiB. Cases before it have been given out by then.
    """
    read_bytes = 0
    for number in range(1, MAX_FILE_BYTES):
        line = file.readline(MAX_CASE_BYTES + 1)
        if not line:
            return
        read_bytes += len(line)
        if len(line) > MAX_CASE_BYTES:
            raise ValueError(f"line {number}: a case may have at most 16 MiB")
        if read_bytes > MAX_FILE_BYTES:
            raise ValueError(f"line {number}: a file of test cases may have at most 50 MiB")
        if line.strip():
            yield _case(number, line)


def _case(number: int, line: bytes) -> Case:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(f"line {number} is not JSON; {_FORM}") from None
    if not isinstance(given, dict):
        raise ValueError(f"line {number} is not an object; {_FORM}")
    stdin, expected = given.get("input", ""), given.get("expected")
    if not isinstance(stdin, str) or not isinstance(expected, str):
        raise ValueError(f"line {number} lacks a string; {_FORM}")
    return Case(stdin, expected)
