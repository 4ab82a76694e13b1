"""The typed rules: which kinds of answer can be the same, and what makes them so."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from solver.checking.child import confirmation, lines, ratios, relations
from solver.checking.child.scalars import same_scalar, unnamed
from solver.checking.finding import Finding, all_equal, cannot_tell, different, equal
from solver.checking.reading import words
from solver.checking.reading.regions import ALL, from_pair
from solver.checking.reading.tree import Symbol, substitute, symbols
from solver.checking.reading.values import (
    Assignments,
    Based,
    Equation,
    Family,
    Inequality,
    Phrase,
    Ratio,
    Region,
    Scalar,
    Several,
    Table,
    Tuple,
    Value,
)

_MOST_ITEMS = 40


def same_value(reference: Value, candidate: Value) -> Finding:
    """Whether the candidate is the reference's answer. Symmetric but for units and names."""
    reference, candidate = _plainest(reference), _plainest(candidate)
    for one, other in ((reference, candidate), (candidate, reference)):
        rule = _RULES.get((type(one), type(other)))
        if rule is not None:
            return rule(one, other)
    if isinstance(reference, Equation) or isinstance(candidate, Equation):
        return cannot_tell("an equation is not compared with this kind of answer")
    return different("the answers are of different kinds")


def _plainest(value: Value) -> Value:
    """One value in braces is that value; words for all reals are the real line."""
    if isinstance(value, Several) and len(value.items) == 1:
        only = value.items[0]
        if isinstance(only, Scalar) and not only.label:
            return replace(only, label=value.label)
        return only
    if isinstance(value, Phrase) and value.meaning == "all reals":
        return Region((ALL,))
    return value


def _same_phrase(one: Phrase, other: Phrase) -> Finding:
    if one.meaning == other.meaning:
        return equal("both say the same in words")
    if words.are_opposite(one.meaning, other.meaning):
        return different("the words say opposite things")
    return cannot_tell("the words may or may not mean the same")


def _phrase_and_value(phrase: Phrase, other: Value) -> Finding:
    if phrase.meaning == "no solution" and isinstance(other, Region) and not other.spans:
        return equal("both are the empty set")
    is_number_set = phrase.meaning.startswith("set ") and isinstance(other, Region | Several)
    if is_number_set or phrase.meaning in {"no solution", "undefined", "infinitely many"}:
        return different(f"one of the answers is: {phrase.meaning}")
    return cannot_tell("words are not compared with a formula")


def _same_several(one: Several, other: Several) -> Finding:
    if one.label and other.label and one.label != other.label:
        return different("the answers are about different unknowns")
    if max(len(one.items), len(other.items)) > _MOST_ITEMS:
        return cannot_tell(f"a list of more than {_MOST_ITEMS} things is not compared")
    matched = _matched(one.items, other.items)
    if matched.is_equal and one.names and other.names:
        return _same_named(one, other)
    if one.is_set or other.is_set or not matched.is_equal:
        return matched
    if len(one.items) == len(other.items):
        in_order = _in_order(one.items, other.items)
        if in_order.is_equal:
            return in_order
    return cannot_tell("the same values stand in another order, and order may matter")


def _same_named(one: Several, other: Several) -> Finding:
    """x_1 and x_2 may be roots in any order, or unknowns of their own."""
    theirs = dict(zip(other.names, other.items, strict=True))
    pairs = [(item, theirs.get(name)) for name, item in zip(one.names, one.items, strict=True)]
    if all(each is not None and same_value(item, each).is_equal for item, each in pairs):
        return equal("every root has the same value")
    return cannot_tell("the same values are given to other indices")


def _several_and_region(several: Several, region: Region) -> Finding:
    del region
    if several.is_set:
        return different("a set of single numbers is not an interval")
    return cannot_tell("a list is not compared with what may be an interval")


def _matched(one: Sequence[Value], other: Sequence[Value]) -> Finding:
    """Every item of each has its equal in the other."""
    doubt: Finding | None = None
    for items, others in ((one, other), (other, one)):
        for item in items:
            found = [same_value(item, each) for each in others]
            if any(each.is_equal for each in found):
                continue
            unsure = [each for each in found if not each.is_different]
            if not unsure:
                return different("a value of one answer is missing in the other")
            doubt = doubt or unsure[0]
    return doubt or equal("the same values")


def _in_order(one: Sequence[Value], other: Sequence[Value]) -> Finding:
    if len(one) != len(other):
        return different("the answers have different numbers of parts")
    pairs = zip(one, other, strict=True)
    return all_equal((same_value(a, b) for a, b in pairs), "the same parts in the same order")


def _several_and_scalar(several: Several, scalar: Scalar) -> Finding:
    if several.label and scalar.label and several.label != scalar.label:
        return different("the answers are about different unknowns")
    matched = _matched(several.items, (unnamed(scalar),))
    if matched.is_equal and not several.is_set:
        return cannot_tell("the same value is given several times")
    return matched


