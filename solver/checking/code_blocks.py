"""Programs out of a solution's text: fenced blocks with their language."""

import re
from dataclasses import dataclass

_ALIASES = {
    "py": "python", "python3": "python", "py3": "python", "python2": "python", "pypy": "python",
    "pypy3": "python", "c++": "cpp", "cc": "cpp", "cxx": "cpp", "c++17": "cpp", "c++20": "cpp",
    "cpp17": "cpp", "js": "javascript", "node": "javascript", "ts": "typescript", "rs": "rust",
    "golang": "go", "rb": "ruby", "c#": "csharp", "cs": "csharp", "sh": "bash", "shell": "bash",
    "kt": "kotlin", "hs": "haskell",
}  # fmt: skip
_NOT_PROGRAMS = frozenset(
    {"text", "txt", "plaintext", "output", "input", "console", "markdown", "md", "latex", "tex"}
    | {"json", "yaml", "xml", "html", "diff", "math"}
)
_OPENING = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([^\s`{]*)[^`]*")
_GUESSES = (
    ("cpp", re.compile(r"^[ \t]*#include\s?[<\"]|\busing namespace std\b|\bint main\s?\(", re.M)),
    ("java", re.compile(r"\bpublic (?:static )?(?:class|void)\b")),
    ("python", re.compile(
        r"^[ \t]*(?:def \w+\(.*\).*:|import \w+|from \w+ import |for .+ in .+:|print\()|"
        r"\binput\(\)", re.M
    )),
)  # fmt: skip
_GUESS_CHARS = 4_000
_LONGEST_FENCE = 200


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`language` in lower case by its usual name, "" where it is neither said nor clear.

    `is_open`: the text ended before the block did.
    """

    language: str
    source: str
    is_open: bool = False


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """All fenced blocks in order. Linear in the text's length."""
    return _split(text)[1]


def prose(text: str) -> str:
    """The text without its fenced blocks. Linear in the text's length."""
    return _split(text)[0]


def _split(text: str) -> tuple[str, tuple[CodeBlock, ...]]:
    blocks: list[CodeBlock] = []
    outside: list[str] = []
    fence, language = "", ""
    lines: list[str] = []
    for line in text.split("\n"):
        if not fence:
            opening = _OPENING.fullmatch(line) if len(line) <= _LONGEST_FENCE else None
            if opening:
                fence, language, lines = opening[1], opening[2].lower(), []
                outside.append("")
            else:
                outside.append(line)
        elif _closes(line, fence):
            blocks.append(_block(language, lines, is_open=False))
            fence = ""
        else:
            lines.append(line)
    if fence:
        blocks.append(_block(language, lines, is_open=True))
    return "\n".join(outside), tuple(blocks)


def program(text: str) -> CodeBlock | None:
    """The last whole block that is a program: the one a solution ends with."""
    programs = [block for block in code_blocks(text) if _is_program(block)]
    return programs[-1] if programs else None


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and set(mark) == {fence[0]}


def _block(language: str, lines: list[str], *, is_open: bool) -> CodeBlock:
    source = "".join(line.rstrip("\r") + "\n" for line in lines)
    name = _ALIASES.get(language, language)
    return CodeBlock(name or _guessed(source), source, is_open)


def _guessed(source: str) -> str:
    return next((language for language, sign in _GUESSES if sign.search(source[:_GUESS_CHARS])), "")


def _is_program(block: CodeBlock) -> bool:
    named = bool(block.language) and block.language not in _NOT_PROGRAMS
    return named and not block.is_open and bool(block.source.strip())
