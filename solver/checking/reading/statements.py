"""Statements: how an answer's formulas are joined (`x = 2 or x = 3`, `2 <= x < 3`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from solver.checking.reading import spelling
from solver.checking.reading.lexer import Token
from solver.checking.reading.tree import UnreadableError

_OPENING = {"(", "[", "{", "\\{", "langle", "lfloor", "lceil"}
_CLOSING = {")", "]", "}", "\\}", "rangle", "rfloor", "rceil"}
_OR_COMMANDS = {"lor", "vee"}
_AND_COMMANDS = {"land", "wedge"}


@dataclass(frozen=True, slots=True)
class Chain:
    """Formulas with relations between them: `sides[0] relations[0] sides[1] …`."""

    sides: tuple[tuple[Token, ...], ...]
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Chains and what stood between them: a set of `,` `or` `and`, empty for one chain."""

    chains: tuple[Chain, ...]
    joints: frozenset[str]


def split(tokens: Sequence[Token]) -> Joined:
    """Cut the tokens at commas and joining words outside brackets, then at relations."""
    chains: list[Chain] = []
    joints: set[str] = set()
    current: list[Token] = []
    for token, depth in _with_depth(_unwrapped_cases(tokens)):
        joint = _joint(token) if depth == 0 else None
        if joint is None:
            current.append(token)
            continue
        if current:
            chains.append(_chain(current))
            joints.add(joint)
        elif not (joint in {"or", "and"} and joints):  # `2, or 3`: the word says more
            raise UnreadableError("a separator stands without anything before it")
        else:
            joints = joints - {","} | {joint}
        current = []
    if current:
        chains.append(_chain(current))
    elif tokens and tokens[-1].text != "\\\\":
        raise UnreadableError("a separator stands without anything after it")
    if not chains:
        raise UnreadableError("there is no answer")
    return Joined(tuple(chains), frozenset(joints) if len(chains) > 1 else frozenset())


def _joint(token: Token) -> str | None:
    if token.kind == "word":
        word = token.text.lower()
        return "or" if word in spelling.OR_WORDS else "and" if word in spelling.AND_WORDS else None
    if token.kind == "command":
        if token.text in _OR_COMMANDS:
            return "or"
        return "and" if token.text in _AND_COMMANDS else None
    if token.kind == "op" and token.text in {",", ";", "\\\\"}:
        return ","
    return None


def _chain(tokens: list[Token]) -> Chain:
    sides: list[tuple[Token, ...]] = []
    relations: list[str] = []
    side: list[Token] = []
    for token, depth in _with_depth(tokens):
        relation = None
        if depth == 0 and token.kind in {"op", "command"}:
            relation = spelling.RELATIONS.get(token.text)
        if relation is None:
            side.append(token)
        else:
            sides.append(tuple(side))
            relations.append(relation)
            side = []
    return Chain((*sides, tuple(side)), tuple(relations))


def _with_depth(tokens: Sequence[Token]) -> list[tuple[Token, int]]:
    depth, marked = 0, []
    for token in tokens:
        opens = token.kind in {"op", "command"} and token.text in _OPENING
        closes = token.kind in {"op", "command"} and token.text in _CLOSING
        if token.kind == "environment":
            opens, closes = token.text.startswith("begin"), token.text.startswith("end")
        depth -= closes
        marked.append((token, max(depth, 0)))
        depth += opens
    return marked


def _unwrapped_cases(tokens: Sequence[Token]) -> Sequence[Token]:
    """`\\begin{cases} x=1 \\\\ y=2 \\end{cases}` is a list of statements."""
    if len(tokens) > 2 and tokens[0].kind == tokens[-1].kind == "environment":
        names = (tokens[0].text, tokens[-1].text)
        inner = tokens[1:-1]
        plain = all(token.text != "&" and token.kind != "environment" for token in inner)
        if names == ("begin cases", "end cases") and plain:
            return inner
    if tokens and tokens[0].text == "\\{" and tokens[-1].text != "\\}":
        raise UnreadableError("a brace is not closed")
    return tokens
