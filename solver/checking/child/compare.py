"""The verb `compare`: two answer texts in, a verdict and its reason out."""

import re
from typing import Any

from solver.checking.child.comparison import same_value
from solver.checking.child.exact import TooLargeError, UndefinedError
from solver.checking.finding import Finding, agreed, cannot_tell, different, equal
from solver.checking.reading import words
from solver.checking.reading.interpretation import read
from solver.checking.reading.normaliser import normalise
from solver.checking.reading.tree import UnevaluatedError, UnreadableError
from solver.checking.reading.values import Value

_SAYS_SOMETHING = re.compile(r"\w|\\emptyset|\\varnothing|\\infty|\\surd|\{\}|\\\{\s*\\\}")
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[ -][^\W\d_]{2,})*")


def compare(payload: dict[str, Any]) -> dict[str, Any]:
    """`{"reference", "candidate"}` -> `{"verdict", "reason"}`."""
    found = compare_texts(str(payload["reference"]), str(payload["candidate"]))
    return {"verdict": found.verdict.value, "reason": found.reason}


def compare_texts(reference: str, candidate: str) -> Finding:
    """Judge one answer against the reference. Both have passed the gate."""
    one, other = normalise(reference), normalise(candidate)
    if not _SAYS_SOMETHING.search(one):
        return cannot_tell("there is no reference answer")
    if not _SAYS_SOMETHING.search(other):
        return different("no answer was given")
    if _without_spaces(one) == _without_spaces(other):
        return equal("the answers are written the same")
    return _choices(one, other) or _read_and_compared(reference, candidate)


def _without_spaces(text: str) -> str:
    """Spaces matter between digits and between letters (`1 1/2`, `a nd`)."""
    return re.sub(r"(?<![\w.])\s+|\s+(?![\w.])", "", text)


def _choices(reference: str, candidate: str) -> Finding | None:
    """The rule for multiple choice, where the reference is one or more capital letters."""
    letters = words.choice(reference)
    if letters is None or re.search(r"(?<![a-zA-Z])[a-h](?![a-zA-Z])", reference):
        return None
    chosen = words.choice(candidate)
    if chosen is not None:
        if chosen == letters:
            return equal("the same choice")
        return different("another choice")
    with_content = words.choice_with_content(candidate)
    if with_content is None:
        return None
    letter, content = with_content
    if frozenset(letter) != letters:
        return different("another choice")
    try:
        read(content)
    except UnreadableError:
        return cannot_tell("the same choice, with words that are not understood")
    return equal("the same choice, with its content")


def _read_and_compared(reference: str, candidate: str) -> Finding:
    try:
        first = read(reference)
    except UnreadableError as error:
        return _compared_as_words(reference, candidate, f"the reference is not understood: {error}")
    try:
        second = read(candidate)
    except UnevaluatedError as error:
        return different(f"the answer is not worked out: {error}")
    except UnreadableError as error:
        return _compared_as_words(reference, candidate, f"the answer is not understood: {error}")
    return agreed(_compared(one, other) for one in first for other in second)


def _compared(reference: Value, candidate: Value) -> Finding:
    try:
        return same_value(reference, candidate)
    except (UnreadableError, TooLargeError, UndefinedError) as error:
        return cannot_tell(str(error) or "a part of the answer has no value")


def _compared_as_words(reference: str, candidate: str, otherwise: str) -> Finding:
    one, other = words.plain(normalise(reference)), words.plain(normalise(candidate))
    if _WORDS.fullmatch(one) and one == other:
        return equal("the same words")
    return cannot_tell(otherwise)


def warm_comparisons() -> None:
    """Compare a few answers, so that constants and caches are there before the server forks."""
    for reference, candidate in (
        (r"\frac{\sqrt2}{2}", r"\frac{1}{\sqrt{2}}"),
        (r"\sin 2x", r"2\sin x\cos x"),
        (r"\ln 8 + e^{\pi}", r"3\ln 2 + e^{\pi}"),
    ):
        compare_texts(reference, candidate)
