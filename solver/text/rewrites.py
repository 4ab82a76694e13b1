r"""Translates LaTeX that math-core does not know into LaTeX that it does.

One function per construct, and a table that says which command it is for. Formulas are not
numbered: labels go, and a tag stands behind its row.
"""

import re

from solver.text.latex import MAX_DEPTH, CannotTranslate, LatexReader, Rule
from solver.text.operators import OPERATOR_RULES
from solver.text.tables import TABLE_RULES
from solver.text.vocabulary import (
    COLOURS,
    DROPPED,
    DROPPED_WITH_ARGUMENT,
    RENAMED,
    SYMBOLS,
    TEXTS,
    UNWRAPPED,
)

_COMMAND = re.compile(r"\\[A-Za-z]+|\\[@/-]")
# Commands whose arguments have no braces nest without opening any group.
_CHAIN = re.compile(r"(?:\\[A-Za-z]++[^\\{}]{0,4}+){200}")
_SPECIAL = re.compile(rf"[%&$#{''.join(SYMBOLS)}]|\\\\\s*[\[*]")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))


def translate(latex: str) -> str:
    """`latex` in math-core's words. Linear time; raises CannotTranslate."""
    if _CHAIN.search(latex):
        raise CannotTranslate
    if "&" in latex:
        # What was escaped for HTML once too often.
        latex = _ENTITY.sub(lambda entity: _ENTITIES[entity.group()], latex)
    is_known = _NOTICED.isdisjoint(_COMMAND.findall(latex)) and not _SPECIAL.search(latex)
    if is_known and latex.count("{") <= MAX_DEPTH:
        return latex
    return LatexReader(latex, _RULES).run()


def _rename(_: LatexReader, command: str) -> str:
    return RENAMED[command] + " "


def _drop(_: LatexReader, __: str) -> str:
    return " "


def _drop_with_argument(reader: LatexReader, _: str) -> str:
    reader.star()
    reader.optional()
    reader.raw()
    return " "


def _unwrap(reader: LatexReader, _: str) -> str:
    reader.optional()
    return "{" + reader.argument() + "}"


def _text(reader: LatexReader, command: str) -> str:
    raw = reader.raw()
    text = reader.text(TEXTS[command], raw)
    if command == r"\fbox":
        return rf"\boxed{{{text}}}"
    if command.endswith("intertext"):
        return text + r"\\"
    # A strike is known in text only.
    return rf"\text{{\sout{{{raw}}}}}" if TEXTS[command] == r"\sout" else text


def _tag(reader: LatexReader, _: str) -> str:
    star = reader.star()
    words = reader.text(r"\text", reader.raw())
    return reader.tag(words if star else rf"\text{{(}}{words}\text{{)}}")


def _reference(reader: LatexReader, command: str) -> str:
    name = re.sub(r"[^\w:.-]", "", reader.raw()).replace("_", " ")
    return rf"\text{{({name})}}" if command == r"\eqref" else rf"\text{{{name}}}"


def _space(reader: LatexReader, _: str) -> str:
    reader.star()
    if reader.peek() != "{":
        return r"\quad "
    return rf"\hspace{{{reader.raw()}}}"


def _rule(reader: LatexReader, _: str) -> str:
    reader.optional()
    width = reader.raw()
    reader.raw()
    return rf"\underline{{\hspace{{{width}}}}}"


def _root(reader: LatexReader, _: str) -> str:
    degree = ""
    while (mark := reader.take()) not in ("", r"\of"):
        degree += mark
    return rf"\sqrt[{degree}]{{{reader.argument()}}}"


def _fence(left: str, right: str) -> Rule:
    def rule(reader: LatexReader, _: str) -> str:
        reader.star()
        return rf"\left{left} {reader.argument()}\right{right} "

    return rule


def _derivative(sign: str) -> Rule:
    def rule(reader: LatexReader, _: str) -> str:
        reader.star()
        order = reader.optional()
        power = f"^{{{order}}}" if order else ""
        first = reader.argument()
        if reader.peek() != "{":
            return rf"\frac{{{sign}{power}}}{{{sign} {first}{power}}}"
        return rf"\frac{{{sign}{power} {first}}}{{{sign} {reader.argument()}{power}}}"

    return rule


def _slash(reader: LatexReader, _: str) -> str:
    return f"{{{reader.argument()}}}/{{{reader.argument()}}}"


def _superscript(sign: str) -> Rule:
    return lambda reader, _: sign + "{" + reader.text(r"\text", reader.raw()) + "}"


