"""A place in a row of tokens, and the questions the grammar asks of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from solver.checking.reading.lexer import Token
from solver.checking.reading.tree import Node, UnreadableError

END = Token("end", "")


@dataclass(frozen=True, slots=True)
class Style:
    """Which of two usual readings is taken where they part."""

    tight: bool = False  # 1/2x is 1/(2x), and sin x y is sin(xy)


class Cursor(ABC):
    """Base of the parser. `is_ambiguous` is set when the other style would read otherwise."""

    def __init__(self, tokens: Sequence[Token], style: Style) -> None:
        self.tokens = list(tokens)
        self.style = style
        self.index = 0
        self.nesting = 0
        self.bars = 0  # open |, inside which another | closes
        self.is_ambiguous = False

    @abstractmethod
    def sum(self) -> Node:
        """Terms joined by plus and minus."""

    @abstractmethod
    def power(self) -> Node:
        """A factor with what is raised or appended to it."""

    @abstractmethod
    def function(self) -> Node:
        """A named function with its argument."""

    @abstractmethod
    def starts_factor(self) -> bool:
        """Whether a factor may begin here without a sign before it."""

    def peek(self, ahead: int = 0) -> Token:
        place = self.index + ahead
        return self.tokens[place] if place < len(self.tokens) else END

    def take(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def is_at(self, *texts: str) -> bool:
        token = self.peek()
        return token.kind in {"op", "command"} and token.text in texts

    def expect(self, *texts: str) -> str:
        if not self.is_at(*texts):
            raise UnreadableError(f"{' or '.join(texts)} was expected")
        return self.take().text
