"""A batch's input, line by line; what is wrong is told with the number of its line."""

import json
from collections.abc import Iterator
from typing import IO, Any, Final

from django.conf import settings

from solver.api.batches.endpoints import ENDPOINTS, Endpoint
from solver.api.bodies import check_values
from solver.api.errors import ApiError
from solver.models.batch import Batch, BatchLine

MAX_LINES: Final = 50_000
ERRORS_TOLD: Final = 100
ROWS_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4_000_000
CUSTOM_ID_CHARS: Final = 200
_KEYS: Final = {"custom_id", "method", "url", "body"}


class LineRefused(Exception):
    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def check_lines(batch: Batch, content: IO[bytes]) -> list[dict[str, Any]]:
    """The first hundred errors; with errors there is nothing to run. Holds one line at a time."""
    errors: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for number, raw in _numbered(content):
        try:
            if len(seen) >= MAX_LINES:
                message = f"A batch may have {MAX_LINES} lines. Divide it."
                raise LineRefused("too_many_lines", message)
            line = _read(batch, number, raw)
            _check_body(ENDPOINTS[batch.endpoint], line)
            if (first := seen.setdefault(line.custom_id, number)) != number:
                message = f"custom_id '{line.custom_id}' is on line {first} too."
                raise LineRefused("duplicate_custom_id", message, "custom_id")
        except LineRefused as refused:
            told = {"code": refused.code, "message": f"Line {number}: {refused}"}
            errors.append({**told, "line": number, "param": refused.param})
            if len(errors) >= ERRORS_TOLD or refused.code == "too_many_lines":
                break
    if not seen and not errors:
        errors.append(
            {"code": "empty_file", "message": "The file is empty.", "line": None, "param": None}
        )
    return errors


def rows_of(batch: Batch, content: IO[bytes]) -> Iterator[list[BatchLine]]:
    """The lines of a file without errors, as many at a time as are well written at once."""
    rows: list[BatchLine] = []
    size_bytes = 0
    for number, raw in _numbered(content):
        rows.append(_read(batch, number, raw))
        size_bytes += len(raw)
        if len(rows) >= ROWS_AT_ONCE or size_bytes >= BYTES_AT_ONCE:
            yield rows
            rows, size_bytes = [], 0
    if rows:
        yield rows


def _numbered(content: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that say something. Of one that is too long the beginning, which shows that."""
    most, number = settings.API_MAX_BODY_BYTES, 0
    while raw := content.readline(most + 1):
        number += 1
        rest = raw
        while len(rest) > most and not rest.endswith(b"\n"):
            rest = content.readline(most + 1)
        if raw.strip():
            yield number, raw.removesuffix(b"\n")


def _read(batch: Batch, number: int, raw: bytes) -> BatchLine:
    """Everything but its body is checked. Raises LineRefused."""
    if len(raw) > settings.API_MAX_BODY_BYTES:
        message = f"it is larger than {settings.API_MAX_BODY_BYTES} bytes."
        raise LineRefused("line_too_long", message)
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise LineRefused("invalid_json_line", "it is not valid JSON.") from None
    if not isinstance(value, dict) or value.keys() != _KEYS:
        message = "it must be an object with custom_id, method, url and body."
        raise LineRefused("invalid_line", message)
    custom_id, body = value["custom_id"], value["body"]
    if not isinstance(custom_id, str) or not 0 < len(custom_id) <= CUSTOM_ID_CHARS:
        message = f"custom_id must be a text of 1 to {CUSTOM_ID_CHARS} characters."
        raise LineRefused("invalid_custom_id", message, "custom_id")
    if value["method"] != "POST":
        raise LineRefused("invalid_method", "method must be POST.", "method")
    if value["url"] != batch.endpoint:
        raise LineRefused("invalid_url", f"url must be {batch.endpoint}.", "url")
    if not isinstance(body, dict):
        raise LineRefused("invalid_body", "body must be an object.", "body")
    return BatchLine(batch=batch, number=number, custom_id=custom_id, body=body)


def _check_body(endpoint: Endpoint, line: BatchLine) -> None:
    try:
        check_values([line.custom_id, line.body])
        endpoint.check(line.body)
    except ApiError as error:
        raise LineRefused(error.code, error.message, error.param) from None