def _cancel_to(reader: LatexReader, _: str) -> str:
    value = reader.argument()
    return rf"{{\cancel{{{reader.argument()}}}}}^{{{value}}}"


def _circled(reader: LatexReader, _: str) -> str:
    raw = reader.raw().strip()
    number = int(raw) if raw.isdigit() and len(raw) < 3 else 0
    return chr(0x245F + number) if 1 <= number <= 20 else rf"(\text{{{raw}}})"


def _enclose(reader: LatexReader, command: str) -> str:
    kind = reader.raw()
    reader.optional()
    if "circle" in kind:
        return _circled(reader, command)
    inner = reader.argument()
    if "box" in kind:
        return rf"\boxed{{{inner}}}"
    if "strike" in kind:
        return rf"\cancel{{{inner}}}"
    return rf"\overline{{){inner}}}" if kind == "longdiv" else rf"\overline{{{inner}}}"


def _coloured(reader: LatexReader, command: str) -> str:
    model = reader.optional()
    name = reader.raw().strip()
    is_known = model is None and name in COLOURS
    if command == r"\color":
        return rf"\color{{{name}}}" if is_known else " "
    inner = reader.argument()
    return rf"\textcolor{{{name}}}{{{inner}}}" if is_known else f"{{{inner}}}"


def _colour_box(reader: LatexReader, command: str) -> str:
    reader.raw()
    if command == r"\fcolorbox":
        reader.raw()
    return rf"\boxed{{{reader.text(chr(92) + 'text', reader.raw())}}}"


def _left(reader: LatexReader, command: str) -> str:
    if command == r"\left":
        reader.enter()
    elif command == r"\right":
        reader.leave()
    sign = reader.take()
    sides = {"<": r"\langle ", ">": r"\rangle ", r"\{": r"\{", r"\}": r"\}"}
    return command + sides.get(sign, sign + (" " if sign[:1] == "\\" else ""))


def _build(reader: LatexReader, _: str) -> str:
    above = ""
    while (mark := reader.take()) not in ("", r"\over"):
        above += mark
    return rf"\overset{{{above}}}{{{reader.argument()}}}"


def _degrees(reader: LatexReader, _: str) -> str:
    return reader.raw() + r"^\circ "


def _quantity(reader: LatexReader, _: str) -> str:
    if reader.peek() != "{":
        return ""  # physics' \qty, before brackets
    number = reader.raw()
    return number + r"\," + reader.text(r"\text", reader.raw().replace("\\", ""))


def _number(reader: LatexReader, _: str) -> str:
    return reader.raw()


_RULES: dict[str, Rule] = {
    **dict.fromkeys(RENAMED, _rename),
    **dict.fromkeys(DROPPED.split(), _drop),
    **dict.fromkeys(DROPPED_WITH_ARGUMENT.split(), _drop_with_argument),
    **dict.fromkeys(UNWRAPPED.split(), _unwrap),
    **dict.fromkeys(TEXTS, _text),
    **OPERATOR_RULES,
    **TABLE_RULES,
    r"\tag": _tag,
    r"\ref": _reference,
    r"\eqref": _reference,
    r"\hspace": _space,
    r"\rule": _rule,
    r"\root": _root,
    r"\abs": _fence("|", "|"),
    r"\norm": _fence(r"\|", r"\|"),
    r"\floor": _fence(r"\lfloor", r"\rfloor"),
    r"\ceil": _fence(r"\lceil", r"\rceil"),
    r"\dv": _derivative(r"\mathrm{d}"),
    r"\pdv": _derivative(r"\partial"),
    r"\nicefrac": _slash,
    r"\sfrac": _slash,
    r"\textsuperscript": _superscript("^"),
    r"\textsubscript": _superscript("_"),
    r"\cancelto": _cancel_to,
    r"\circled": _circled,
    r"\textcircled": _circled,
    r"\enclose": _enclose,
    r"\longdiv": lambda reader, _: rf"\overline{{){reader.argument()}}}",
    r"\color": _coloured,
    r"\textcolor": _coloured,
    r"\colorbox": _colour_box,
    r"\fcolorbox": _colour_box,
    r"\left": _left,
    r"\right": _left,
    r"\middle": _left,
    r"\buildrel": _build,
    r"\ang": _degrees,
    r"\SI": _quantity,
    r"\qty": _quantity,
    r"\num": _number,
}
_NOTICED = frozenset({*_RULES, r"\limits", r"\nolimits"})
