"""What the operator's dashboards see of the bucket."""

from prometheus_client import Counter, Gauge

REQUESTS = Counter("vibesite_storage_requests_total", "Requests to the bucket.", ["alias", "verb"])
FAULTS = Counter("vibesite_storage_faults_total", "Requests that failed.", ["alias", "kind"])
ALERTS = Gauge("vibesite_storage_degraded", "1 while an alert stands.", ["topic"])
SPOOLED = Gauge("vibesite_log_spool_files", "Inference logs waiting on disk.")
SPOOL_AGE = Gauge("vibesite_log_spool_oldest_seconds", "Age of the oldest waiting log.")
REFUSED = Counter("vibesite_log_spool_refused_total", "Logs that found the spool full.")
