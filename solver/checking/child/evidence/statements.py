"""Problem text -> task, where the whole text is understood; otherwise nothing.

A pattern must account for every word: `Find the sum of all solutions of x^2 = 4` is not read as
`solve x^2 = 4`. What is left over after the task may only be a remark on form (`_REMARKS`).
"""

import re
from collections.abc import Callable

from solver.checking.child.evidence import arithmetic, calculus
from solver.checking.child.evidence.equations import read_equations
from solver.checking.child.evidence.tasks import Task
from solver.checking.child.evidence.tokens import MAX_CHARS, Unreadable

_REMARKS = re.compile(
    r"""(?:
        (?:please\s+)?(?:show|explain)\s+(?:all\s+)?(?:your\s+|the\s+)?
            (?:work(?:ing)?|reasoning|steps?|answer)(?:\s+(?:in\s+steps|step\s+by\s+step|briefly))?
      | (?:please\s+)?(?:explain|answer|solve\s+it|think|do\s+it)\s+(?:in\s+steps|step\s+by\s+step)
      | let'?s\s+think\s+step\s+by\s+step(?:\s+and\s+output\s+the\s+final\s+answer\s+within\s+
            \\boxed\{\})?
      | (?:put|write|give|output)\s+(?:your|the)\s+(?:final\s+)?answer\s+(?:in|within|inside)\s+
            (?:a\s+)?\\?\\boxed(?:\{\})?
      | (?:give|write|leave|express)\s+(?:an?\s+exact\s+(?:fraction|value|answer)
            |(?:your|the)\s+answer\s+(?:exactly|as\s+an?\s+(?:exact\s+)?(?:fraction|integer
            |whole\s+number|simplified\s+fraction|reduced\s+fraction)|in\s+(?:simplest|lowest)
            \s+(?:form|terms)))
      | simplify\s+(?:your|the)\s+answer
    )\s*[.!]?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_READERS: tuple[Callable[[str], Task | None], ...] = (
    read_equations,
    calculus.read,
    arithmetic.read,
)


def read_statement(problem: str) -> Task | None:
    """The task that `problem` sets, or None when this reader is not sure of every word."""
    text = " ".join(problem.split())
    if not text or len(text) > MAX_CHARS:
        return None
    text = _without_remarks(text)
    for reader in _READERS:
        try:
            task = reader(text)
        except (Unreadable, ZeroDivisionError, OverflowError):
            continue
        if task is not None:
            return task
    return None


def _without_remarks(text: str) -> str:
    sentences = _SENTENCE_END.split(text)
    while len(sentences) > 1 and _REMARKS.match(sentences[-1]):
        sentences.pop()
    return " ".join(sentences).strip()
