"""Tokens to text, piece by piece: whole characters only, and no special tokens."""

from typing import Any

# What a decoder writes for bytes that are not (yet) a character.
BROKEN = "\ufffd"
CONTEXT_TOKENS = 6
MOST_HELD_TOKENS = 256


class Detokeniser:
    """Text of one answer. Joined pieces equal the decoding of all tokens at once.

    A character whose bytes are spread over several tokens appears once it is complete. Single
    threaded; many may share one tokenizer, which is only read.
    before: the tokens that precede the answer, so that spaces at its start come out right.
    """

    def __init__(self, tokenizer: Any, before: list[int]) -> None:
        self._decode = tokenizer.decode
        self._tokens = before[-CONTEXT_TOKENS:]
        self._shown = len(self._tokens)
        self._prefix = self._text(self._tokens)

    def feed(self, tokens: list[int]) -> str:
        """Text that is certain after these further tokens; may be empty."""
        self._tokens.extend(tokens)
        text = self._text(self._tokens)
        held = len(self._tokens) - self._shown
        if text.endswith(BROKEN) and held < MOST_HELD_TOKENS:
            return ""
        return self._take(text)

    def flush(self) -> str:
        """The rest at the end of the answer, broken characters included."""
        return self._take(self._text(self._tokens))

    def _take(self, text: str) -> str:
        piece = text[len(self._prefix) :]
        self._tokens = self._tokens[-CONTEXT_TOKENS:]
        self._shown = len(self._tokens)
        self._prefix = self._text(self._tokens)
        return piece

    def _text(self, tokens: list[int]) -> str:
        text = self._decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)
