"""/metrics for Prometheus.

Names end as vLLM's do: known dashboards need one prefix changed.
"""

import hmac
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from redis.exceptions import RedisError

from solver.models import Solution
from solver.running.workers import WorkerStatus, workers

_OF_WORKERS: tuple[tuple[str, str, Callable[[WorkerStatus], float]], ...] = (
    ("num_requests_running", "Solutions in the model's batch.", lambda w: w.in_batch),
    ("num_requests_admitted", "Solutions that the worker holds.", lambda w: w.running),
    ("slots", "Solutions that the worker takes at once.", lambda w: w.slots),
    ("generation_tokens_per_second", "Tokens a second, all together.", lambda w: w.tokens_per_s),
)


class Fleet:
    """What the workers last said of themselves and what waits for them, read when it is asked."""

    def collect(self) -> Iterator[Metric]:
        yield from _of_workers()
        yield _solutions()


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Open in development; elsewhere only to a caller with METRICS_TOKEN, hidden from others."""
    if not _may_read(request):
        raise Http404
    fleet = CollectorRegistry()
    fleet.register(Fleet())
    body = generate_latest(REGISTRY) + generate_latest(fleet)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return not settings.PRODUCTION
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _of_workers() -> Iterator[Metric]:
    try:
        found = workers()
    except RedisError:
        found = []
    for name, words, read in _OF_WORKERS:
        family = GaugeMetricFamily(f"vibesite:{name}", words, labels=["worker", "model_name"])
        for worker in found:
            family.add_metric(_labels(worker), read(worker))
        yield family


def _labels(worker: WorkerStatus) -> list[str]:
    return [worker.name, worker.model]


def _solutions() -> Metric:
    family = GaugeMetricFamily(
        "vibesite:num_requests_waiting",
        "Open solutions by route and state.",
        labels=["route", "state"],
    )
    counted = Solution.objects.open().values_list("route", "state").annotate(n=Count("pk"))
    for route, state, count in counted.order_by():
        family.add_metric([route, state], count)
    return family
