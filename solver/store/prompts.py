"""Which prompt a solution gets, and exactly which version of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from solver.models.prompt import PromptName
from solver.store import wording
from solver.store.wording import PromptRefused

__all__ = ["Prompt", "PromptRefused", "choose", "house", "own"]

BUILT_IN_VERSION = "built-in"
OWN_VERSION = "own"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a solution stores: enough to know, and to say, which words the model got."""

    name: str
    version: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def filled(self, values: Mapping[str, str]) -> Self:
        return replace(self, text=wording.fill(self.text, values))


def choose(name: str, person_id: int | None) -> Prompt:
    """The prompt of this name for this person; never fails because of the bucket.

    Raises ValueError for a name that is not a PromptName.
    """
    known = PromptName(name)
    return Prompt(known.value, BUILT_IN_VERSION, wording.BUILT_IN[known])


def house() -> Prompt:
    """The house prompt alone: what the classic endpoints use when a call brings none."""
    return Prompt("house", BUILT_IN_VERSION, wording.BUILT_IN_HOUSE)


def own(name: str, text: str) -> Prompt:
    """A teacher's own system prompt, in the place of the named one."""
    return Prompt(PromptName(name).value, OWN_VERSION, wording.ended(PromptName(name), text))
