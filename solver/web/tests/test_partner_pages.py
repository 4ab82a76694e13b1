"""Keys and webhooks: every address, tried by everybody, and what the pages do."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern, reverse
from django.utils import timezone

from accounts.keys import PartnerKey, find_key, make_key
from accounts.models import User
from solver.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from solver.models.webhook import DisabledBy
from solver.running import webhooks as sending
from solver.web import partner_urls
from solver.web.tests.conftest import Visit
from solver.web.tests.pages import check_page

HOME = "127.0.0.1"
URL = "http://127.0.0.1:9/hook"
# name: (method, form, answer for the owner)
OF_ONE = {
    "key_rotate": ("post", {"overlap": "24"}, 200),
    "key_revoke": ("post", {}, 302),
    "webhook": ("get", {}, 200),
    "webhook_test": ("post", {}, 302),
    "webhook_switch": ("post", {}, 302),
    "webhook_delete": ("post", {}, 302),
    "webhook_redeliver": ("post", {}, 302),
}
OF_A_PERSON = {"keys", "webhooks"}


@pytest.fixture
def key(alice: User) -> PartnerKey:
    return make_key(alice, "School <portal>", ["read"], ["192.0.2.0/24"])[0]


@pytest.fixture
def delivery(alice: User, settings: Any, valkey: object) -> WebhookDelivery:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    endpoint, _ = sending.add_endpoint(alice, URL, ["solution.done"])
    sending.send_test(endpoint)
    delivery = WebhookDelivery.objects.get()
    tried = {"at": "2026-01-01T00:00:00+00:00", "status": 500, "error": "<b>", "ms": 3}
    delivery.state, delivery.attempts = DeliveryState.FAILED, [tried]
    delivery.save()
    return delivery


def ask(client: Any, name: str, key: PartnerKey, delivery: WebhookDelivery) -> Any:
    method, form, _ = OF_ONE[name]
    args: list[object] = [key.pk] if name.startswith("key") else [delivery.endpoint_id]
    args += [delivery.pk] if name == "webhook_redeliver" else []
    return getattr(client, method)(reverse(name, args=args), form)


def test_every_address_is_tried_here() -> None:
    def names() -> Iterator[str]:
        for pattern in partner_urls.urlpatterns:
            assert isinstance(pattern, URLPattern)
            yield str(pattern.name)

    assert set(names()) == set(OF_ONE) | OF_A_PERSON


@pytest.mark.parametrize("name", OF_ONE)
def test_owners_act_and_nobody_else_finds_anything(
    name: str,
    key: PartnerKey,
    delivery: WebhookDelivery,
    alice: User,
    bob: User,
    charlie: User,
    root: User,
    visit: Visit,
) -> None:
    for stranger in (bob, charlie, root):
        assert ask(visit(stranger), name, key, delivery).status_code == 404
    visitor = ask(visit(None), name, key, delivery)
    assert visitor["Location"].startswith("/accounts/login/")
    assert ask(visit(alice), name, key, delivery).status_code == OF_ONE[name][2]


@pytest.mark.parametrize("name", sorted(OF_A_PERSON))
def test_pages_keep_to_the_policy(
    name: str, key: PartnerKey, delivery: WebhookDelivery, alice: User, visit: Visit
) -> None:
    assert visit(None).get(reverse(name)).status_code == 302
    response = visit(alice).get(reverse(name))
    check_page(response)
    assert "no-store" in response["Cache-Control"]
    check_page(visit(alice).get(reverse("webhook", args=[delivery.endpoint_id])))


def test_a_key_is_shown_once(alice: User, visit: Visit) -> None:
    client = visit(alice)
    form = {"name": "Portal", "scopes": ["read"], "lives": "30", "networks": "192.0.2.0/24\n\n::1"}
    shown = check_page(client.post(reverse("keys"), form))
    found = re.search(r"vs_live_\w{12}_\w{40}", shown)
    assert found
    made = find_key(found[0], "192.0.2.7")
    assert made.scopes == ["read"]
    assert made.expires_at is not None
    assert timedelta(29) < made.expires_at - timezone.now() < timedelta(31)
    assert found[0] not in client.get(reverse("keys")).content.decode()


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"scopes": []}, {"networks": "300.1.1.1"}, {"lives": "7"}]
)
def test_bad_keys_are_refused_and_the_form_is_kept(
    alice: User, visit: Visit, change: dict[str, Any]
) -> None:
    form = {"name": "Portal", "scopes": ["read"], "lives": "30", "networks": "", **change}
    response = visit(alice).post(reverse("keys"), form)
    assert response.status_code == 400
    assert "errorlist" in check_page(response)
    assert not PartnerKey.objects.exists()


def test_rotation_and_revoking(alice: User, key: PartnerKey, visit: Visit) -> None:
    client = visit(alice)
    check_page(client.post(reverse("key_rotate", args=[key.pk]), {"overlap": "24"}))
    assert PartnerKey.objects.in_force().filter(pk=key.pk, expires_at__isnull=False).exists()
    assert PartnerKey.objects.count() == 2
    client.post(reverse("key_revoke", args=[key.pk]))
    assert not PartnerKey.objects.in_force().filter(pk=key.pk).exists()
    assert client.post(reverse("key_rotate", args=[key.pk]), {"overlap": "0"}).status_code == 302
    assert PartnerKey.objects.count() == 2


def test_a_webhooks_secret_is_shown_once(alice: User, visit: Visit, settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    client = visit(alice)
    form = {"url": URL, "events": ["solution.done", "review.created"]}
    shown = check_page(client.post(reverse("webhooks"), form))
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in shown.replace("&#x27;", "'")
    assert endpoint.secret not in client.get(reverse("webhooks")).content.decode()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "http://[::1]", "http://169.254.169.254", "http://localhost/"]
)
def test_internal_addresses_are_refused_in_words(alice: User, visit: Visit, url: str) -> None:
    response = visit(alice).post(reverse("webhooks"), {"url": url, "events": ["solution.done"]})
    assert response.status_code == 400
    assert "not a public address" in check_page(response)
    assert not WebhookEndpoint.objects.exists()


def test_switching_off_and_on_and_sending_again(
    alice: User, delivery: WebhookDelivery, visit: Visit
) -> None:
    client = visit(alice)
    args = [delivery.endpoint_id]
    client.post(reverse("webhook_switch", args=args))
    assert WebhookEndpoint.objects.get().disabled_by == DisabledBy.OWNER
    client.post(reverse("webhook_test", args=args))
    client.post(reverse("webhook_redeliver", args=[*args, delivery.pk]))
    assert not WebhookDelivery.objects.filter(state=DeliveryState.PENDING).exists()
    client.post(reverse("webhook_switch", args=args))
    client.post(reverse("webhook_redeliver", args=[*args, delivery.pk]))
    assert WebhookDelivery.objects.get().state == DeliveryState.PENDING
    other, _ = sending.add_endpoint(alice, URL, ["solution.done"])
    wrong = reverse("webhook_redeliver", args=[other.pk, delivery.pk])
    assert client.post(wrong).status_code == 404


def test_the_docs_page_keeps_to_the_policy(alice: User, visit: Visit) -> None:
    for person in (None, alice):
        check_page(visit(person).get(reverse("api_docs")))
    assert visit(None).get("/api/schema/?format=json").json()["openapi"].startswith("3.1")
