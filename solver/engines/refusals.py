"""What a model server's refusal means, and what can be done about it."""

import re
from dataclasses import dataclass

import httpx

from .base import PromptTooLong
from .sse import error_text

TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
CONTEXT = re.compile(r"maximum context length is (\d+)|context size is (\d+)", re.IGNORECASE)
PROMPT = re.compile(
    r"(\d+) (?:in the messages|input tokens|tokens from the input|prompt tokens)", re.IGNORECASE
)
TOO_LONG = re.compile(r"context (?:length|size|window)|too long|exceed", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not 200. text: the server's own words."""

    status: int
    text: str
    retry_after_s: float | None

    @property
    def is_transient(self) -> bool:
        """Whether another try, perhaps at another server, may help."""
        return self.status in TRANSIENT

    @property
    def is_about_length(self) -> bool:
        """Whether prompt and answer did not fit."""
        return self.status in {400, 413, 422} and TOO_LONG.search(self.text) is not None

    def room_tokens(self) -> int | None:
        """Tokens that the context has left for the answer, where the server says so (vLLM,
        SGLang). Raises PromptTooLong when there is none."""
        context, prompt = CONTEXT.search(self.text), PROMPT.search(self.text)
        if not context or not prompt:
            return None
        context_tokens = int(context.group(1) or context.group(2))
        room = context_tokens - int(prompt.group(1))
        if room < 1:
            raise PromptTooLong(1 - room, context_tokens)
        return room


async def read_refusal(response: httpx.Response) -> Refusal:
    """The body of an answer that is not 200, whatever its shape."""
    try:
        await response.aread()
        text = error_text(response.json())
    except (httpx.HTTPError, ValueError):
        text = response.reason_phrase
    return Refusal(response.status_code, text or str(response.status_code), _asked_s(response))


def _asked_s(response: httpx.Response) -> float | None:
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None
