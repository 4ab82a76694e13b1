r"""Environments and plain TeX's tables, with their columns, in math-core's words."""

import re

from solver.text.latex import CannotTranslate, LatexReader, Rule
from solver.text.vocabulary import ENVIRONMENTS, PLAIN_TABLES

_MOST_COLUMNS = 30
_LAST_LINE = re.compile(r"(\\h(?:dash)?line)\s*(\\end\{array\})$")
_LENGTH = re.compile(r"\s*-?[0-9.]+\s*[a-z]{2}\s*")


def _plain_table(reader: LatexReader, command: str) -> str:
    reader.take()
    return reader.table(PLAIN_TABLES[command], "}")


def _begin(reader: LatexReader, _: str) -> str:
    name = reader.raw()
    known, arguments = ENVIRONMENTS.get(name, (name, 0))
    for _number in range(arguments):
        reader.raw()
    if known != name or name in ("array", "aligned", "gathered"):
        reader.optional()
    columns = ""
    if known == "array":
        columns = _columns(reader.raw())
        known = f"array}}{{{columns}"
    elif name == "subarray":
        known = f"subarray}}{{{reader.raw()}"
    table = reader.table(known, r"\end")
    if reader.raw() != name:
        raise CannotTranslate
    return _LAST_LINE.sub(lambda line: line[1] + _empty_row(columns) + line[2], table)


def _empty_row(columns: str) -> str:
    """math-core draws a line above the cells of a row, so a last line needs a row of them."""
    return "&" * (len(re.sub("[^lcr]", "", columns)) - 1)


def _columns(spec: str) -> str:
    r"""A column specification without widths, `@{…}` and repetitions."""
    spec = re.sub(
        r"\*\s*\{?(\d{1,2})\}?\s*\{([^{}]*)\}", lambda m: m[2] * min(int(m[1]), _MOST_COLUMNS), spec
    )
    spec = re.sub(r"[@!<>]\s*\{[^{}]*\}", "", spec)
    spec = re.sub(r"[pmbXS]\s*\{[^{}]*\}", "l", spec)
    spec = re.sub(r"[^lcr|:]", "", spec)
    return spec if re.search("[lcr]", spec) else "c"


def _multicolumn(reader: LatexReader, _: str) -> str:
    count = reader.raw()
    reader.raw()
    cells = int(count) if count.isdigit() and len(count) < 3 else 1
    return "{" + reader.argument() + "}" + "&" * (min(cells, _MOST_COLUMNS) - 1)


def _multirow(reader: LatexReader, _: str) -> str:
    reader.optional()
    reader.raw()
    reader.raw()
    return "{" + reader.argument() + "}"


def _cline(reader: LatexReader, _: str) -> str:
    reader.raw()
    return r"\hline "


def _dots(reader: LatexReader, _: str) -> str:
    reader.optional()
    count = reader.raw()
    cells = int(count) if count.isdigit() and len(count) < 3 else 1
    return "&".join([r"\cdots "] * min(max(cells, 1), _MOST_COLUMNS))


def _next_row(reader: LatexReader, command: str) -> str:
    r"""Without the extra distance of `\\[4pt]`, which math-core 0.9 shows as text."""
    reader.star()
    if reader.peek() != "[":
        return command
    distance = reader.optional() or ""
    return command if _LENGTH.fullmatch(distance) else f"{command}[{distance}]"


TABLE_RULES: dict[str, Rule] = {
    **dict.fromkeys(PLAIN_TABLES, _plain_table),
    r"\\": _next_row,
    r"\begin": _begin,
    r"\hdotsfor": _dots,
    r"\multicolumn": _multicolumn,
    r"\multirow": _multirow,
    r"\cline": _cline,
}
