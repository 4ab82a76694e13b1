"""Tests of a program as a teacher types them: JSON lines, or an easy form."""

import io
import json

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from solver.checking.samples_cases import read_cases

MAX_CASES = 200
# A case of the easy form: input, a line of three dashes, output; cases parted by three equals.
CASE_BREAK, OUTPUT_BREAK = "===", "---"


def cases_of(text: str) -> list[dict[str, str]]:
    """Tests as JSON lines, or in the easy form. Raises ValidationError."""
    if not text.strip():
        return []
    if text.lstrip().startswith("{"):
        try:
            cases = [
                {"input": case.input, "expected": case.expected}
                for case in read_cases(io.BytesIO(text.encode()))
            ]
        except ValueError as error:
            raise ValidationError(str(error)) from None
    else:
        cases = [_case(number, part) for number, part in enumerate(_parts(text), start=1)]
    if len(cases) > MAX_CASES:
        raise ValidationError(_("At most %d tests, please.") % MAX_CASES)
    return cases


def cases_text(cases: list[dict[str, str]]) -> str:
    """The easy form where it can say them, else JSON lines."""
    ended = [{key: _line_end(case.get(key, "")) for key in ("input", "expected")} for case in cases]
    easy = f"{CASE_BREAK}\n".join(
        f"{case['input']}{OUTPUT_BREAK}\n{case['expected']}" for case in ended
    )
    if _is_read_as(easy, ended):
        return easy
    return "".join(f"{json.dumps(case, ensure_ascii=False)}\n" for case in cases)


def _is_read_as(text: str, cases: list[dict[str, str]]) -> bool:
    try:
        return cases_of(text) == cases
    except ValidationError:
        # Such as a line of dashes in an input.
        return False


def _line_end(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _parts(text: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip() == CASE_BREAK:
            parts.append([])
        else:
            parts[-1].append(line)
    return ["\n".join(part) for part in parts if any(line.strip() for line in part)]


def _case(number: int, part: str) -> dict[str, str]:
    lines = part.strip("\n").split("\n")
    breaks = [at for at, line in enumerate(lines) if line.strip() == OUTPUT_BREAK]
    if len(breaks) != 1:
        raise ValidationError(
            _("Test %(number)d needs one line “---” between its input and its output.")
            % {"number": number}
        )
    given, wanted = lines[: breaks[0]], lines[breaks[0] + 1 :]
    return {"input": _line_end("\n".join(given)), "expected": _line_end("\n".join(wanted))}
