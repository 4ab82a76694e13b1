"""Partner keys: `vs_live_<id>_<secret>`, kept as an HMAC, shown once.

The id finds the row without scanning; the secret is compared in constant time. A key acts for its
owner within its scopes, until it expires or is revoked, from the addresses it allows.
"""

import hmac
import ipaddress
import re
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from cachetools import TTLCache
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

PREFIX = "vs_live_"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
ID_CHARS = 12
SECRET_CHARS = 40  # about 230 bits
_SHAPE = re.compile(rf"vs_live_([0-9A-Za-z]{{{ID_CHARS}}})_([0-9A-Za-z]{{{SECRET_CHARS}}})")
# Writing the time of every call would make each one wait for the database's one writer.
LAST_USED_EVERY = timedelta(minutes=1)
# For so long a process believes what it has read of a key; hundreds of calls may come meanwhile.
KEPT_S: Final = 0.5

LIMITS = (
    "requests_per_minute",
    "requests_per_day",
    "tokens_per_minute",
    "tokens_per_day",
    "concurrent_runs",
)


class Scope(models.TextChoices):
    INFERENCE = "inference", _("Ask the model (classic and OpenAI-compatible calls)")
    READ = "read", _("Read problems and solutions")
    WRITE = "write", _("Submit and change problems and solutions")
    BATCH = "batch", _("Run batches")


