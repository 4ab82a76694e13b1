"""Speaking to addresses that somebody else chose, without being led inside.

The name is resolved here, every address it has is judged, and the connection goes to the address
that was judged: a name that answers differently the second time (DNS rebinding) changes nothing.
Redirects are not followed, the answer's body is not read, and all of it has one time limit.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ranges that carry an IPv4 address inside, and may lead to one of ours through a gateway.
_CARRIERS: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
    )
)
# Everything that is_global lets through and should not (RFC 6890, RFC 7526).
_SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "5f00::/16")
)
_PORTS: Final = {"http": 80, "https": 443}


class ReceiverRefused(Exception):
    """An address that is not called; the text says why, for its owner."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A URL and the judged address behind its name."""

    url: httpx.URL
    address: str


def vet(text: str) -> Receiver:
    """Resolves, and may wait for the name server. Raises ReceiverRefused."""
    url = _parse(text)
    host = url.raw_host.decode("ascii")
    port = url.port or _PORTS[url.scheme]
    addresses = _resolve(host, port)
    for address in addresses:
        if not _is_allowed(address):
            raise ReceiverRefused(
                _(
                    "%(host)s leads to %(address)s, which is not a public address. "
                    "Webhooks go to servers on the public internet only."
                )
                % {"host": host, "address": address}
            )
    return Receiver(url, str(addresses[0]))


async def post(client: httpx.AsyncClient, text: str, body: str, headers: Mapping[str, str]) -> int:
    """The status of the answer. Raises ReceiverRefused, httpx.HTTPError and TimeoutError."""
    async with asyncio.timeout(settings.WEBHOOK_TIMEOUT_S):
        receiver = await asyncio.to_thread(vet, text)
        url = receiver.url
        pinned = url.copy_with(host=receiver.address)
        # Host and SNI say the name, so that the certificate is checked against it.
        named = {**headers, "Host": url.netloc.decode("ascii")}
        sni = {"sni_hostname": url.raw_host.decode("ascii")}
        request = client.build_request(
            "POST", pinned, content=body.encode(), headers=named, extensions=sni
        )
        response = await client.send(request, stream=True, follow_redirects=False)
        await response.aclose()
        return response.status_code


def new_client(verify: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """No proxy of the environment, and no kept connection: it may be another name's.

    verify: a context that trusts other authorities than the public ones.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    timeout = httpx.Timeout(settings.WEBHOOK_TIMEOUT_S)
    return httpx.AsyncClient(trust_env=False, limits=limits, timeout=timeout, verify=verify)


def _parse(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text.strip())
        host = url.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        host = ""
    if not host or url.scheme not in _PORTS:
        raise ReceiverRefused(_("Write a whole address, such as https://example.org/webhooks."))
    if url.scheme != "https" and settings.PRODUCTION:
        raise ReceiverRefused(_("The address must begin with https://."))
    if url.userinfo:
        raise ReceiverRefused(_("Leave the user name and the password out of the address."))
    return url


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        # The zone of fe80::1%eth0 is no part of the address.
        texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
        return [ipaddress.ip_address(text) for text in texts]
    except (OSError, UnicodeError, ValueError):
        raise ReceiverRefused(
            _("%(host)s is not known to the name servers. Check it for typing errors.")
            % {"host": host}
        ) from None


def _is_allowed(address: Address) -> bool:
    if address.is_loopback and settings.WEBHOOKS_ALLOW_LOOPBACK:
        return True
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    networks = (*_CARRIERS, *_SPECIAL)
    if any(address in network for network in networks if network.version == address.version):
        return False
    return address.is_global
