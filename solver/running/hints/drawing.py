"""From the text of a solution to hints: its idea, then its steps, as far as the answer is kept.

No model writes them. The first hint names the idea of the first step; each of the others is one
whole step. They end before the first step that gives the answer away, since what comes after it
builds on it, and before the last step in any case. Reasoning is no step, so it is never shown.
"""

import re
from collections.abc import Collection

from solver.checking.code_blocks import code_blocks
from solver.models.problem import Kind
from solver.running.hints.giveaway import gives_away
from solver.text.markers import is_generic
from solver.text.steps import Step, split

MOST_HINTS = 8
_LABEL = re.compile(
    r"(?:(?:step|case|part|method|approach)\s*\(?\w{1,5}\)?|第\s*\w{1,4}\s*步|步骤\s*\w{1,3})"
    r"\s*(?:[:：.)–—-]\s*|$)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？]|[:：](?=[ \t]*(?:\n|$))")
_NOT_PROSE = ("```", "~~~", "|", "$$", "\\[", "\\begin")
_LONGEST_IDEA = 1_000
# "Solution", "The approach": a heading of this many words names nothing yet.
_GENERIC_WORDS = 2


def draw(text: str, kind: str, answers: Collection[str]) -> list[str]:
    """The hints of a solution's text, in Markdown; none where its very idea tells too much."""
    steps = split(text, finished=True).steps
    if not steps:
        return []
    hints = [_idea(steps[0])]
    hints += [said for step in steps[:-1] if (said := _said(step)) != hints[0]]
    kept = []
    for hint in hints[:MOST_HINTS]:
        if not hint or _tells_too_much(hint, kind, answers):
            break
        kept.append(hint)
    return kept


def _tells_too_much(hint: str, kind: str, answers: Collection[str]) -> bool:
    # The answer to a programming problem is its program.
    is_program = kind == Kind.CODE and bool(code_blocks(hint))
    return is_program or gives_away(hint, answers)


def _idea(step: Step) -> str:
    """The title of a step, or else its first sentence."""
    title = _title(step)
    if title and not (is_generic(title) and len(title.split()) <= _GENERIC_WORDS):
        return title
    return _first_sentence(step.body.strip())


def _said(step: Step) -> str:
    """A step without its number, which is another one among hints."""
    title, body = _title(step), step.body.strip()
    return "\n\n".join(filter(None, (f"**{title}**" if title and body else title, body)))


def _title(step: Step) -> str:
    return _LABEL.sub("", step.title, count=1).strip() if _LABEL.match(step.title) else step.title


def _first_sentence(body: str) -> str:
    paragraph = body.split("\n\n", 1)[0]
    if paragraph.startswith(_NOT_PROSE) or len(paragraph) > _LONGEST_IDEA:
        return ""
    for end in _SENTENCE_END.finditer(paragraph):
        sentence = paragraph[: end.end()]
        if _is_whole(sentence):
            return sentence.rstrip(":： \t")
    return paragraph if _is_whole(paragraph) else ""


def _is_whole(sentence: str) -> bool:
    """No formula of it is cut off."""
    pairs = ((r"\(", r"\)"), (r"\[", r"\]"), (r"\begin", r"\end"))
    is_closed = all(sentence.count(one) == sentence.count(other) for one, other in pairs)
    return is_closed and sentence.count("$") % 2 == 0