class KeyRefused(Exception):
    """A key that does not open this door; `code` is for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PartnerKeyQuerySet(models.QuerySet["PartnerKey"]):
    def in_force(self) -> "PartnerKeyQuerySet":
        not_expired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(not_expired, revoked_at=None, owner__is_active=True)


class PartnerKey(models.Model):
    id = models.CharField(primary_key=True, max_length=ID_CHARS, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="partner_keys")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    allowed_networks = models.JSONField(_("allowed addresses"), default=list, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    # The key's own limits; none: the site's (API_…), 0: no limit.
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    requests_per_day = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_day = models.PositiveIntegerField(null=True, blank=True)
    concurrent_runs = models.PositiveIntegerField(null=True, blank=True)

    objects: ClassVar[PartnerKeyQuerySet] = PartnerKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({PREFIX}{self.id}_…)"

    @property
    def is_in_force(self) -> bool:
        expired = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not expired

    def allows(self, scope: Scope) -> bool:
        return scope.value in self.scopes

    def allows_address(self, address: str) -> bool:
        if not self.allowed_networks:
            return True
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(caller in ipaddress.ip_network(network) for network in self.allowed_networks)

    def revoke(self) -> bool:
        """Whether it was still in force before."""
        now = timezone.now()
        mine = PartnerKey.objects.filter(pk=self.pk, revoked_at=None)
        was_in_force = mine.update(revoked_at=now) == 1
        _forget(self.pk)
        return was_in_force

    @property
    def is_use_due(self) -> bool:
        """Whether `note_use` has something to write."""
        return self.last_used_at is None or self.last_used_at < timezone.now() - LAST_USED_EVERY

    def note_use(self) -> None:
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
        PartnerKey.objects.filter(stale, pk=self.pk).update(last_used_at=now)
        self.last_used_at = now


def make_key(
    owner: "User",
    name: str,
    scopes: Sequence[str] = (),
    networks: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[PartnerKey, str]:
    """A new key and its text, which is not kept and cannot be shown again.

    No scopes means all of them. Raises ValidationError.
    """
    name = name.strip()
    if not name:
        raise ValidationError({"name": _("Give the key a name that says who uses it.")})
    key = PartnerKey(
        id=_random(ID_CHARS),
        owner=owner,
        name=name[:80],
        scopes=_known_scopes(scopes) or list(Scope.values),
        allowed_networks=_known_networks(networks),
        expires_at=expires_at,
    )
    secret = _random(SECRET_CHARS)
    key.digest = _digest(key.pk, secret, settings.SECRET_KEY)
    key.save(force_insert=True)
    return key, f"{PREFIX}{key.pk}_{secret}"


def rotate_key(key: PartnerKey, overlap: timedelta) -> tuple[PartnerKey, str]:
    """A new key like `key`, which itself stays in force for `overlap` more."""
    new, text = make_key(key.owner, key.name, key.scopes, key.allowed_networks, key.expires_at)
    PartnerKey.objects.filter(pk=new.pk).update(**{name: getattr(key, name) for name in LIMITS})
    new.refresh_from_db()
    end = timezone.now() + overlap
    ends_later = Q(expires_at=None) | Q(expires_at__gt=end)
    PartnerKey.objects.filter(ends_later, pk=key.pk).update(expires_at=end)
    _forget(key.pk)
    return new, text


def find_key(text: str, address: str) -> PartnerKey:
    """The key that `text` is, if it is in force and allows `address`. Raises KeyRefused."""
    match = _SHAPE.fullmatch(text)
    key = _row(match[1]) if match else None
    if match is None or key is None:
        raise _unknown()
    _check(key, match[2], address)
    with _lock:
        _lately[key.pk] = key
    return key


def find_key_again(text: str, address: str) -> PartnerKey | None:
    """As `find_key`, of what it found at most KEPT_S ago and without the database; else None."""
    match = _SHAPE.fullmatch(text)
    with _lock:
        key = _lately.get(match[1]) if match else None
    if match is None or key is None:
        return None
    _check(key, match[2], address)
    return key


_lately: TTLCache[str, PartnerKey] = TTLCache(1_000, KEPT_S)
_lock = threading.Lock()


def _forget(key_id: str) -> None:
    with _lock:
        _lately.pop(key_id, None)


def _check(key: PartnerKey, secret: str, address: str) -> None:
    if not _fits(key, secret):
        raise _unknown()
    if key.revoked_at is not None:
        raise KeyRefused(
            "revoked_api_key", "This API key was revoked. Ask its owner for a new one."
        )
    if not key.is_in_force or not key.owner.is_active:
        raise KeyRefused(
            "expired_api_key", "This API key has expired. Ask its owner for a new one."
        )
    if not key.allows_address(address):
        raise KeyRefused("address_not_allowed", "This API key may not be used from this address.")


def _unknown() -> KeyRefused:
    # An unknown id and a wrong secret get one answer: ids cannot be probed.
    return KeyRefused("invalid_api_key", "This API key is not known. Check it for typing errors.")


def _row(key_id: str) -> PartnerKey | None:
    try:
        # Unlike `first`, which compiles an order for longer than all the rest takes.
        return PartnerKey.objects.select_related("owner").get(pk=key_id)
    except PartnerKey.DoesNotExist:
        return None


def _fits(key: PartnerKey, secret: str) -> bool:
    # Older secret keys keep old partner keys alive while SECRET_KEY is being changed.
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(key.digest, _digest(key.pk, secret, site)) for site in known)


def _digest(key_id: str, secret: str, site_secret: str) -> str:
    salt = f"accounts.keys.{key_id}"
    return salted_hmac(salt, secret, secret=site_secret, algorithm="sha256").hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _known_scopes(scopes: Sequence[str]) -> list[str]:
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown:
        message = _("Unknown scope: %(unknown)s. Choose from: %(known)s.")
        values = {"unknown": ", ".join(unknown), "known": ", ".join(Scope.values)}
        raise ValidationError({"scopes": message % values})
    return sorted(set(scopes))


def _known_networks(networks: Sequence[str]) -> list[str]:
    try:
        return [str(ipaddress.ip_network(network.strip())) for network in networks]
    except ValueError as error:
        message = _("%(error)s. Write addresses as 192.0.2.7 or 192.0.2.0/24.")
        raise ValidationError({"allowed_networks": message % {"error": error}}) from error
