"""The queue: one app for the inference and the default worker."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu.transport.virtual import QoS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vibesite.settings")

app = Celery("vibesite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["solver.running", "solver.api"])

# See CELERY_BROKER_TRANSPORT_OPTIONS: there is nothing to put back when a connection ends.
QoS.restore_at_shutdown = False


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_our_logging(**_: Any) -> None:
    """Celery would add handlers of its own and set the root logger's level: Django's stay."""
