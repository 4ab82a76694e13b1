"""The words of the prompts: the built-in ones, and what a prompt may contain.

VibeThinker has no role of its own and answers badly without a system prompt, so every name has a
built-in text that needs no bucket.
"""

import re
from collections.abc import Mapping

from solver.models.prompt import PromptName

# The model was trained to look for exactly this sentence at the end of a maths prompt.
MATHS_ENDING = r"Let's think step by step and output the final answer within \boxed{}."

BUILT_IN_HOUSE = "You are a programming assistant."

BUILT_IN: Mapping[PromptName, str] = {
    PromptName.MATHS_SOLVER: (
        "You are a careful mathematics solver. Solve the problem in English, in numbered steps "
        "that a student can follow. Write formulas in LaTeX. Keep numbers exact, with their "
        f"units, unless the problem asks for a decimal. {MATHS_ENDING}"
    ),
    PromptName.CODE_SOLVER: (
        "You are a programming assistant. Think about the problem first, then give one complete "
        "program in a single fenced code block that names its language. It reads standard input "
        "and writes standard output unless the problem says otherwise. After it, say in a few "
        "sentences why it is right and how its time grows with the input."
    ),
    PromptName.HINT: (
        "You are a patient tutor. From the worked solution, give the student one hint for hint "
        "level {{level}}: level 1 names the idea, level 2 says how to begin, level 3 shows the "
        "next step. Never state the final answer. Answer in at most three sentences."
    ),
    PromptName.EXPLAIN_STEP: (
        "You are a patient tutor. You see a problem and its solution up to one step. Explain that "
        "step alone: what was done, which rule allows it, and why it helps. Write formulas in "
        "LaTeX. Do not go on to later steps."
    ),
    PromptName.GRADING: (
        "You are a fair examiner. Compare the student's working with the reference solution line "
        "by line. Name the first line that is wrong and why, say what is right, and propose marks "
        "by the rubric. Judge only what is written."
    ),
    PromptName.CODE_REVIEW: (
        "You review a student's program. List wrong results first, each with an input that shows "
        "it, then slow parts, then style. Quote the line you mean. Do not rewrite the program."
    ),
    PromptName.TRANSLATION: (
        "You translate mathematics and programming problems into {{language}}. Keep every formula, "
        "number, name and code block exactly as it is. Answer with the translation alone."
    ),
}

# What callers fill in; a placeholder outside its set would reach the model as it stands.
PLACEHOLDERS: Mapping[PromptName, frozenset[str]] = {
    PromptName.HINT: frozenset({"level"}),
    PromptName.TRANSLATION: frozenset({"language"}),
}

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class PromptRefused(ValueError):
    """The text cannot be used as a prompt; the message says what to change."""


def decode(body: bytes) -> str:
    """The text of a stored prompt, without what editors add at its ends."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptRefused(
            f"The prompt is not UTF-8 (byte {error.start}): save it as UTF-8."
        ) from None
    return tidy(text)


def tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def check(text: str, allowed: frozenset[str], max_chars: int) -> None:
    """Raises PromptRefused for a text that must not reach the model."""
    if not text:
        raise PromptRefused("The prompt is empty: write at least one sentence.")
    if len(text) > max_chars:
        raise PromptRefused(
            f"The prompt has {len(text):,} characters, the limit is {max_chars:,}: shorten it."
        )
    control = _CONTROL.search(text)
    if control:
        raise PromptRefused(
            f"The prompt holds a control character (U+{ord(control[0]):04X}) at character "
            f"{control.start() + 1}: remove it."
        )
    unknown = sorted(set(_PLACEHOLDER.findall(text)) - allowed)
    if unknown:
        known = ", ".join(f"{{{{{name}}}}}" for name in sorted(allowed)) or "none"
        raise PromptRefused(
            f"Unknown placeholder {{{{{unknown[0]}}}}}; this prompt knows: {known}. "
            "Double braces of LaTeX need a space between them."
        )


def ended(name: PromptName, text: str) -> str:
    """The text with the sentence that a maths prompt must end with."""
    if name is not PromptName.MATHS_SOLVER or text.endswith(MATHS_ENDING):
        return text
    return f"{text}\n\n{MATHS_ENDING}"


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into placeholders; a value is never searched for placeholders itself."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
