"""A batch's input, line by line; what is wrong is told with the number of its line."""

import json
from collections.abc import Iterator
from typing import Any, Final

from solver.api.batches.endpoints import ENDPOINTS, Endpoint
from solver.api.bodies import check_values
from solver.api.errors import ApiError
from solver.models.batch import Batch, BatchLine

MAX_LINES: Final = 50_000
ERRORS_TOLD: Final = 100
CUSTOM_ID_CHARS: Final = 200
_KEYS: Final = {"custom_id", "method", "url", "body"}


class LineRefused(Exception):
    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def read_lines(batch: Batch, content: bytes) -> tuple[list[BatchLine], list[dict[str, Any]]]:
    """The batch's lines, and the first hundred errors; with errors there is nothing to run."""
    lines: list[BatchLine] = []
    errors: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for number, raw in _numbered(content):
        try:
            if len(lines) >= MAX_LINES:
                message = f"A batch may have {MAX_LINES} lines. Divide it."
                raise LineRefused("too_many_lines", message)
            line = _read(batch, number, raw)
            if (first := seen.setdefault(line.custom_id, number)) != number:
                message = f"custom_id '{line.custom_id}' is on line {first} too."
                raise LineRefused("duplicate_custom_id", message, "custom_id")
            lines.append(line)
        except LineRefused as refused:
            told = {"code": refused.code, "message": f"Line {number}: {refused}"}
            errors.append({**told, "line": number, "param": refused.param})
            if len(errors) >= ERRORS_TOLD or refused.code == "too_many_lines":
                break
    if not lines and not errors:
        errors.append(
            {"code": "empty_file", "message": "The file is empty.", "line": None, "param": None}
        )
    return lines, errors


def _numbered(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(content.split(b"\n"), 1):
        if raw.strip():
            yield number, raw


def _read(batch: Batch, number: int, raw: bytes) -> BatchLine:
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
    _check_body(ENDPOINTS[batch.endpoint], value)
    return BatchLine(batch=batch, number=number, custom_id=custom_id, body=body)


def _check_body(endpoint: Endpoint, value: dict[str, Any]) -> None:
    if not isinstance(value["body"], dict):
        raise LineRefused("invalid_body", "body must be an object.", "body")
    try:
        check_values(value)
        endpoint.check(value["body"])
    except ApiError as error:
        raise LineRefused(error.code, error.message, error.param) from None
