"""The Python examples of docs/api.md for native calls, events and webhooks run as they stand."""

import re
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from solver.api.tests.conftest import Site, alices_key, site
from solver.models import DeliveryState, WebhookDelivery
from solver.running import webhooks
from solver.running.deliveries import deliver_due
from solver.running.tests.webhook_receiver import webhook_receiver

__all__ = ["alices_key", "site"]

TEXT = (Path(__file__).parents[4] / "docs" / "api.md").read_text(encoding="utf-8")


def example_of(heading: str) -> str:
    section = TEXT[TEXT.index(f"\n## {heading}\n") :]
    found = re.search(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.parametrize("heading", ["Native calls", "Events (SSE)"])
def test_examples_of_native_calls_run(
    heading: str, site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIBESITE_KEY", site.key)
    example = example_of(heading).replace("http://127.0.0.1:8000", site.url)
    exec(compile(example, "api.md", "exec"), {})
    assert "x = 2" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_the_documented_receiver_takes_each_message_once_and_refuses_forged_ones(
    alice: User,
    valkey: Any,
    settings: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    with webhook_receiver() as server:
        endpoint, secret = webhooks.add_endpoint(alice, server.url, ["solution.done"])
        webhooks.send_test(endpoint)
        assert deliver_due() == 1
        assert webhooks.redeliver(WebhookDelivery.objects.get(state=DeliveryState.DELIVERED))
        assert deliver_due() == 1
    monkeypatch.setenv("VIBESITE_WEBHOOK_SECRET", secret)
    names: dict[str, Any] = {}
    exec(compile(example_of("Webhooks"), "api.md", "exec"), names)
    receive = names["receive"]
    headers, body = server.got[0]
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert receive(body.replace("works", "fails").encode(), headers) == 400
    assert receive(body.encode(), old) == 400
    assert [receive(said.encode(), sent) for sent, said in server.got] == [200, 200]
    assert capsys.readouterr().out.count("webhook.test") == 1
