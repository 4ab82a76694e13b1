"""What answers took, in the words of each call."""

from collections.abc import Sequence
from typing import Any

from solver.api.answers import Answer
from solver.api.parting import part


def reasoning_tokens(answer: Answer) -> int:
    """By its share of the text: the tokens themselves are not kept."""
    reasoning = len(part(answer.text).reasoning)
    return round(answer.completion_tokens * reasoning / max(len(answer.text), 1))


def chat_usage(answers: Sequence[Answer]) -> dict[str, Any]:
    """Several answers to one question read it once."""
    prompt = max((answer.prompt_tokens for answer in answers), default=0)
    completion = sum(answer.completion_tokens for answer in answers)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": sum(map(reasoning_tokens, answers))},
    }


def response_usage(answer: Answer) -> dict[str, Any]:
    return {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": reasoning_tokens(answer)},
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }


def finish_of(answer: Answer) -> str:
    return "length" if answer.finish == "length" else "stop"
