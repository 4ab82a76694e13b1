"""Suites of problems with known answers: JSON lines, or made from the database.

A line is {"id", "kind", "problem", "answer", "topic"?, "tests"?}: `kind` is maths (or math) or
code; a code problem has `tests`, [{"input", "expected"}], that its text does not show.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from solver.models.correction import Correction
from solver.models.problem import Kind, Problem

OWN = Path(__file__).resolve().parent / "suites"
KINDS = {"math": Kind.MATHS, "maths": Kind.MATHS, "code": Kind.CODE}


class SuiteRefused(ValueError):
    """The suite cannot be used; the message names the line and says what to change."""


@dataclass(frozen=True, slots=True)
class Case:
    """One problem. `topic`: what the report groups by, "" where the suite does not say."""

    id: str
    kind: Kind
    problem: str
    answer: str
    topic: str = ""
    tests: tuple[Mapping[str, str], ...] = ()

    def as_problem(self) -> Problem:
        """A row that is never saved, as a student would have submitted it: nothing known of it."""
        return Problem(kind=self.kind, text=self.problem)


@dataclass(frozen=True, slots=True)
class Suite:
    """`digest` changes with any of the cases."""

    name: str
    cases: tuple[Case, ...]

    @property
    def digest(self) -> str:
        whole = json.dumps([_as_list(case) for case in self.cases], ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def first(self, limit: int | None) -> "Suite":
        return Suite(self.name, self.cases[:limit])


def corrections() -> list[Case]:
    """Maths problems whose answer a teacher put right, each with its newest answer."""
    found = Correction.objects.filter(problem__kind=Kind.MATHS).select_related("problem")
    newest = {one.problem_id: one for one in found.order_by("at")}
    return [
        Case(str(one.pk), Kind.MATHS, one.problem.text, one.new, topic="corrected")
        for one in newest.values()
    ]


# Suites made from the database, by the name that `--suite` takes.
FROM_DATABASE: dict[str, Callable[[], Sequence[Case]]] = {"corrections": corrections}


def load(name: str) -> Suite:
    """By path, or by name: of the database, of the project, or in SUITES_DIR.

    Raises SuiteRefused.
    """
    if name in FROM_DATABASE:
        return _checked(name, FROM_DATABASE[name]())
    path = _find(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteRefused(_("The suite %(path)s cannot be read: %(error)s.") % {
            "path": path, "error": error,
        }) from None  # fmt: skip
    numbered = enumerate(lines, start=1)
    return _checked(path.stem, [_case(line, number) for number, line in numbered if line.strip()])


def names() -> list[str]:
    """Every suite that can be asked for by name."""
    files = {path.stem for folder in _folders() for path in folder.glob("*.jsonl")}
    return sorted(files | FROM_DATABASE.keys())


def _folders() -> list[Path]:
    return [OWN, Path(settings.SUITES_DIR)]


def _find(name: str) -> Path:
    given = Path(name)
    named = [folder / f"{name}.jsonl" for folder in _folders()]
    found = next((path for path in [given, *named] if path.is_file()), None)
    if found is None:
        raise SuiteRefused(
            _("There is no suite “%(name)s”. Name a file, or one of: %(names)s.")
            % {"name": name, "names": ", ".join(names())}
        )
    return found


def _case(line: str, number: int) -> Case:
    try:
        values = json.loads(line)
        return _read(values)
    except (ValueError, TypeError, KeyError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise SuiteRefused(_("Line %(number)d of the suite: %(what)s.") % {
            "number": number, "what": what,
        }) from None  # fmt: skip


def _read(values: Mapping[str, Any]) -> Case:
    kind = KINDS.get(values["kind"])
    if kind is None:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    case = Case(
        id=str(values["id"]),
        kind=kind,
        problem=str(values["problem"]),
        answer=str(values.get("answer", "")),
        topic=str(values.get("topic", "")),
        tests=tuple(values.get("tests", ())),
    )
    if not case.answer and not case.tests:
        raise ValueError("give an answer, or tests")
    return case


def _checked(name: str, cases: Sequence[Case]) -> Suite:
    if not cases:
        raise SuiteRefused(_("The suite “%(name)s” holds no problems.") % {"name": name})
    if len({case.id for case in cases}) < len(cases):
        raise SuiteRefused(_("Two problems of “%(name)s” have one id.") % {"name": name})
    return Suite(name, tuple(cases))


def _as_list(case: Case) -> list[Any]:
    tests = [dict(test) for test in case.tests]
    return [case.id, case.kind.value, case.problem, case.answer, case.topic, tests]