def _same_tuple(one: Tuple, other: Tuple) -> Finding:
    if one.label and other.label and one.label != other.label:
        return cannot_tell("the answers are given to different names")
    found = _in_order(one.items, other.items)
    if found.is_equal and one.brackets != other.brackets and "[]" in {one.brackets, other.brackets}:
        return cannot_tell("square and round brackets may mean different things")
    return found


def _tuple_and_several(one: Tuple, other: Several) -> Finding:
    if not other.is_set and _in_order(one.items, other.items).is_equal:
        return cannot_tell("a list without brackets may or may not be meant as a tuple")
    return different("a tuple is not a set")


def _tuple_and_region(one: Tuple, other: Region) -> Finding:
    return lines.same_region(from_pair(one), other)


def _tuple_and_assignments(one: Tuple, other: Assignments) -> Finding:
    """(2, 3) is x = 2, y = 3 where the unknowns stand in their usual order."""
    names = [name for name, _ in other.pairs]
    found = _in_order(one.items, [value for _, value in other.pairs])
    said = one.label.strip("()").split(",")
    if found.is_equal and names != sorted(names) and names != said:
        return cannot_tell("the order of the unknowns is not the usual one")
    return found


def _same_assignments(one: Assignments, other: Assignments) -> Finding:
    first, second = dict(one.pairs), dict(other.pairs)
    if first.keys() != second.keys():
        return different("the answers are about different unknowns")
    found = (same_value(value, second[name]) for name, value in first.items())
    return all_equal(found, "every unknown has the same value")


def _same_table(one: Table, other: Table) -> Finding:
    if [len(row) for row in one.rows] != [len(row) for row in other.rows]:
        return different("the matrices have different shapes")
    entries = [
        confirmation.compare(a, b)
        for first, second in zip(one.rows, other.rows, strict=True)
        for a, b in zip(first, second, strict=True)
    ]
    return all_equal(entries, "all entries are the same")


def _table_and_tuple(table: Table, other: Tuple) -> Finding:
    if len(table.rows) == 1:
        return cannot_tell("a row matrix is not compared with a tuple")
    return different("a matrix is not a tuple")


def _same_based(one: Based, other: Based) -> Finding:
    if one == other:
        return equal("the same numeral in the same base")
    same_number = int(one.digits, one.base) == int(other.digits, other.base)
    if same_number:
        return cannot_tell("the same number is written in different bases")
    return different("the numerals have different values")


def _based_and_scalar(one: Based, other: Scalar) -> Finding:
    del one, other
    return cannot_tell("a numeral with a base is not compared with one without")


def _same_family(one: Family, other: Family) -> Finding:
    first, second = _in_parameter(one), _in_parameter(other)
    if first is None or second is None:
        return cannot_tell("a family of solutions of this form is not compared")
    found = same_scalar(first, second)
    if found.is_equal:
        return found
    return cannot_tell("families of solutions may agree though their formulas do not")


def _in_parameter(family: Family) -> Scalar | None:
    value = family.value
    if not isinstance(value, Scalar) or family.parameter not in symbols(value.node):
        return None
    renamed = substitute(value.node, Symbol(family.parameter), Symbol("n"))
    return replace(value, node=renamed) if len(symbols(value.node)) == 1 else None


_FORMULAS = (Scalar, Several, Tuple, Region, Table, Equation, Inequality, Ratio, Assignments)
_RULES: dict[tuple[type, type], Callable[..., Finding]] = {
    (Scalar, Scalar): same_scalar,
    (Several, Several): _same_several,
    (Several, Scalar): _several_and_scalar,
    (Several, Region): _several_and_region,
    (Tuple, Tuple): _same_tuple,
    (Tuple, Several): _tuple_and_several,
    (Tuple, Region): _tuple_and_region,
    (Tuple, Assignments): _tuple_and_assignments,
    (Assignments, Assignments): _same_assignments,
    (Assignments, Several): lambda *_: cannot_tell("named values are not a list"),
    (Table, Table): _same_table,
    (Table, Tuple): _table_and_tuple,
    (Region, Region): lines.same_region,
    (Equation, Equation): relations.same_equation,
    (Equation, Scalar): relations.equation_and_scalar,
    (Inequality, Inequality): relations.same_inequality,
    (Inequality, Region): relations.inequality_and_region,
    (Ratio, Ratio): ratios.same_ratio,
    (Ratio, Scalar): ratios.ratio_and_scalar,
    (Based, Based): _same_based,
    (Based, Scalar): _based_and_scalar,
    (Family, Family): _same_family,
    (Phrase, Phrase): _same_phrase,
    **{(Phrase, kind): _phrase_and_value for kind in _FORMULAS},
    **{
        (Family, kind): lambda *_: cannot_tell("a family of solutions is not compared with this")
        for kind in (Scalar, Several, Region, Equation)
    },
}
