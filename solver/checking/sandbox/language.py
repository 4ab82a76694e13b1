"""The languages that a sandbox knows, under the names that people give them."""

from enum import StrEnum


class Language(StrEnum):
    PYTHON = "python"
    CPP = "cpp"


_NAMES = {
    "python": Language.PYTHON, "python3": Language.PYTHON, "py": Language.PYTHON,
    "py3": Language.PYTHON, "cpp": Language.CPP, "c++": Language.CPP, "cc": Language.CPP,
    "cxx": Language.CPP, "c++17": Language.CPP, "cpp17": Language.CPP, "c++20": Language.CPP,
    "cpp20": Language.CPP,
}  # fmt: skip


def language_of(name: str) -> Language:
    """The language of this name, as code blocks are labelled; ValueError names the known ones."""
    known = _NAMES.get(name.strip().lower())
    if known is None:
        raise ValueError(f"unknown language {name[:40]!r}: known are {', '.join(Language)}")
    return known
