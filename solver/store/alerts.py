"""Alerts about the bucket and what lies in it: one log line, one metric, one fact for /readyz."""

import json
import threading
from dataclasses import asdict, dataclass

import structlog
from django.utils import timezone

from solver.store import shared
from solver.store.metrics import ALERTS

log = structlog.get_logger(__name__)

# An alert that nobody repeats was about something that nobody uses any more.
ALERT_TTL_S = 900
TOPICS = (
    "uploads", "prompts", "configs", "templates", "logs", "batches",
    "house prompt", "model config", "layouts", "log spool",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alert:
    topic: str
    message: str
    since: str


_here: dict[str, Alert] = {}
_lock = threading.Lock()


def report(topic: str, message: str, **facts: object) -> None:
    """Raise or repeat an alert; logged when it is new or says something new."""
    if topic not in TOPICS:
        raise ValueError(f"No alert topic {topic!r}.")
    standing = _standing(topic)
    alert = Alert(topic, message, standing.since if standing else timezone.now().isoformat())
    with _lock:
        _here[topic] = alert
    ALERTS.labels(topic).set(1)
    if standing is None or standing.message != message:
        log.warning("storage_alert", topic=topic, message=message, **facts)
    try:
        shared.client().set(shared.key("alert", topic), json.dumps(asdict(alert)), ex=ALERT_TTL_S)
    except shared.RedisError:
        log.debug("alert_not_shared", topic=topic)


def clear(topic: str) -> None:
    with _lock:
        known = _here.pop(topic, None)
    ALERTS.labels(topic).set(0)
    try:
        gone = shared.client().delete(shared.key("alert", topic))
    except shared.RedisError:
        gone = 0
    if known or gone:
        log.info("storage_alert_over", topic=topic)


def active() -> list[Alert]:
    """All alerts that stand, of all processes; storage alerts degrade the site, never stop it."""
    try:
        found = shared.client().mget([shared.key("alert", topic) for topic in TOPICS])
    except shared.RedisError:
        return sorted(_here.values(), key=lambda alert: alert.topic)
    return [Alert(**json.loads(one)) for one in found if one is not None]


def _standing(topic: str) -> Alert | None:
    try:
        found = shared.client().get(shared.key("alert", topic))
    except shared.RedisError:
        return _here.get(topic)
    return Alert(**json.loads(found)) if found else None
