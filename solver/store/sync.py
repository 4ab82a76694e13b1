"""Bucket and database brought together: versions and labels mirrored, a hand-made bucket read."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from solver.models.prompt import (
    PromptAction,
    PromptAudit,
    PromptName,
    PromptRelease,
    PromptVersion,
)
from solver.store import bucket, releases, wording
from solver.store.stored import Stored
from solver.store.wording import PromptRefused

_KEY = re.compile(r"v([1-9][0-9]{0,5})/([a-z_]{1,32})\.txt")
_SLUGS = {name.slug: name for name in PromptName}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done, or found wrong."""

    message: str
    is_wrong: bool = False


def sync(repair: bool = False) -> list[Line]:
    """Raises StorageFault. `repair` writes objects that differ from the database anew."""
    names = {name for name, _ in bucket.names(bucket.PROMPTS)}
    done = [line for name in sorted(names) for line in _take_in(name, repair)]
    done += _push_missing(names)
    done += _take_labels()
    if not releases.mirror_labels():
        done.append(Line("labels.json could not be written", is_wrong=True))
    return done


def mirror() -> int:
    """For the scheduler: write the versions that a bucket which was away has missed."""
    names = {name for name, _ in bucket.names(bucket.PROMPTS)}
    pushed = len(_push_missing(names))
    releases.mirror_labels()
    return pushed


def _push_missing(names: set[str]) -> list[Line]:
    missing = [
        version
        for version in PromptVersion.objects.select_related("author")
        if version.key not in names
    ]
    return [Line(f"wrote {version.key}") for version in missing if releases.mirror_version(version)]


def _take_in(name: str, repair: bool) -> list[Line]:
    match = _KEY.fullmatch(name)
    if match is None or match[2] not in _SLUGS:
        return []
    stored = bucket.fetch(bucket.PROMPTS, name)
    if not isinstance(stored, Stored):
        return []
    prompt, number = _SLUGS[match[2]], int(match[1])
    known = PromptVersion.objects.filter(name=prompt, number=number).first()
    if known is None:
        return [_import(name, prompt, number, stored.body)]
    if hashlib.sha256(stored.body).hexdigest() == known.sha256 or _same_text(stored.body, known):
        return []
    if repair and releases.mirror_version(known):
        return [Line(f"{name} differed from the database and was written anew")]
    return [
        Line(
            f"{name} differs from the database, which counts: a version is never changed. "
            "Write a new version, or run sync with --repair",
            is_wrong=True,
        )
    ]


def _same_text(body: bytes, known: PromptVersion) -> bool:
    try:
        return wording.decode(body) == known.text
    except PromptRefused:
        return False


def _import(name: str, prompt: PromptName, number: int, body: bytes) -> Line:
    try:
        text = wording.decode(body)
        wording.check(
            text, wording.PLACEHOLDERS.get(prompt, frozenset()), settings.SYSTEM_PROMPT_MAX_CHARS
        )
    except PromptRefused as refused:
        return Line(f"{name} was left out: {refused}", is_wrong=True)
    with transaction.atomic():
        PromptVersion.objects.create(name=prompt, number=number, text=text)
        PromptAudit.objects.create(
            name=prompt, action=PromptAction.IMPORTED, version=f"v{number}", note=name
        )
    return Line(f"imported {name}")


def _take_labels() -> list[Line]:
    """Labels of a bucket made by hand, for prompts that have none here: the database counts."""
    stored = bucket.fetch(bucket.PROMPTS, releases.LABELS)
    if not isinstance(stored, Stored):
        return []
    try:
        told: dict[str, dict[str, Any]] = json.loads(stored.body)
        wanted = {PromptName(name): str(label["live"]) for name, label in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return [Line("labels.json cannot be read and was left out", is_wrong=True)]
    return [line for name, live in wanted.items() for line in _take_label(name, live)]


def _take_label(name: PromptName, live: str) -> list[Line]:
    if PromptRelease.objects.filter(name=name).exists():
        return []
    number = live.removeprefix("v")
    if not number.isdecimal():
        return []
    version = PromptVersion.objects.filter(name=name, number=int(number)).first()
    if version is None:
        return [Line(f"labels.json names {name} {live}, which does not exist", is_wrong=True)]
    with transaction.atomic():
        PromptRelease.objects.create(name=name, live=version, live_since=timezone.now())
        PromptAudit.objects.create(
            name=name, action=PromptAction.IMPORTED, version=live, note="live by labels.json"
        )
    return [Line(f"{name}: {live} is live, as labels.json says")]
