"""A conversation as the tokens that a model reads."""

import threading
from dataclasses import dataclass
from typing import Any

from .base import EngineError, Message, Request

THINK = "<think>"
# Keeps a model without a template from writing the next question itself.
PLAIN_STOP = ("\nUser:",)


@dataclass(frozen=True, slots=True)
class Prompt:
    """tokens: everything the model reads, the prefill included.

    opening: text of the answer that the template itself has begun, to be shown first.
    """

    tokens: list[int]
    prefill_tokens: int
    opening: str
    stop: tuple[str, ...]

    @property
    def prompt_tokens(self) -> int:
        """Tokens before the answer."""
        return len(self.tokens) - self.prefill_tokens


class ChatForm:
    """The tokenizer's chat template, or the plain form where it has none. Thread-safe."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._lock = threading.Lock()  # fast tokenizers cannot encode from two threads at once
        self.has_template = bool(tokenizer.chat_template)
        self._special = sorted(set(tokenizer.all_special_tokens), key=len, reverse=True)

    def prompt(self, request: Request) -> Prompt:
        """Tokens for one request. Raises EngineError when the template refuses the messages."""
        messages = tuple(self._without_special(message) for message in request.messages)
        text = self._from_template(messages) if self.has_template else plain_text(messages)
        opening = _opened_thinking(text)
        if opening and request.prefill:
            # The prefill is the whole answer so far, what the template opened included.
            text, opening = text[: len(text) - len(opening)], ""
        with self._lock:
            before = self._encode(text)
            tokens = self._encode(text + request.prefill) if request.prefill else before
        return Prompt(
            tokens,
            max(0, len(tokens) - len(before)),
            opening,
            () if self.has_template else PLAIN_STOP,
        )

    def _encode(self, text: str) -> list[int]:
        # A template writes the special tokens out; the plain form leaves them to the tokenizer.
        return list(self._tokenizer.encode(text, add_special_tokens=not self.has_template))

    def _from_template(self, messages: tuple[Message, ...]) -> str:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            text = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True
            )
        except Exception as error:
            # Templates run arbitrary Jinja and raise anything; the sentence is theirs.
            raise EngineError(
                f"The model's chat template refuses these messages ({error}): change their roles."
            ) from error
        return str(text)

    def _without_special(self, message: Message) -> Message:
        """Text that a user wrote cannot end a turn or begin one."""
        content = message.content
        for special in self._special:
            content = content.replace(special, "")
        return Message(message.role, content)


def plain_text(messages: tuple[Message, ...]) -> str:
    """`system`, blank line, `User: …`, `Assistant:`: for models without a chat template."""
    titles = {"system": "", "user": "User: ", "assistant": "Assistant: "}
    turns = [titles[message.role] + message.content for message in messages]
    system = [
        turn + "\n"
        for turn, message in zip(turns, messages, strict=True)
        if message.role == "system"
    ]
    rest = [turn for turn, message in zip(turns, messages, strict=True) if message.role != "system"]
    return "\n".join([*system, *rest, "Assistant:"])


def _opened_thinking(text: str) -> str:
    at = text.rfind(THINK)
    return text[at:] if at >= 0 and not text[at + len(THINK) :].strip() else ""
