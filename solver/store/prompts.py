"""Which prompt a solution gets, and exactly which version of it.

Version and share are read from the database at each choice, so a promotion or a roll-back counts
from the next solution on; the house prompt is an object of the bucket, cached for STORE_CACHE_S.
The house prompt, when there is one, stands in front of the named prompt.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from django.conf import settings

from solver.models.prompt import PromptName, PromptRelease, PromptVersion
from solver.store import bucket, wording
from solver.store.cached import CachedObject, Kind
from solver.store.wording import PromptRefused

__all__ = ["Prompt", "PromptRefused", "choose", "exact", "house", "own"]

HOUSE = "house"
BUILT_IN_VERSION = "built-in"
OWN_VERSION = "own"
STORED_VERSION = "stored"
# Marks in Solution.prompt_version: a house prompt stood in front; a teacher's try before release.
WITH_HOUSE = "+house"
TRY = "+try"


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

    May wait STORE_WAIT_S for the bucket: do not call it inside a transaction. Raises ValueError
    for a name that is not a PromptName.
    """
    known = PromptName(name)
    release = PromptRelease.objects.filter(name=known).select_related("live", "trial").first()
    return _composed(known, _chosen(release, person_id))


def exact(version: PromptVersion) -> Prompt:
    """This version whatever is live: for a try before release, which no comparison counts."""
    prompt = _composed(PromptName(version.name), version)
    return replace(prompt, version=prompt.version + TRY)


def house() -> Prompt:
    """The house prompt alone: what the classic endpoints use when a call brings none."""
    stored = house_object.current()
    if stored is None:
        return Prompt(HOUSE, BUILT_IN_VERSION, wording.BUILT_IN_HOUSE)
    return Prompt(HOUSE, STORED_VERSION, stored)


def own(name: str, text: str) -> Prompt:
    """A teacher's own system prompt, in the place of the named one."""
    return Prompt(PromptName(name).value, OWN_VERSION, wording.ended(PromptName(name), text))


def counted_as(version: PromptVersion | None) -> list[str]:
    """The values of Solution.prompt_version that are runs of this version, tries left out."""
    label = version.label if version else BUILT_IN_VERSION
    return [label, label + WITH_HOUSE]


def is_in_trial(name: str, number: int, person_id: int, share: int) -> bool:
    """The same answer for the same person on every machine, and a new draw for each trial.

    Whoever is in at 10% is in at 20% too.
    """
    drawn = hashlib.sha256(f"{name}:{number}:{person_id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") * 100 < share * 2**64


def _chosen(release: PromptRelease | None, person_id: int | None) -> PromptVersion | None:
    if release is None:
        return None
    trial = release.trial
    if trial is None or person_id is None:
        return release.live
    is_in = is_in_trial(release.name, trial.number, person_id, release.share)
    return trial if is_in else release.live


def _composed(name: PromptName, version: PromptVersion | None) -> Prompt:
    label = version.label if version else BUILT_IN_VERSION
    text = version.text if version else wording.BUILT_IN[name]
    in_front = house_object.current()
    if in_front is not None:
        text = f"{in_front}\n\n{text}"
        label += WITH_HOUSE
    return Prompt(name.value, label, wording.ended(name, text))


def _parse_house(body: bytes) -> str:
    text = wording.decode(body)
    wording.check(text, frozenset(), settings.SYSTEM_PROMPT_MAX_CHARS)
    return text


def _changes(old: str | None, new: str | None) -> dict[str, object]:
    return {"old_sha256": _short_hash(old), "new_sha256": _short_hash(new)}


def _short_hash(text: str | None) -> str | None:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text is not None else None


house_object: CachedObject[str] = CachedObject(
    Kind(bucket.PROMPTS, "system_prompt.txt", "house prompt", _parse_house, _changes)
)
