"""Names on the left of an equation, and lists of named values."""

import re
from collections.abc import Sequence
from dataclasses import replace

from solver.checking.reading import regions
from solver.checking.reading.lexer import Token
from solver.checking.reading.tree import UnreadableError
from solver.checking.reading.values import (
    Assignments,
    Equation,
    Inequality,
    Region,
    Scalar,
    Several,
    Tuple,
    Value,
)

_NOUNS = (
    "area|perimeter|volume|length|width|height|sum|total|product|probability|distance|speed|time|"
    "radius|diameter|maximum|minimum|value|slope|mean|median|mode|range|circumference|angle|average|"
    "cost|price|age|remainder|quotient|difference"
)
_GREEK = "alpha|beta|gamma|delta|epsilon|theta|lambda|mu|phi|omega|rho|sigma|tau|eta|ell"
_MARKS = frozenset({"angle", "triangle", "overline", "overrightarrow", "vec", "widehat"})
_NAME = re.compile(
    rf"(?:m?(?:{'|'.join(sorted(_MARKS))})\s*)*"
    rf"\{{?(?:[A-Za-z]|[A-Z]{{2,4}}|(?:(?![不非没无错否])[\u3400-\u9fff]){{1,12}}|(?i:{_NOUNS})|{_GREEK})\}}?"
    r"'{0,2}(?:_(?:\w{1,4}|\{[\w,]{1,12}\}))?'{0,2}(?:\^\{?-1\}?)?(?:\([\w,\s]{1,12}\))?"
)
_POINT = re.compile(r"\((?:[A-Za-z](?:_\{?\w\}?)?,)+[A-Za-z](?:_\{?\w\}?)?\)")
_LENGTH = re.compile(r"\|[A-Z]{2}\|")
_ROOTS = frozenset({"x", "z", "t", "r", "m", "n", "k", "lambda"})
_INDEXED = re.compile(r"([A-Za-z]+)_\{?\d+\}?")


def name_of(found: Sequence[Token]) -> str | None:
    """The tokens as a name (`x`, `a_{n}`, `f(x)`, `AB`, `(x,y)`, 面积), or None."""
    if not found or found[0].kind in {"number", "function", "constant"}:
        return None
    if any(token.kind == "command" and token.text not in _MARKS for token in found):
        return None
    text = "".join(token.text for token in found)
    for pattern in (_NAME, _POINT, _LENGTH):
        if pattern.fullmatch(text):
            return re.sub(r"[{}]", "", text)
    return None


def combine(values: list[Value], joints: frozenset[str]) -> Value:
    """Several statements as one value, by their names and the words between them."""
    if any(isinstance(value, Region) for value in values):
        return regions.combine(values, joints)
    named = [getattr(value, "label", "") for value in values]
    if any(isinstance(value, Equation | Inequality) for value in values):
        if all(isinstance(value, Equation | Scalar) for value in values) and "or" not in joints:
            return Several(tuple(values), is_set=True)
        raise UnreadableError("this list of relations is not read")
    if not all(isinstance(value, Scalar | Tuple | Several) for value in values):
        raise UnreadableError("a list of such things is not read")
    if not any(named):
        points = all(isinstance(value, Tuple) for value in values)
        return flat(tuple(values), is_set=points or bool(joints & {"or", "and"}))
    bases = {_base(name) for name in named if name}
    if len(bases) == 1 and (all(named) or not any(named[1:])):
        bare = tuple(_unnamed(value) for value in values)
        distinct = all(named) and len(set(named)) == len(named) > 1
        indexed = tuple(named) if distinct else ()
        return replace(flat(bare, is_set=True), label=bases.pop(), names=indexed)
    if all(named) and len(set(named)) == len(named) and "or" not in joints:
        pairs = zip(named, (_unnamed(value) for value in values), strict=True)
        return Assignments(tuple(pairs))
    raise UnreadableError("a list in which only some values are named is not read")


def flat(values: tuple[Value, ...], *, is_set: bool) -> Several:
    """A list whose sets (of plus-minus) are opened."""
    items: list[Value] = []
    for value in values:
        if isinstance(value, Several):
            items.extend(value.items)
            is_set |= value.is_set
        else:
            items.append(value)
    return Several(tuple(items), is_set)


def _base(name: str) -> str:
    indexed = _INDEXED.fullmatch(name)
    return indexed[1] if indexed and indexed[1] in _ROOTS else name


def _unnamed(value: Value) -> Value:
    if isinstance(value, Scalar | Tuple | Several):
        return replace(value, label="")
    return value
