"""The queue: one app for the inference and the default worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vibesite.settings")

app = Celery("vibesite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["solver.running"])
