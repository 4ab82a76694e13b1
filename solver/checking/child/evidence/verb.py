"""The oracle's verb: problem and answer in, what was done to check the answer out."""

from dataclasses import asdict
from typing import Any

from solver.checking.child.evidence.deciders import decide
from solver.checking.child.evidence.statements import read_statement
from solver.checking.child.evidence.tasks import Finding
from solver.checking.child.evidence.tokens import Unreadable


def evidence(payload: dict[str, Any]) -> dict[str, Any]:
    """`{"problem", "answer"}` -> `{"read_as", "outcome", "method", "lines", "decides"}`.

    `read_as` is null when the problem sets no task that this reader knows.
    """
    task = read_statement(payload["problem"])
    if task is None:
        return {"read_as": None, **asdict(Finding("open", ""))}
    try:
        finding = decide(task, payload["answer"])
    except (Unreadable, NotImplementedError) as reason:
        finding = Finding("open", "", [f"The answer could not be tried on it: {reason}."])
    return {"read_as": task.words, **asdict(finding)}
