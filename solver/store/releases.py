"""Writing prompt versions and deciding who gets which: one verb, one transaction, one audit row."""

import json

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from solver.models.prompt import (
    PromptAction,
    PromptAudit,
    PromptName,
    PromptRelease,
    PromptVersion,
)
from solver.store import bucket, wording
from solver.store.faults import StorageFault
from solver.store.prompts import BUILT_IN_VERSION
from solver.store.wording import PromptRefused

log = structlog.get_logger(__name__)

LABELS = "labels.json"
MAX_SHARE = 50


class ReleaseRefused(ValueError):
    """The release cannot be changed this way; the message says why."""


def write(name: str, text: str, author: User | None, note: str = "") -> PromptVersion:
    """Keep a new version, which nobody gets yet. Raises PromptRefused."""
    known = PromptName(name)
    text = wording.tidy(text)
    wording.check(
        text, wording.PLACEHOLDERS.get(known, frozenset()), settings.SYSTEM_PROMPT_MAX_CHARS
    )
    text = wording.ended(known, text)
    version = _keep(known, text, author, note)
    mirror_version(version)
    return version


def _keep(name: PromptName, text: str, author: User | None, note: str) -> PromptVersion:
    """Under the next number; somebody who writes at the same moment gets the one after it."""
    versions = PromptVersion.objects.filter(name=name)
    twin = versions.filter(text=text).first()
    if twin:
        raise PromptRefused(f"This is {twin.label}, word for word: use that one.")
    number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            version = PromptVersion.objects.create(
                name=name, number=number, text=text, author=author, note=note[:300]
            )
            _audit(name, PromptAction.WROTE, version, author, note)
    except IntegrityError:
        return _keep(name, text, author, note)
    return version


def note_try(version: PromptVersion, person: User) -> None:
    _audit(PromptName(version.name), PromptAction.TRIED, version, person)


def begin_trial(version: PromptVersion, share: int, person: User) -> None:
    """Give `version` to `share` percent of people, each of them always the same."""
    if not 1 <= share <= MAX_SHARE:
        raise ReleaseRefused(f"Choose a share from 1 to {MAX_SHARE} percent.")
    with transaction.atomic():
        release = _locked(version.name)
        if release.live == version:
            raise ReleaseRefused(f"{version.label} is live already.")
        if release.trial != version:
            release.trial_since = timezone.now()
        release.trial, release.share = version, share
        release.save()
        _audit(PromptName(version.name), PromptAction.TRIAL, version, person, f"{share}%")
    mirror_labels()


def end_trial(
    name: str, person: User | None, note: str = "", only: PromptVersion | None = None
) -> None:
    """Without a person: the site stopped it by itself. `only` leaves another trial alone."""
    action = PromptAction.TRIAL_ENDED if person else PromptAction.STOPPED
    with transaction.atomic():
        release = _locked(name)
        stopped = release.trial
        if stopped is None or only not in {None, stopped}:
            raise ReleaseRefused("There is no trial to end.")
        release.trial, release.share, release.trial_since = None, 0, None
        release.save()
        _audit(PromptName(name), action, stopped, person, note)
    mirror_labels()


def promote(version: PromptVersion, person: User) -> None:
    with transaction.atomic():
        release = _locked(version.name)
        if release.live == version:
            raise ReleaseRefused(f"{version.label} is live already.")
        note = f"was {_label(release.live)}"
        release.previous, release.live = release.live, version
        release.live_since = timezone.now()
        if release.trial == version:
            release.trial, release.share, release.trial_since = None, 0, None
        release.save()
        _audit(PromptName(version.name), PromptAction.PROMOTED, version, person, note)
    mirror_labels()


def roll_back(name: str, person: User) -> None:
    """Back to what was live before, or to the built-in text where nothing was."""
    with transaction.atomic():
        release = _locked(name)
        if release.live is None:
            raise ReleaseRefused("The built-in prompt is live: there is nothing to go back to.")
        note = f"from {_label(release.live)}"
        release.live, release.previous = release.previous, None
        release.live_since = timezone.now()
        if release.trial is not None and release.trial == release.live:
            release.trial, release.share, release.trial_since = None, 0, None
        release.save()
        _audit(PromptName(name), PromptAction.ROLLED_BACK, release.live, person, note)
    mirror_labels()


def mirror_version(version: PromptVersion) -> bool:
    """Write the version's object; a bucket that is away gets it from the next `mirror`."""
    author = version.author.get_username() if version.author else ""
    try:
        bucket.put(
            bucket.PROMPTS, version.key, version.text.encode(), "text/plain; charset=utf-8", author
        )
    except StorageFault:
        return False
    return True


def mirror_labels() -> bool:
    """Write prompts/labels.json from the database, where the truth is."""
    try:
        body = json.dumps(labels(), indent=2, sort_keys=True).encode()
        bucket.put(bucket.PROMPTS, LABELS, body, "application/json")
    except StorageFault:
        return False
    return True


def labels() -> dict[str, dict[str, object]]:
    """Per prompt: the live version, and the one on trial with its share in percent."""
    told: dict[str, dict[str, object]] = {}
    for release in PromptRelease.objects.select_related("live", "trial"):
        told[release.name] = {"live": _label(release.live), "since": release.live_since.isoformat()}
        if release.trial:
            told[release.name] |= {"trial": release.trial.label, "share": release.share}
    return told


def _locked(name: str) -> PromptRelease:
    PromptRelease.objects.get_or_create(name=PromptName(name))
    return PromptRelease.objects.select_for_update().get(name=PromptName(name))


def _label(version: PromptVersion | None) -> str:
    return version.label if version else BUILT_IN_VERSION


def _audit(
    name: PromptName,
    action: PromptAction,
    version: PromptVersion | None,
    person: User | None,
    note: str = "",
) -> None:
    PromptAudit.objects.create(
        name=name, action=action, version=_label(version), person=person, note=note[:300]
    )
    log.info("prompt_release", prompt=name.value, action=action.value, version=_label(version))
