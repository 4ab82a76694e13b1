import socket
import ssl

import httpx
import pytest
import trustme

from solver.running.receivers import ReceiverRefused, new_client, post, vet
from solver.running.tests.webhook_receiver import webhook_receiver


def answers(monkeypatch, *addresses):
    """Lets every name have these addresses, one list for each question."""
    lists = list(addresses)

    def resolve(host, port, **_):
        found = lists.pop(0) if len(lists) > 1 else lists[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "http://127.1",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:8.8.8.8]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1",
        "http://172.16.3.4",
        "http://192.168.1.1",
        "http://100.64.0.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://224.0.0.1",
        "http://240.0.0.1",
        "http://255.255.255.255",
        "http://[fe80::1]",
        "http://[fc00::1]",
        "http://[fec0::1]",
        "http://[ff02::1]",
        "http://[64:ff9b::7f00:1]",
        "http://[2002:7f00:1::]",
        "http://localhost",
    ],
)
def test_addresses_that_are_not_public_are_refused(url):
    with pytest.raises(ReceiverRefused, match=r"not a public address"):
        vet(url)


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["93.184.216.34", "10.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(monkeypatch, addresses):
    answers(monkeypatch, addresses)
    with pytest.raises(ReceiverRefused, match=r"example\.org leads to"):
        vet("https://example.org/hook")


@pytest.mark.parametrize(
    "url", ["", "example.org", "ftp://example.org", "https://", "https://[::1", "http:///x", "\x00"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ReceiverRefused, match="whole address"):
        vet(url)


def test_a_name_that_nobody_knows_is_refused():
    with pytest.raises(ReceiverRefused, match="not known"):
        vet("https://no-such-name.invalid/")
    with pytest.raises(ReceiverRefused):
        vet(f"https://{'a' * 70}.example.org/")


def test_passwords_in_addresses_are_refused(monkeypatch):
    answers(monkeypatch, ["93.184.216.34"])
    with pytest.raises(ReceiverRefused, match="password"):
        vet("https://me:secret@example.org/")


def test_production_wants_https(monkeypatch, settings):
    answers(monkeypatch, ["93.184.216.34"])
    settings.PRODUCTION = True
    with pytest.raises(ReceiverRefused, match="https"):
        vet("http://example.org/")
    receiver = vet("https://example.org/hook?a=1")
    assert receiver.address == "93.184.216.34"


async def test_the_connection_goes_to_the_judged_address_under_its_name(monkeypatch, settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    with webhook_receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", "hooks.example.org")
        # The second question would lead elsewhere: it is never asked.
        answers(monkeypatch, ["127.0.0.1"], ["203.0.113.9"])
        async with new_client() as client:
            assert await post(client, url, "{}", {}) == 200
    headers, body = receiver.got[0]
    assert headers["host"].startswith("hooks.example.org:")
    assert body == "{}"


async def test_https_is_checked_against_the_name_that_was_given(monkeypatch, settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    answers(monkeypatch, ["127.0.0.1"])
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    # The address that is called is in the certificate, too: that must not be enough.
    certificate = authority.issue_cert("hooks.example.org", "127.0.0.1")
    with webhook_receiver(certificate) as receiver:
        named, other = (
            receiver.url.replace("127.0.0.1", name)
            for name in ("hooks.example.org", "other.example.org")
        )
        async with new_client(trusting) as client:
            assert await post(client, named, "{}", {}) == 200
            with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
                await post(client, other, "{}", {})
        async with new_client() as client:
            with pytest.raises(httpx.ConnectError, match="unable to get local issuer"):
                await post(client, named, "{}", {})
    assert receiver.names == ["hooks.example.org", "other.example.org", "hooks.example.org"]
    [(headers, _body)] = receiver.got
    assert headers["host"].startswith("hooks.example.org:")


async def test_a_name_that_turns_inside_is_refused_at_the_next_try(monkeypatch):
    answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    url = "http://rebinding.example.org/"
    assert vet(url)
    async with new_client() as client:
        with pytest.raises(ReceiverRefused):
            await post(client, url, "{}", {})


async def test_one_time_limit_covers_the_whole_try(settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    settings.WEBHOOK_TIMEOUT_S = 0.2
    with webhook_receiver() as receiver:
        receiver.hold.clear()
        async with new_client() as client:
            with pytest.raises((TimeoutError, httpx.TimeoutException)):
                await post(client, receiver.url, "{}", {})
